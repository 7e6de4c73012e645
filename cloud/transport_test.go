package cloud

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudjob_exporter/config"
	"cloudjob_exporter/config/transport"
	"cloudjob_exporter/job"
)

// dial makes a client that goes through the network, to the server as cfw.
func dial(t *testing.T, endpoint string, change func(*config.Project)) (*Client, *prometheus.Registry) {
	t.Helper()
	p := &config.Project{
		Name: "prod", ProjectID: testProject, Endpoints: map[string]string{"cfw": endpoint}, Token: secret("MIItoken"),
	}
	change(p)
	reg := prometheus.NewPedanticRegistry()
	client, err := New(p, Options{Timeout: 5 * time.Second, Concurrency: 4, Metrics: NewMetrics(reg)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, reg
}

func trusting(server *httptest.Server) func(*config.Project) {
	return func(p *config.Project) {
		p.TLS = transport.TLS{CA: string(pem.EncodeToMemory(&pem.Block{
			Type: "CERTIFICATE", Bytes: server.Certificate().Raw,
		}))}
	}
}

func TestConnectionsAreKeptAndNoMoreThanConcurrency(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			peers := map[string]bool{}
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				peers[r.RemoteAddr+" "+r.Proto] = true
				mu.Unlock()
				_, _ = w.Write([]byte(`{}`))
			}))
			server.EnableHTTP2 = http2
			server.StartTLS()
			t.Cleanup(server.Close)
			client, reg := dial(t, server.URL, trusting(server))
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for range 50 {
						if err := get(client); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			most := map[bool]int{false: 4, true: 1}[http2]
			if len(peers) > most {
				t.Errorf("%d connections, want at most %d: %v", len(peers), most, peers)
			}
			err := testutil.GatherAndCompare(reg, strings.NewReader(`
# HELP cloudjob_exporter_api_requests_total Calls to the cloud by HTTP status code, or error where there was no answer; the provider of a login is iam.
# TYPE cloudjob_exporter_api_requests_total counter
cloudjob_exporter_api_requests_total{code="200",project="prod",provider="cfw"} 200
`), "cloudjob_exporter_api_requests_total")
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCertificatesAreVerified(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	server.Config.ErrorLog = nil
	client, reg := dial(t, server.URL, func(*config.Project) {})
	e := want(t, get(client), job.Network)
	if !strings.Contains(e.Error(), "certificate signed by unknown authority") {
		t.Errorf("got %v", e)
	}
	if n := testutil.ToFloat64(client.options.Metrics.requests.WithLabelValues("cfw", "prod", "error")); n != 1 {
		t.Errorf("%v calls without an answer are counted", n)
	}
	client.options.Metrics.Forget("prod")
	if n, err := testutil.GatherAndCount(reg, "cloudjob_exporter_api_requests_total"); n != 0 || err != nil {
		t.Errorf("%d series of a project that is gone (%v)", n, err)
	}
}

func TestTheProxyOfTheProjectIsUsed(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.String() != "http://cfw.invalid"+jobPath {
			t.Errorf("the proxy is asked for %s", r.URL)
		}
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(proxy.Close)
	address, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, _ := dial(t, "http://cfw.invalid", func(p *config.Project) { p.Proxy.URL = address })
	want(t, get(client), "")
}

func TestACredentialNeverFollowsARedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, status))
		t.Cleanup(server.Close)
		client, _ := dial(t, server.URL, func(*config.Project) {})
		want(t, get(client), job.BadResponse)
	}
}

func TestUnreachable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	refused, _ := dial(t, server.URL, func(*config.Project) {})
	want(t, get(refused), job.Network)
	unknown, _ := dial(t, "http://cfw.invalid", func(*config.Project) {})
	want(t, get(unknown), job.Network)
}

func TestBadTLSConfig(t *testing.T) {
	p := &config.Project{Name: "prod", Token: secret("t"), TLS: transport.TLS{CA: "no certificate"}}
	_, err := New(p, Options{})
	if err == nil || !strings.HasPrefix(err.Error(), `project "prod": tls_config: `) {
		t.Errorf("got %v", err)
	}
}

func TestWhoGivesUpIsTold(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(server.Close)
	client, _ := dial(t, server.URL, func(*config.Project) {})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := bodyOf(client, ctx, "cfw"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

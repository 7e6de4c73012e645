package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

// recordingCloud takes the place of the network. It answers every call with a job
// that runs, and notes those that are not exactly one of the job APIs.
type recordingCloud struct {
	calls   int
	strange []string
}

var jobPath = regexp.MustCompile(`^(/v3/0123abcd/jobs/|/v1\.0/0123abcd/jobs/|/v3/0123abcd/elb/jobs/)([A-Za-z0-9._-]{1,128})$`)

func (c *recordingCloud) RoundTrip(r *http.Request) (*http.Response, error) {
	c.calls++
	host := map[bool]string{true: "elb.test", false: "cfw.test"}[strings.HasPrefix(r.URL.Path, "/v1.0/") || strings.Contains(r.URL.Path, "/elb/")]
	m := jobPath.FindStringSubmatch(r.URL.EscapedPath())
	if len(m) != 3 || m[2] == "." || m[2] == ".." || r.Method != http.MethodGet || r.Host != host || r.URL.Host != host ||
		r.URL.Scheme != "https" || r.URL.RawQuery != "" || r.URL.Fragment != "" || r.URL.User != nil {
		c.strange = append(c.strange, r.Method+" "+r.Host+" "+r.URL.String())
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"status":"RUNNING","data":{"status":"Running"},"job":{"status":"RUNNING"}}`)),
	}, nil
}

// newProbed makes a handler over one project, with all there is between a probe
// and the network.
func newProbed(t testing.TB, c *recordingCloud) http.Handler {
	t.Helper()
	registry := prometheus.NewRegistry()
	client, err := cloud.New(&config.Project{
		Name: "prod", ProjectID: "0123abcd", Token: secrets.Source{Value: secrets.New("MIItoken")},
		Endpoints: map[string]string{"cfw": "https://cfw.test", "elb": "https://elb.test"},
	}, cloud.Options{Timeout: time.Second, Metrics: cloud.NewMetrics(registry), Transport: c})
	if err != nil {
		t.Fatal(err)
	}
	p := poller.New(log.NewNopLogger(), registry, nil)
	t.Cleanup(p.Close)
	p.Apply(poller.Plan{
		Settings: poller.Settings{Interval: 30 * time.Second, MaxStale: time.Minute, Concurrency: 1},
		Projects: []poller.Project{{Name: "prod", Fetcher: provider.Reader{Client: client}}},
	})
	h, err := New(Options{
		Logger: log.NewNopLogger(), Poller: p, Metrics: registry, TelemetryPath: "/metrics",
		Config: func() (string, error) { return "", nil }, Reload: func() error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// probe makes one probe with a raw query, and checks what came of it.
func (c *recordingCloud) probe(t *testing.T, query string) (status int) {
	t.Helper()
	before := c.calls
	r := httptest.NewRequest(http.MethodGet, "/probe", nil)
	r.URL.RawQuery = query
	w := httptest.NewRecorder()
	newProbed(t, c).ServeHTTP(w, r)
	switch n := c.calls - before; {
	case w.Code != http.StatusOK && w.Code != http.StatusBadRequest && w.Code != http.StatusServiceUnavailable:
		t.Errorf("%q gives %d", query, w.Code)
	case w.Code == http.StatusOK && n != 1, w.Code != http.StatusOK && n != 0:
		t.Errorf("%q gives %d after %d calls", query, w.Code, n)
	}
	if len(c.strange) > 0 {
		t.Errorf("%q makes the exporter call %q", query, c.strange)
	}
	return w.Code
}

// FuzzProbe: whatever the query, a probe is answered, and calls nothing but the
// job APIs of the configured endpoints, with a job ID that is one.
func FuzzProbe(f *testing.F) {
	for _, q := range []string{
		"provider=elb&project=prod&job_id=a",
		"provider=elb&project=prod&job_id=a&api_version=v3",
		"provider=cfw&project=prod&job_id=f588ce71-e26c-400d-8981-f854355f6849",
		"provider=cfw&project=prod&job_id=..%2F..%2Fv3%2Fauth%2Ftokens",
		"provider=elb%2F..&project=prod&job_id=a",
		"provider=elb&project=prod&job_id=a%0d%0aHost:%20evil&api_version=v1.0",
		"provider=elb&project=prod&job_id=a;job_id=b",
		"%gg&provider=elb&project=prod&job_id=..",
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) { (&recordingCloud{}).probe(t, query) })
}

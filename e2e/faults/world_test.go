package faults

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

const (
	projectID = "09bb24e6fe80d23d2fa2c010b53b418c"

	interval = time.Second
	maxStale = 4 * time.Second
	patience = 2 * time.Second // is added to that where a fault holds back all but a few calls
)

// Secrets, none of which may ever be in the log.
const (
	password    = "pass-word-1"
	secretKey   = "secret-key-1"
	tokenPrefix = "MII" // of every token that the simulator gives out
)

// The ways to authenticate, as the configuration of a project writes them.
const (
	byPassword = "username: reader\n    domain_name: OTC\n    password: " + password
	byKey      = "access_key: AK1\n    secret_key: " + secretKey
	byToken    = "token_file: token"
)

// watched are the jobs: of each provider two that run, and one that is final.
var watched = []simulator.Job{
	{API: simulator.CFW, ID: "firewall", Plan: simulator.CFW.Hangs()},
	{API: simulator.CFW, ID: "second-firewall", Plan: simulator.CFW.Hangs()},
	{API: simulator.CFW, ID: "firewall-made", Plan: simulator.CFW.Succeeds(time.Minute)},
	{API: simulator.ELBv1, ID: "balancer", Plan: simulator.ELBv1.Hangs()},
	{API: simulator.ELBv3, ID: "dedicated-balancer", Plan: simulator.ELBv3.Hangs()},
	{API: simulator.ELBv1, ID: "balancer-made", Plan: simulator.ELBv1.Succeeds(time.Minute)},
}

func final(j simulator.Job) bool { return len(j.Plan) > 1 }

// world is a cloud, a proxy before each of its services, and an exporter.
type world struct {
	*simulator.Cloud
	t         *testing.T
	proxies   map[simulator.Service]*toxiproxy.Proxy
	endpoints map[simulator.Service]string // without a path
	ca        string                       // file; empty without TLS
	fault                                  // as it was set up for
	auth      string
	timeout   time.Duration // of a poll
	folder    string
	exporter  *process.Process
}

// starting keeps the rows from all starting their processes at once.
var starting = make(chan struct{}, 3)

// newWorld starts a world in which all is well. With a front, its service is
// called over TLS.
func newWorld(t *testing.T, f fault, front *tlsFront) *world {
	t.Helper()
	starting <- struct{}{}
	defer func() { <-starting }()
	w := &world{
		Cloud: simulator.New(simulator.Options{TokenLifetime: 30 * time.Minute}), t: t,
		proxies: map[simulator.Service]*toxiproxy.Proxy{}, endpoints: map[simulator.Service]string{},
		fault: f, auth: cmp.Or(f.auth, byPassword), timeout: time.Second, folder: t.TempDir(),
	}
	w.SetProject(simulator.Project{ID: projectID, Name: "eu-de_shop"})
	w.SetUser(simulator.User{ID: "u", Name: "reader", Domain: "OTC", Password: password, Projects: []string{projectID}})
	w.SetKey(simulator.Key{Access: "AK1", Secret: secretKey, Projects: []string{projectID}})
	for _, j := range watched {
		j.ProjectID, j.Begin = projectID, time.Now().Add(-time.Hour)
		w.AddJob(j)
	}
	server, err := w.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Close()
		_ = server.Close()
	})
	for _, s := range services {
		upstream, scheme := strings.TrimPrefix(server.URL, "http://"), "http://"
		if front != nil && front.service == s {
			upstream, scheme = front.serve(t, w.Cloud), "https://"
			w.ca = front.file(t, w.folder)
		}
		w.openProxy(s, reserve(t), upstream)
		w.endpoints[s] = scheme + w.proxies[s].Listen
		t.Cleanup(func() { w.proxies[s].Stop() })
	}
	if w.auth == byToken {
		w.write("token", w.IssueToken(projectID))
	}
	w.configure()
	w.launch()
	if w.registers {
		w.register("")
	}
	return w
}

// launch starts an exporter, and waits until it watches all jobs.
func (w *world) launch() {
	w.t.Helper()
	args := []string{"--config.file=" + w.path("cloudjob.yml")}
	if w.registers {
		w.mkdir("storage")
		args = append(args, "--web.enable-registration", "--storage.path="+w.path("storage/jobs.db"))
	}
	w.exporter = process.Launch(w.t, exporterPath, args...)
	if w.discovers {
		process.Eventually(w.t, "the jobs to be discovered", func() error {
			text, err := w.exporter.Get("/metrics")
			if n := strings.Count(text, "job_up{"); err == nil && n != len(watched) {
				err = fmt.Errorf("there are %d", n)
			}
			return err
		})
	}
}

func (w *world) mkdir(name string) {
	w.t.Helper()
	if err := os.MkdirAll(w.path(name), 0o700); err != nil {
		w.t.Fatal(err)
	}
}

// openProxy puts a proxy without faults before a service, at an address that
// is reserved. A listener that is closed may live on for a moment in a process
// that is just being started: until that is the exporter, it has all files of
// the test.
func (w *world) openProxy(s simulator.Service, listen, upstream string) {
	w.t.Helper()
	process.Eventually(w.t, "the proxy to listen", func() error {
		w.proxies[s] = toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.New(io.Discard)), string(s), listen, upstream)
		return w.proxies[s].Start()
	})
}

// renewProxy ends all connections to a service, and with them all faults of
// the way there: those that hold data back do not end well otherwise.
func (w *world) renewProxy(s simulator.Service) {
	old := w.proxies[s]
	old.Stop()
	w.openProxy(s, old.Listen, old.Upstream)
}

func (w *world) path(name string) string { return filepath.Join(w.folder, name) }

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(w.path(name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// configure writes the configuration as it should be now.
func (w *world) configure() {
	w.t.Helper()
	var tls string
	if w.ca != "" {
		tls = "tls_config: {ca_file: " + w.ca + "}"
	}
	var jobs strings.Builder
	for _, j := range watched {
		if w.discovers && j.API == simulator.ELBv3 || w.registers && j.ID == registered {
			continue
		}
		provider, version, _ := strings.Cut(string(j.API), "/")
		if version != "" {
			version = ", api_version: " + version
		}
		fmt.Fprintf(&jobs, "  - {provider: %s%s, project: prod, ids: [%s]}\n", provider, version, j.ID)
	}
	discover := ""
	if w.discovers {
		discover = "discover: [{provider: elb, project: prod, api_version: v3}]\n"
	}
	w.write("cloudjob.yml", fmt.Sprintf(`
poll: {interval: %s, timeout: %s, max_stale: %s, rate_limit: 0}
projects:
  - name: prod
    project_id: %s
    endpoints: {iam: %s/v3, cfw: %s, elb: %s}
    %s
    %s
jobs:
%s%s`, interval, w.timeout, w.maxStale(), projectID, w.endpoints[simulator.ServiceIAM], w.endpoints[simulator.ServiceCFW],
		w.endpoints[simulator.ServiceELB], w.auth, tls, &jobs, discover))
}

// maxStale is for how long the last known status is shown.
func (w *world) maxStale() time.Duration {
	if w.patient {
		return maxStale + patience
	}
	return maxStale
}

// reload brings the configuration into effect as an operator does.
func (w *world) reload() {
	w.t.Helper()
	w.configure()
	const done = "configuration reloaded"
	before := strings.Count(w.exporter.Log(), done)
	if err := w.exporter.Signal(syscall.SIGHUP); err != nil {
		w.t.Fatal(err)
	}
	process.Eventually(w.t, "the reload", func() error {
		if strings.Count(w.exporter.Log(), done) == before {
			return fmt.Errorf("not in the log:\n%s", w.exporter.Log())
		}
		return nil
	})
}

// jobsOf are those of the watched jobs that a service is asked for.
func jobsOf(services []simulator.Service) []simulator.Job {
	return slices.DeleteFunc(slices.Clone(watched), func(j simulator.Job) bool {
		return !slices.Contains(services, j.API.Service())
	})
}

//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

const projectID = "09bb24e6fe80d23d2fa2c010b53b418c"

// intervals are how often everything happens.
type intervals struct {
	poll, scrape, evaluation time.Duration
	hold                     time.Duration // the "for" of all rules; 0 is as shipped
	groupWait, groupInterval time.Duration // of pages; 0 is as shipped
}

// stack is a simulated cloud, exporters, a Prometheus, an Alertmanager, and
// what takes its notifications.
type stack struct {
	t testing.TB
	intervals
	folder     string
	cloud      *simulator.Cloud
	cloudURL   string
	exporters  []*process.Process
	prometheus *process.Process
	pages      *receiver
	tickets    *receiver
}

func newStack(t testing.TB, i intervals) *stack {
	t.Helper()
	s := &stack{t: t, intervals: i, folder: t.TempDir(), cloud: simulator.New(simulator.Options{})}
	s.cloud.SetProject(simulator.Project{ID: projectID, Name: "eu-de_shop"})
	s.cloud.SetUser(simulator.User{ID: "u", Name: "reader", Domain: "OTC", Password: "pass-word", Projects: []string{projectID}})
	server, err := s.cloud.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.cloud.Close()
		_ = server.Close()
	})
	s.cloudURL = server.URL
	s.pages, s.tickets = newReceiver(t), newReceiver(t)
	return s
}

func (s *stack) path(name string) string { return filepath.Join(s.folder, name) }

// start starts exporters that watch these jobs, and what watches them.
func (s *stack) start(exporters int, jobs string) {
	s.t.Helper()
	configuration := s.configure("prod", "jobs:\n"+jobs)
	var targets []string
	for range exporters {
		exporter := process.Launch(s.t, exporterPath, "--config.file="+configuration)
		s.exporters = append(s.exporters, exporter)
		targets = append(targets, exporter.Forward()) // Prometheus goes on scraping those that are killed
	}
	s.startPrometheus(targets, s.startAlertmanager().Address)
}

// configure writes a configuration with a project and more sections, and returns its path.
func (s *stack) configure(project, sections string) string {
	s.t.Helper()
	return writeFile(s.t, s.path("cloudjob.yml"), fmt.Sprintf(`
poll: {interval: %s, rate_limit: 0}
projects:
  - name: %s
    project_id: %s
    endpoints: {iam: %[4]s/v3, cfw: %[4]s, elb: %[4]s, ecs: %[4]s/ecs}
    username: reader
    password: pass-word
    domain_name: OTC
%[5]s`, s.poll, project, projectID, s.cloudURL, sections))
}

// startAlertmanager starts one with the shipped example. Only the receivers'
// addresses and the waiting times differ.
func (s *stack) startAlertmanager() *process.Process {
	s.t.Helper()
	text := readFile(s.t, "../alerts/alertmanager.example.yml")
	for address, receiver := range map[string]*receiver{
		"http://pager.example/webhook":   s.pages,
		"http://tickets.example/webhook": s.tickets,
	} {
		if !strings.Contains(text, address) {
			s.t.Fatalf("the example has no receiver at %s", address)
		}
		text = strings.ReplaceAll(text, address, receiver.url)
	}
	if s.groupWait > 0 {
		text = regexp.MustCompile(`group_wait: \w+`).ReplaceAllString(text, "group_wait: "+s.groupWait.String())
		text = regexp.MustCompile(`group_interval: \w+`).ReplaceAllString(text, "group_interval: "+s.groupInterval.String())
	}
	return process.Launch(s.t, program(s.t, "ALERTMANAGER", "alertmanager", "prometheus-alertmanager"),
		"--config.file="+writeFile(s.t, s.path("alertmanager.yml"), text), "--storage.path="+s.path("alertmanager"),
		"--cluster.listen-address=")
}

// startPrometheus starts one with the shipped rules, unchanged but for "for".
func (s *stack) startPrometheus(targets []string, alertmanager string) {
	s.t.Helper()
	rules := readFile(s.t, "../alerts/cloudjob.rules.yml")
	if s.hold > 0 {
		rules = regexp.MustCompile(`(?m)^( +for): .*$`).ReplaceAllString(rules, "$1: "+s.hold.String())
	}
	writeFile(s.t, s.path("cloudjob.rules.yml"), rules)
	configuration := writeFile(s.t, s.path("prometheus.yml"), fmt.Sprintf(`
global: {scrape_interval: %[1]s, scrape_timeout: %[1]s, evaluation_interval: %[2]s}
rule_files: [%[3]s]
alerting:
  alertmanagers: [{static_configs: [{targets: [%[4]q]}]}]
scrape_configs:
  - job_name: cloudjob
    static_configs: [{targets: [%[5]s]}]
`, model(s.scrape), model(s.evaluation), s.path("cloudjob.rules.yml"), alertmanager, strings.Join(targets, ", ")))
	s.prometheus = process.Launch(s.t, program(s.t, "PROMETHEUS", "prometheus"),
		"--config.file="+configuration, "--storage.tsdb.path="+s.path("prometheus"))
}

// model writes a duration as Prometheus reads it.
func model(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }

// notification is what Alertmanager sends about one alert.
type notification struct {
	Status      string
	Labels      map[string]string
	Annotations map[string]string
	At          time.Time `json:"-"`
}

func (n notification) String() string { return n.Status + " " + n.Labels["alertname"] }

// receiver is a webhook that remembers what it is sent.
type receiver struct {
	url string

	mu  sync.Mutex
	got []notification
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func (r *receiver) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	var message struct{ Alerts []notification }
	if json.NewDecoder(req.Body).Decode(&message) != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range message.Alerts {
		n.At = time.Now()
		r.got = append(r.got, n)
	}
}

func (r *receiver) received() []notification {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// await waits for a notification, such as "firing CloudJobFailed".
func (r *receiver) await(t testing.TB, what string) notification {
	t.Helper()
	var found notification
	process.Eventually(t, what, func() error {
		got := r.received()
		i := slices.IndexFunc(got, func(n notification) bool { return n.String() == what })
		if i < 0 {
			return fmt.Errorf("there is only %v", got)
		}
		found = got[i]
		return nil
	})
	return found
}

// query asks Prometheus, and wants these values in any order.
func (s *stack) query(expression string, want ...string) error {
	body, err := s.prometheus.Get("/api/v1/query?query=" + url.QueryEscape(expression))
	if err != nil {
		return err
	}
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return err
	}
	var got []string
	for _, r := range answer.Data.Result {
		got = append(got, fmt.Sprint(r.Value[1]))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s is %v, not %v", expression, got, want)
	}
	return nil
}

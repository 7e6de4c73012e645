package discovery

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/simulator"
)

// newFirewalls watches the firewalls of a simulated cloud, with a poller as it is.
func newFirewalls(t *testing.T, interval time.Duration, logs *strings.Builder) (*simulator.Cloud, *poller.Poller) {
	t.Helper()
	c := simulator.New(simulator.Options{TokenLifetime: 1000 * time.Hour})
	t.Cleanup(c.Close)
	c.SetProject(simulator.Project{ID: projectID, Name: "shop"})
	project := projectWith(c.IssueToken(projectID))
	client, err := cloud.New(&project, cloud.Options{
		Timeout: 10 * time.Second, Metrics: cloud.NewMetrics(prometheus.NewRegistry()), Transport: &simulator.Transport{Handler: c},
	})
	if err != nil {
		t.Fatal(err)
	}
	logger := level.NewFilter(log.NewLogfmtLogger(logs), level.AllowInfo())
	p := poller.New(logger, prometheus.NewRegistry(), nil)
	t.Cleanup(p.Close)
	fetcher := provider.Reader{Client: client}
	var s *Set
	s = New(logger, prometheus.NewRegistry(), p, func() { p.Watch(s.Changes()...) })
	p.Apply(poller.Plan{
		Settings: poller.Settings{Interval: interval, MaxStale: 15 * time.Minute, Concurrency: 16},
		Projects: []poller.Project{{Name: "prod", Fetcher: fetcher}},
		Tasks: s.Use(&config.Config{
			Projects: []config.Project{project},
			Discover: []config.Discover{entry(func(d *config.Discover) { d.Provider, d.APIVersion, d.Interval = "cfw", "", interval })},
		}, map[string]provider.Reader{"prod": fetcher}),
	})
	return c, p
}

// firewall is one that is created now.
func firewall(id string, plan simulator.Plan) simulator.Firewall {
	return simulator.Firewall{ProjectID: projectID, ID: id, Created: time.Now(), Plan: plan}
}

// watch scrapes for a time, and returns all statuses of each job in order, each once.
func watch(t *testing.T, p *poller.Poller, every, d time.Duration) map[string][]string {
	t.Helper()
	seen := map[string][]string{}
	for range int(d / every) {
		now := p.Snapshot()
		for _, s := range append(slices.Clone(now.Jobs()), now.Expired()...) {
			status := s.StatusAt(time.Now(), now.MaxStale).String()
			if had := seen[s.ID]; len(had) == 0 || had[len(had)-1] != status {
				seen[s.ID] = append(had, status)
			}
		}
		p.Delivered(p.Poll(t.Context()))
		time.Sleep(every)
	}
	for id, had := range seen {
		if !watched(p, id) {
			seen[id] = append(had, "let go")
		}
	}
	return seen
}

func watched(p *poller.Poller, id string) bool {
	_, _, ok := p.Claimed(job.Key{Provider: "cfw", ID: id})
	return ok
}

func TestFirewalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := &strings.Builder{}
		c, p := newFirewalls(t, 30*time.Second, logs)
		late := simulator.Plan{{After: 20 * time.Second, Status: "Running"}, {After: 5 * time.Minute, Status: "Success"}}
		unknown := firewall("unknown", nil)
		prepaid, running := firewall("prepaid", simulator.CFW.Hangs()), firewall("runs", nil)
		prepaid.Prepaid, running.Status = true, simulator.FirewallRunning
		c.AddFirewall(
			firewall("fails", simulator.CFW.Fails(2*time.Minute)), firewall("succeeds", simulator.CFW.Succeeds(2*time.Minute)),
			firewall("known-late", late), unknown, prepaid, running,
		)
		got := watch(t, p, 30*time.Second, 20*time.Minute)
		want := map[string][]string{
			"fails":      {"unknown", "running", "failed"},
			"succeeds":   {"unknown", "running", "success"},
			"known-late": {"unknown", "running", "success"},
			"unknown":    {"unknown", "let go"},
		}
		if !maps.EqualFunc(got, want, slices.Equal) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		if strings.Contains(logs.String(), "not_found") || !strings.Contains(logs.String(), `msg="job failed"`) {
			t.Errorf("logged:\n%s", logs)
		}
	})
}

// TestAFirewallIsLetGoOnlyAfterPollsThatCouldKnowIt tries moments at which the cloud
// begins to know the job, and intervals of polling.
func TestAFirewallIsLetGoOnlyAfterPollsThatCouldKnowIt(t *testing.T) {
	for _, interval := range []time.Duration{time.Second, 10 * time.Second, 30 * time.Second, 2 * time.Minute} {
		for _, known := range []time.Duration{0, time.Second, 9 * time.Second, 29 * time.Second} {
			t.Run(fmt.Sprintf("%v, %v", interval, known), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, p := newFirewalls(t, interval, &strings.Builder{})
					c.AddFirewall(firewall("a", simulator.Plan{{After: known, Status: "Running"}}), firewall("b", nil))
					watch(t, p, interval, 20*interval+10*time.Minute)
					if !watched(p, "a") || watched(p, "b") {
						t.Errorf("watched: a %v, b %v", watched(p, "a"), watched(p, "b"))
					}
				})
			})
		}
	}
}

// TestAFirewallThatIsListedAnewIsTakenUpAgain: it was let go, and off the list.
func TestAFirewallThatIsListedAnewIsTakenUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := newFirewalls(t, 30*time.Second, &strings.Builder{})
		c.AddFirewall(firewall("a", nil))
		watch(t, p, 30*time.Second, 10*time.Minute)
		if watched(p, "a") {
			t.Fatal("it was not let go")
		}
		calls := c.Calls(simulator.ServiceCFW)
		watch(t, p, 30*time.Second, 10*time.Minute)
		if n := c.Calls(simulator.ServiceCFW) - calls; n != 20 {
			t.Errorf("%d calls in 20 intervals: it is still asked for", n)
		}
		c.RemoveFirewall(projectID, "a")
		watch(t, p, 30*time.Second, time.Minute)
		c.AddFirewall(firewall("a", simulator.CFW.Hangs()))
		watch(t, p, 30*time.Second, time.Minute)
		if !watched(p, "a") {
			t.Error("it is not watched")
		}
	})
}

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

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// newFirewalls watches the firewalls of a simulated cloud.
func newFirewalls(t *testing.T, interval time.Duration, logs *strings.Builder) *exporter {
	t.Helper()
	x := newExporterOfNothing(t, level.NewFilter(log.NewLogfmtLogger(logs), level.AllowInfo()))
	x.interval = interval
	x.apply(t, 0, nil, entry(func(d *config.Discover) { d.Provider, d.APIVersion, d.Interval = "cfw", "", interval }))
	return x
}

// firewall is one that is created now.
func firewall(id string, plan simulator.Plan) simulator.Firewall {
	return simulator.Firewall{ProjectID: projectID, ID: id, Created: time.Now(), Plan: plan}
}

// watch scrapes for a time, and returns all statuses of each job in order, each once.
func watch(t *testing.T, x *exporter, every, d time.Duration) map[string][]string {
	t.Helper()
	seen := map[string][]string{}
	for range int(d / every) {
		now := x.Snapshot()
		for _, s := range append(slices.Clone(now.Jobs()), now.Expired()...) {
			status := s.StatusAt(time.Now(), now.MaxStale).String()
			if had := seen[s.ID]; len(had) == 0 || had[len(had)-1] != status {
				seen[s.ID] = append(had, status)
			}
		}
		x.Delivered(x.Poll(t.Context()))
		time.Sleep(every)
	}
	for id, had := range seen {
		if !watched(x, id) {
			seen[id] = append(had, "let go")
		}
	}
	return seen
}

func watched(x *exporter, id string) bool {
	_, _, ok := x.Claimed(job.Key{Provider: "cfw", ID: id})
	return ok
}

func TestFirewalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logs := &strings.Builder{}
		x := newFirewalls(t, 30*time.Second, logs)
		late := simulator.Plan{{After: 20 * time.Second, Status: "Running"}, {After: 5 * time.Minute, Status: "Success"}}
		unknown := firewall("unknown", nil)
		prepaid, running := firewall("prepaid", simulator.CFW.Hangs()), firewall("runs", nil)
		prepaid.Prepaid, running.Status = true, simulator.FirewallRunning
		x.cloud.AddFirewall(
			firewall("fails", simulator.CFW.Fails(2*time.Minute)), firewall("succeeds", simulator.CFW.Succeeds(2*time.Minute)),
			firewall("known-late", late), unknown, prepaid, running,
		)
		got := watch(t, x, 30*time.Second, 20*time.Minute)
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
					x := newFirewalls(t, interval, &strings.Builder{})
					x.cloud.AddFirewall(firewall("a", simulator.Plan{{After: known, Status: "Running"}}), firewall("b", nil))
					watch(t, x, interval, 20*interval+10*time.Minute)
					if !watched(x, "a") || watched(x, "b") {
						t.Errorf("watched: a %v, b %v", watched(x, "a"), watched(x, "b"))
					}
				})
			})
		}
	}
}

// TestAFirewallThatIsListedAnewIsTakenUpAgain: it was let go, and off the list.
func TestAFirewallThatIsListedAnewIsTakenUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newFirewalls(t, 30*time.Second, &strings.Builder{})
		x.cloud.AddFirewall(firewall("a", nil))
		watch(t, x, 30*time.Second, 10*time.Minute)
		if watched(x, "a") {
			t.Fatal("it was not let go")
		}
		calls := x.cloud.Calls(simulator.ServiceCFW)
		watch(t, x, 30*time.Second, 10*time.Minute)
		if n := x.cloud.Calls(simulator.ServiceCFW) - calls; n != 20 {
			t.Errorf("%d calls in 20 intervals: it is still asked for", n)
		}
		x.cloud.RemoveFirewall(projectID, "a")
		watch(t, x, 30*time.Second, time.Minute)
		x.cloud.AddFirewall(firewall("a", simulator.CFW.Hangs()))
		watch(t, x, 30*time.Second, time.Minute)
		if !watched(x, "a") {
			t.Error("it is not watched")
		}
	})
}

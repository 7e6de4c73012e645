package demo

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/watchlist"
)

// TestTheDemoWarnsOfNothing runs demos that began at different times, and looks for
// the same kinds of jobs in each.
func TestTheDemoWarnsOfNothing(t *testing.T) {
	for _, age := range []time.Duration{0, 7 * time.Minute, time.Hour, 25*time.Hour + 3*time.Second} {
		d, err := start(time.Now().Add(-age))
		if err != nil {
			t.Fatal(err)
		}
		var logged bytes.Buffer
		logger, registry := log.NewLogfmtLogger(log.NewSyncWriter(&logged)), prometheus.NewRegistry()
		polls := poller.New(logger, registry, nil)
		list := watchlist.New(watchlist.Options{Logger: logger, Metrics: registry, Read: d.Read, Poller: polls, UserAgent: "test"})
		for range 3 { // periods
			if err := list.Load(); err != nil {
				t.Fatal(err)
			}
			d.Warm(t.Context(), polls)
		}
		seen := map[string]int{}
		for _, s := range polls.Snapshot().Jobs() {
			seen[s.Project+" "+s.Provider+" "+s.APIVersion]++
			seen[string(s.Report.Status)]++
			if s.StuckAfter != stuckAfter {
				t.Errorf("%s is stuck after %s", s.ID, s.StuckAfter)
			}
			if s.StuckAt(time.Now()) {
				seen["stuck"]++
			}
		}
		polls.Close()
		list.Close()
		d.Close()
		for _, want := range []string{
			"shop-prod cfw ", "shop-prod elb v3", "shop-staging elb v1.0", "shop-staging cfw ", "shop-prod ecs ", "shop-staging rds ", "stuck",
			string(job.Running), string(job.Success), string(job.Failed),
		} {
			if seen[want] == 0 {
				t.Errorf("after %v there is no %s: %v", age, want, seen)
			}
		}
		for line := range strings.Lines(logged.String()) {
			if strings.Contains(line, "duplicate job") || strings.Contains(line, "warning=") || strings.Contains(line, "discovery failed") {
				t.Errorf("after %v: %s", age, line)
			}
		}
	}
}

package discovery

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// TestJobsThatOutliveSinceAreShownAsFailed: 20 jobs run for longer than since, and
// fail at different moments between two listings. With a poller and scrapes as
// they are, each is shown as failed, for a day.
func TestJobsThatOutliveSinceAreShownAsFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newExporterOfNothing(t, log.NewNopLogger())
		for i := range 20 {
			x.add(i, simulator.ELBv3.Fails(70*time.Minute+time.Duration(i)*3*time.Second))
		}
		x.apply(t, 0, nil, entry(func(d *config.Discover) { d.Since, d.Interval = time.Hour, pollInterval }))

		failed := map[string]time.Time{} // last seen so
		for range 27 * 60 {
			ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
			snapshot := x.Poll(ctx)
			cancel()
			x.Delivered(snapshot)
			for _, state := range snapshot.Jobs() {
				if state.StatusAt(time.Now(), snapshot.MaxStale) == job.Failed {
					failed[state.ID] = time.Now()
				}
			}
			time.Sleep(time.Minute)
		}
		if len(failed) != 20 {
			t.Errorf("%d of 20 jobs were shown as failed", len(failed))
		}
		for id, last := range failed {
			if gone := time.Since(last); gone < 90*time.Minute || gone > 2*time.Hour {
				t.Errorf("%s was last shown as failed %v ago, want a day after its end", id, gone)
			}
		}
	})
}

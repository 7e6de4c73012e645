package discovery

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/simulator"
)

// TestJobsThatOutliveSinceAreShownAsFailed: 20 jobs run for longer than since, and
// fail at different moments between two listings. With a poller and scrapes as
// they are, each is shown as failed, for a day.
func TestJobsThatOutliveSinceAreShownAsFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := simulator.New(simulator.Options{TokenLifetime: 1000 * time.Hour})
		defer c.Close()
		c.SetProject(simulator.Project{ID: projectID, Name: "shop"})
		for i := range 20 {
			c.AddJob(simulator.Job{
				API: simulator.ELBv3, ProjectID: projectID, ID: fmt.Sprintf("job-%02d", i), Begin: time.Now(),
				Plan: simulator.ELBv3.Fails(70*time.Minute + time.Duration(i)*3*time.Second),
			})
		}
		project := projectWith(c.IssueToken(projectID))
		client, err := cloud.New(&project, cloud.Options{
			Timeout: 10 * time.Second, Metrics: cloud.NewMetrics(prometheus.NewRegistry()), Transport: &simulator.Transport{Handler: c},
		})
		if err != nil {
			t.Fatal(err)
		}
		fetcher := provider.Reader{Client: client}
		p := poller.New(log.NewNopLogger(), prometheus.NewRegistry(), nil)
		defer p.Close()
		var s *Set
		apply := func() {
			p.Apply(poller.Plan{
				Settings: poller.Settings{Interval: 30 * time.Second, MaxStale: 15 * time.Minute, Concurrency: 16},
				Projects: []poller.Project{{Name: "prod", Fetcher: fetcher}},
				Tasks: s.Use(&config.Config{
					Projects: []config.Project{project},
					Discover: []config.Discover{entry(func(d *config.Discover) { d.Since, d.Interval = time.Hour, 30*time.Second })},
				}, map[string]provider.Reader{"prod": fetcher}),
			})
		}
		s = New(log.NewNopLogger(), prometheus.NewRegistry(), p, func() { p.Watch(s.Changes()...) })
		apply()

		failed := map[string]time.Time{} // last seen so
		for range 27 * 60 {
			ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
			snapshot := p.Poll(ctx)
			cancel()
			p.Delivered(snapshot)
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

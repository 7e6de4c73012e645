package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/web"
)

// population is jobs and what the cloud says about them: one in a hundred is
// unfinished. Each has about 10 series and 1 KB of text.
type population struct {
	jobs    []*job.Job
	reports map[job.Key]job.Report
}

func newPopulation(n int) *population {
	random := rand.New(rand.NewPCG(1, uint64(n))) //nolint:gosec // must be repeatable
	now := time.Now()
	p := &population{reports: make(map[job.Key]job.Report, n)}
	for i := range n {
		api, _ := provider.Find("cfw", "")
		kind := ""
		if i%2 == 1 {
			api, _ = provider.Find("elb", "v1.0")
			kind = "createLoadbalancer"
		}
		j := &job.Job{
			Key:     job.Key{Provider: api.Provider, ID: id(random)},
			Project: "prod", APIVersion: api.Version, StuckAfter: 30 * time.Minute, Statuses: api.Statuses,
		}
		begin := now.Add(-time.Duration(random.Int64N(int64(1000 * time.Hour)))).Truncate(time.Millisecond)
		r := job.Report{Status: job.Success, Type: kind, Begin: begin, End: begin.Add(time.Duration(random.IntN(1e6)) * time.Millisecond)}
		switch i % 100 {
		case 0:
			r.Status, r.End = job.Running, time.Time{}
		case 1, 2, 3:
			r.Status, r.ErrorCode = job.Failed, "ELB.2014"
		}
		p.jobs = append(p.jobs, j)
		p.reports[j.Key] = r
	}
	slices.SortFunc(p.jobs, func(a, b *job.Job) int { return a.Compare(b.Key) })
	return p
}

// id makes an ID like those of the clouds.
func id(r *rand.Rand) string {
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<16), r.Int64N(1<<48))
}

// Fetch answers at once.
func (p *population) Fetch(_ context.Context, j *job.Job) (job.Report, error) {
	return p.reports[j.Key], nil
}

// exporter is this program without its command line: a poller that has asked
// for all jobs, and the handler of its paths.
type exporter struct {
	*poller.Poller
	registry *prometheus.Registry
	handler  http.Handler
}

func (p *population) exporter() exporter {
	e := exporter{registry: newRegistry()}
	e.Poller = poller.New(log.NewNopLogger(), e.registry, nil)
	e.Apply(poller.Plan{
		Settings: poller.Settings{Interval: time.Hour, MaxStale: time.Hour, Concurrency: 16},
		Projects: []poller.Project{{Name: "prod", Fetcher: p}},
		Changes:  []poller.Change{{Add: p.jobs}},
	})
	e.Poll(context.Background())
	handler, err := web.New(web.Options{
		Logger: log.NewNopLogger(), Poller: e.Poller, Metrics: e.registry, TelemetryPath: "/metrics",
		Config: func() (string, error) { return "", nil },
		Reload: func() error { return nil },
	})
	must(err)
	e.handler = handler
	return e
}

// newRegistry has what nearly every exporter has beside its own.
func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

package main

import (
	"context"
	"errors"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

var errNotFilled = errors.New("a job is not known after the first fill")

// filledJobs is how many jobs a first scrape asks for.
const filledJobs = 10_000

// Fill is what the first scrape takes, over TLS to a server in this process.
type Fill struct {
	Latency     time.Duration
	Concurrency int
	Took        time.Duration // median
	Connections int64         // most
}

// Ideal is the time in which no call waits for anything but the cloud.
func (f Fill) Ideal() time.Duration {
	return f.Latency * filledJobs / time.Duration(f.Concurrency)
}

func measureFill(latency time.Duration, concurrency, rounds int) Fill {
	f := Fill{Latency: latency, Concurrency: concurrency}
	f.Took = medianOf(rounds, func() time.Duration {
		server := newStandIn(latency, true)
		defer server.Close()
		c, err := config.Parse("bench", server.configuration(filledJobs, concurrency), config.Options{Providers: provider.Schema()})
		must(err)
		registry := prometheus.NewRegistry()
		client, err := cloud.New(&c.Projects[0], cloud.Options{
			Timeout: 10 * time.Second, Concurrency: concurrency, UserAgent: "bench", Metrics: cloud.NewMetrics(registry),
		})
		must(err)
		defer client.Close()
		p := poller.New(log.NewNopLogger(), registry, nil)
		defer p.Close()
		api, _ := provider.Find("cfw", "")
		var jobs []*job.Job
		plan := poller.Plan{
			Settings: poller.Settings{Interval: c.Poll.Interval, MaxStale: c.Poll.MaxStale, Concurrency: concurrency},
			Projects: []poller.Project{{Name: "prod", Fetcher: provider.Reader{Client: client}}},
		}
		for _, id := range c.Jobs[0].IDs {
			jobs = append(jobs, &job.Job{Key: job.Key{Provider: "cfw", ID: id}, Project: "prod", Statuses: api.Statuses})
		}
		plan.Changes = []poller.Change{{Add: jobs}}
		p.Apply(plan)
		took := timed(func() { p.Poll(context.Background()) })
		for _, state := range p.Snapshot().Jobs() {
			if !state.Final() {
				must(errNotFilled)
			}
		}
		f.Connections = max(f.Connections, server.opened.Load())
		return took
	})
	return f
}

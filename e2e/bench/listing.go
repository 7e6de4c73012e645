package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/discovery"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/simulator"
)

// Listings is how many calls of the cloud an interval takes for unfinished jobs of ELB v3.
type Listings struct {
	Jobs           int
	Singly, Listed int // when their IDs are named, and when they are discovered
}

// measureListing counts the calls of the second interval in both ways.
func measureListing(jobs int) Listings {
	var named []*job.Job
	for i := range jobs {
		j, err := provider.NewJob("elb", "v3", "prod", fmt.Sprintf("job-%d", i), 0)
		must(err)
		named = append(named, j)
	}
	return Listings{
		Jobs:   jobs,
		Singly: callsOfAnInterval(named, poller.Change{Source: poller.Source{Name: "configuration"}, Add: named}),
		Listed: callsOfAnInterval(named, poller.Change{}, config.Discover{
			Provider: "elb", Project: "prod", APIVersion: "v3", MaxJobs: jobs, Since: time.Hour, StuckAfter: time.Hour,
		}),
	}
}

func callsOfAnInterval(jobs []*job.Job, names poller.Change, discover ...config.Discover) int {
	simulated := simulator.New(simulator.Options{})
	defer simulated.Close()
	simulated.SetProject(simulator.Project{ID: changesProject, Name: "shop"})
	for _, j := range jobs {
		simulated.AddJob(simulator.Job{API: simulator.ELBv3, ProjectID: changesProject, ID: j.ID, Begin: time.Now(), Plan: simulator.ELBv3.Hangs()})
	}
	project := config.Project{
		Name: "prod", ProjectID: changesProject, Endpoints: map[string]string{"elb": "https://elb.test"},
		Token: secrets.Source{Value: secrets.New(simulated.IssueToken(changesProject))},
	}
	client, err := cloud.New(&project, cloud.Options{
		Timeout: patience, Metrics: cloud.NewMetrics(prometheus.NewRegistry()), Transport: &simulator.Transport{Handler: simulated},
	})
	must(err)
	defer client.Close()
	by := provider.Reader{Client: client}
	p := poller.New(log.NewNopLogger(), prometheus.NewRegistry(), nil)
	defer p.Close()
	var found *discovery.Set
	found = discovery.New(log.NewNopLogger(), prometheus.NewRegistry(), p, func() { p.Watch(found.Changes()...) })
	apply := func(interval time.Duration, changes ...poller.Change) {
		for i := range discover {
			discover[i].Interval = interval
		}
		p.Apply(poller.Plan{
			Settings: poller.Settings{Interval: interval, MaxStale: time.Hour, Concurrency: 16},
			Projects: []poller.Project{{Name: "prod", Fetcher: by}},
			Tasks:    found.Use(&config.Config{Projects: []config.Project{project}, Discover: discover}, map[string]provider.Reader{"prod": by}),
			Changes:  changes,
		})
	}
	apply(time.Hour, names)
	p.Poll(context.Background())
	for began := time.Now(); len(p.Snapshot().Jobs()) < len(jobs); time.Sleep(time.Millisecond) { // the first listing watches them
		if time.Since(began) > time.Minute {
			must(fmt.Errorf("%d of %d jobs are watched after a minute", len(p.Snapshot().Jobs()), len(jobs)))
		}
	}
	time.Sleep(100 * time.Millisecond) // until it has ended
	apply(time.Millisecond)            // which is over
	before := simulated.Calls(simulator.ServiceELB)
	p.Poll(context.Background())
	return simulated.Calls(simulator.ServiceELB) - before
}

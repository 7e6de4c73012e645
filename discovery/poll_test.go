package discovery

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/simulator"
)

const pollInterval = 30 * time.Second

// exporter watches the jobs of a simulated cloud, with a poller as it is: with entries
// under discover, or with their IDs in the configuration.
type exporter struct {
	*poller.Poller
	cloud    *simulator.Cloud
	registry *prometheus.Registry
	logger   log.Logger
	interval time.Duration // of polls
	token    string
	found    *Set
}

// newExporter has a cloud that answers after 50 ms, with so many jobs.
func newExporter(t *testing.T, jobs int) *exporter {
	t.Helper()
	x := newExporterOfNothing(t, log.NewNopLogger())
	x.cloud.Inject(simulator.Fault{Latency: 50 * time.Millisecond})
	for i := range jobs {
		x.add(i, simulator.ELBv3.Hangs())
	}
	return x
}

// newExporterOfNothing has a cloud that answers at once, without jobs.
func newExporterOfNothing(t *testing.T, logger log.Logger) *exporter {
	t.Helper()
	x := &exporter{
		cloud:    simulator.New(simulator.Options{TokenLifetime: 1000 * time.Hour}),
		registry: prometheus.NewRegistry(), logger: logger, interval: pollInterval,
	}
	t.Cleanup(x.cloud.Close)
	x.cloud.SetProject(simulator.Project{ID: projectID, Name: "shop"})
	x.token = x.cloud.IssueToken(projectID)
	x.Poller = poller.New(logger, x.registry, nil)
	t.Cleanup(x.Close)
	return x
}

func jobID(i int) string { return fmt.Sprintf("job-%05d", i) }

func (x *exporter) add(i int, plan simulator.Plan) {
	x.cloud.AddJob(simulator.Job{API: simulator.ELBv3, ProjectID: projectID, ID: jobID(i), Begin: time.Now(), Plan: plan})
}

// apply brings a configuration into effect.
func (x *exporter) apply(t *testing.T, rateLimit float64, named []*job.Job, entries ...config.Discover) {
	t.Helper()
	project := projectWith(x.token)
	client, err := cloud.New(&project, cloud.Options{
		Timeout: 10 * time.Second, Metrics: cloud.NewMetrics(prometheus.NewRegistry()), Transport: &simulator.Transport{Handler: x.cloud},
	})
	if err != nil {
		t.Fatal(err)
	}
	fetcher := provider.Reader{Client: client}
	x.found = New(x.logger, prometheus.NewRegistry(), x, func() { x.Watch(x.found.Changes()...) })
	x.Apply(poller.Plan{
		Settings: poller.Settings{Interval: x.interval, MaxStale: 15 * time.Minute, Concurrency: 16, RateLimit: rateLimit},
		Projects: []poller.Project{{Name: "prod", Fetcher: fetcher}},
		Tasks:    x.found.Use(&config.Config{Projects: []config.Project{project}, Discover: entries}, map[string]provider.Reader{"prod": fetcher}),
		Changes:  []poller.Change{{Source: poller.Source{Name: "configuration"}, Add: named}},
	})
}

// scrapes scrapes n times, an interval apart, and returns how long ago the cloud was last
// asked for a job of the last five snapshots, at most.
func (x *exporter) scrapes(n int) (oldest time.Duration) {
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(i) * pollInterval)))
		ctx, cancel := context.WithTimeout(context.Background(), 9*time.Second)
		s := x.Poll(ctx)
		cancel()
		x.Delivered(s)
		for _, state := range s.Jobs() {
			if age := time.Since(state.LastSuccess); i >= n-5 && !state.Final() {
				oldest = max(oldest, age)
			}
		}
	}
	return oldest
}

// named are the jobs of the cloud, as a configuration names them.
func named(t *testing.T, n int) []*job.Job {
	t.Helper()
	var jobs []*job.Job
	for i := range n {
		j, err := provider.NewJob("elb", "v3", "prod", jobID(i), 0)
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, j)
	}
	return jobs
}

// TestAListingIsAPoll: 1,000 unfinished jobs are on 5 pages, which are all that is asked
// for, and no status is older than with a call for each of them.
func TestAListingIsAPoll(t *testing.T) {
	const jobs, pages = 1000, 5
	every := entry(func(d *config.Discover) { d.Interval = pollInterval })
	for name, test := range map[string]struct {
		rateLimit float64
		named     int // by the configuration, too
	}{
		"no rate limit":           {0, 0},
		"the default rate limit":  {10, 0},
		"some are named, as well": {10, 5},
	} {
		t.Run(name, func(t *testing.T) {
			var singly, listed time.Duration
			synctest.Test(t, func(t *testing.T) {
				x := newExporter(t, jobs)
				x.apply(t, test.rateLimit, named(t, jobs))
				singly = x.scrapes(10)
			})
			synctest.Test(t, func(t *testing.T) {
				x := newExporter(t, jobs)
				x.apply(t, test.rateLimit, named(t, test.named), every)
				listed = x.scrapes(10)
				equal(t, "jobs", len(x.Snapshot().Jobs()), jobs)
				if calls := x.cloud.Calls(simulator.ServiceELB); calls > 10*pages+5 {
					t.Errorf("%d calls in ten intervals, want at most %d", calls, 10*pages+5)
				}
				for _, j := range named(t, jobs)[test.named:] {
					if n := x.cloud.JobCalls(simulator.ServiceELB, j.ID); n > 0 {
						t.Fatalf("%s was asked for %d times", j.ID, n)
					}
				}
			})
			if listed > singly || listed > time.Second {
				t.Errorf("a status was %v old, with single polls %v", listed, singly)
			}
		})
	}
}

// TestWhatAListingShowsCountsWithoutACall: jobs that end, that it no longer shows, and
// that its entry does not ask for.
func TestWhatAListingShowsCountsWithoutACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newExporter(t, 10)
		x.apply(t, 10, named(t, 2), entry(func(d *config.Discover) {
			d.Interval, d.Statuses = pollInterval, []job.Status{job.Failed}
		}))
		x.scrapes(1) // at which the jobs may be asked for before the first listing has shown them
		var before [2]int
		for i := range before {
			before[i] = x.cloud.JobCalls(simulator.ServiceELB, jobID(i))
		}
		x.add(1, simulator.ELBv3.Fails(40*time.Second))
		time.Sleep(pollInterval)
		x.scrapes(5)
		equal(t, "jobs: those that are named, of which one has failed", len(x.Snapshot().Jobs()), 2)
		for i, want := range []job.Status{job.Running, job.Failed} {
			s, _ := x.State(job.Key{Provider: "elb", ID: jobID(i)})
			equal(t, "status of "+jobID(i), s.Report.Status, want)
			equal(t, "calls for it", x.cloud.JobCalls(simulator.ServiceELB, jobID(i))-before[i], 0)
			equal(t, "its source", s.Source, "configuration")
		}
		x.cloud.RemoveJob(simulator.ELBv3, projectID, jobID(0))
		time.Sleep(pollInterval)
		x.scrapes(1)
		s, _ := x.State(job.Key{Provider: "elb", ID: jobID(0)})
		equal(t, "a job that the list lost is asked for, and missing", s.Missing, true)
	})
}

func TestAListThatFailsInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newExporter(t, 1000)
		x.apply(t, 0, nil, entry(func(d *config.Discover) { d.Interval, d.MaxJobs = pollInterval, 2000 }))
		x.scrapes(2)
		equal(t, "calls", x.cloud.Calls(simulator.ServiceELB), 10)

		for i := range 100 { // the first page has new ones
			x.cloud.AddJob(simulator.Job{API: simulator.ELBv3, ProjectID: projectID, ID: fmt.Sprintf("a-new-%d", i), Begin: time.Now(), Plan: simulator.ELBv3.Hangs()})
		}
		time.Sleep(pollInterval)
		go func() { // the third page
			for x.cloud.Calls(simulator.ServiceELB) < 12 {
				time.Sleep(time.Millisecond)
			}
			x.cloud.Inject(simulator.Fault{Service: simulator.ServiceELB, Times: 1, Status: 500, Body: []byte(`{}`)})
		}()
		oldest := x.scrapes(1)
		jobs := x.Snapshot().Jobs()
		if len(jobs) < 1001 {
			t.Errorf("%d jobs, want those of before, and new ones", len(jobs))
		}
		if oldest > 9*time.Second {
			t.Errorf("a status is %v old", oldest)
		}
		x.scrapes(2)
		equal(t, "jobs, after a list that is complete", len(x.Snapshot().Jobs()), 1100)
		problems, err := testutil.GatherAndLint(x.registry)
		if err != nil || len(problems) > 0 {
			t.Error(problems, err)
		}
	})
}

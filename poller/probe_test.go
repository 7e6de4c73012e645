package poller

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudjob_exporter/job"
)

// probe probes with a budget, as a scrape of /probe does.
func (tp testPoller) probe(t *testing.T, budget time.Duration, j *job.Job) Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	s, err := tp.Probe(ctx, j)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAProbedJobIsPolledAndRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(time.Second)}
		p := start(t, testSettings(), f)
		j := testJobs("elb", 1)[0]
		for range 28 {
			equal(t, "running", statuses(p.probe(t, 5*time.Second, j))["running"], 1)
			time.Sleep(time.Second)
		}
		equal(t, "calls in the interval", f.calls(), 1)
		time.Sleep(time.Second)
		p.probe(t, 5*time.Second, j)
		equal(t, "calls after it", f.calls(), 2)
		equal(t, "jobs of a scrape", len(p.scrape(time.Second).Jobs()), 0)
		time.Sleep(5 * time.Minute)
		p.scrape(time.Second)
		equal(t, "calls: a scrape makes none for it", f.calls(), 2)
	})
}

func TestProbesAndScrapesShareThePolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(time.Second)}
		jobs := testJobs("elb", 3)
		p := start(t, testSettings(), f, jobs...)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { equal(t, "scraped", statuses(p.scrape(5 * time.Second))["running"], 3) })
			wg.Go(func() { equal(t, "probed", statuses(p.probe(t, 5*time.Second, jobs[1]))["running"], 1) })
		}
		wg.Wait()
		equal(t, "calls", f.calls(), 3)
		time.Sleep(time.Minute)
		p.probe(t, 5*time.Second, jobs[1])
		equal(t, "calls after a probe", f.calls(), 4)
		p.scrape(5 * time.Second)
		equal(t, "calls after a scrape", f.calls(), 6)
	})
}

func TestAProbeIsAnsweredAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, testSettings(), &fakeCloud{answer: running(time.Minute)})
		began := time.Now()
		equal(t, "unknown", statuses(p.probe(t, time.Second, testJobs("elb", 1)[0]))["unknown"], 1)
		equal(t, "time taken", time.Since(began), time.Second)
	})
}

func TestAProbeInAPauseIsAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: failing(job.Failure{Reason: job.RateLimited, Overloaded: true, RetryAfter: time.Minute})}
		p := start(t, testSettings(), f)
		jobs := testJobs("elb", 2)
		p.probe(t, time.Second, jobs[0])
		began := time.Now()
		s := p.probe(t, time.Second, jobs[1])
		equal(t, "time taken", time.Since(began), 0)
		equal(t, "error", s.Jobs()[0].Err, job.RateLimited)
		equal(t, "calls", f.calls(), 1)
		time.Sleep(time.Minute)
		f.answer = running(0)
		equal(t, "running", statuses(p.probe(t, time.Second, jobs[1]))["running"], 1)
	})
}

func TestAProbedJobIsForgottenAnHourAfterTheLastProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: func(context.Context, *job.Job) (job.Report, error) {
			return job.Report{Status: job.Success}, nil
		}}
		p := start(t, testSettings(), f)
		jobs := testJobs("elb", 2)
		p.probe(t, time.Second, jobs[0])
		for range 3 {
			time.Sleep(time.Hour)
			p.probe(t, time.Second, jobs[0])
		}
		equal(t, "calls while it is remembered", f.calls(), 1)
		time.Sleep(time.Hour + time.Second)
		p.probe(t, time.Second, jobs[1])
		p.probe(t, time.Second, jobs[0])
		equal(t, "calls once it is forgotten", f.calls(), 3)
		time.Sleep(59*time.Minute + 30*time.Second)
		p.probe(t, time.Second, jobs[1])
		time.Sleep(time.Minute)
		p.probe(t, time.Second, jobs[0])
		equal(t, "calls a minute after others were looked through", f.calls(), 4)
	})
}

func TestAProbedJobThatIsConfiguredLaterKeepsItsState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		jobs := testJobs("elb", 1)
		p.probe(t, time.Second, jobs[0])
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Jobs: jobs})
		equal(t, "running", statuses(p.scrape(time.Second))["running"], 1)
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}})
		equal(t, "scraped", len(p.scrape(time.Second).Jobs()), 0)
		equal(t, "running", statuses(p.probe(t, time.Second, jobs[0]))["running"], 1)
		equal(t, "calls", f.calls(), 1)
		p.Apply(testPlan{Settings: testSettings()})
		if _, err := p.Probe(t.Context(), jobs[0]); err == nil || err.Error() != `there is no project "prod"` {
			t.Errorf("got %v", err)
		}
	})
}

func TestProbesThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		jobs := testJobs("elb", 1)
		p := start(t, testSettings(), f, jobs...)
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}, {"test", f}}, Jobs: jobs})
		other := *jobs[0]
		other.Project = "test"
		if _, err := p.Probe(t.Context(), &other); err == nil || err.Error() != `job job-0000 is configured for project "prod"` {
			t.Errorf("got %v", err)
		}
		for i := range maxProbed {
			j := other
			j.ID = fmt.Sprint("probed-", i)
			if _, err := p.Probe(t.Context(), &j); err != nil {
				t.Fatal(err)
			}
		}
		other.ID = "one-too-many"
		if _, err := p.Probe(t.Context(), &other); !errors.Is(err, ErrTooManyProbed) {
			t.Errorf("got %v", err)
		}
	})
}

func TestInventedIDsKeepNoProbeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := testJobs("elb", 3)
		f := &fakeCloud{answer: func(ctx context.Context, j *job.Job) (job.Report, error) {
			if j.ID == known[0].ID || j.ID == known[1].ID {
				return running(0)(ctx, j)
			}
			return failing(job.Failure{Reason: job.NotFound})(ctx, j)
		}}
		p := start(t, testSettings(), f)
		p.probe(t, time.Second, known[0])
		for i := range maxProbed + 10 {
			j := *known[2]
			j.ID = fmt.Sprint("invented-", i)
			p.probe(t, time.Second, &j)
		}
		equal(t, "status of another", p.probe(t, time.Second, known[1]).Jobs()[0].Report.Status, job.Running)
		calls := f.calls()
		p.probe(t, time.Second, known[0])
		equal(t, "calls for one that is still remembered", f.calls()-calls, 0)
	})
}

func TestProbesThatNobodyWaitsForTakeNothingFromOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 10
		f := &fakeCloud{answer: running(0)}
		jobs := testJobs("elb", 3)
		p := start(t, s, f, jobs[:2]...)
		p.scrape(25 * time.Second)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for i := range maxProbed + 10 {
			j := *jobs[2]
			j.ID = fmt.Sprint("invented-", i)
			if _, err := p.Probe(gone, &j); err != nil {
				t.Fatal(err)
			}
		}
		for range 20 {
			time.Sleep(s.Interval)
			p.scrape(25 * time.Second)
		}
		asked, _ := f.history()
		n := 0
		for _, id := range asked {
			if id == jobs[0].ID {
				n++
			}
		}
		equal(t, "polls of a configured job", n, 21)
		p.mu.Lock()
		defer p.mu.Unlock()
		if n := p.lane(p.projects["prod"], "elb").Pending(); n > maxProbed {
			t.Errorf("%d jobs are queued", n)
		}
	})
}

func TestInventedIDsInAPauseMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: overloaded(0, time.Hour)}
		p := start(t, testSettings(), f)
		jobs := testJobs("elb", 1)
		for i := range 3 * maxProbed {
			j := *jobs[0]
			j.ID = fmt.Sprint("invented-", i)
			p.probe(t, time.Second, &j)
			time.Sleep(time.Millisecond)
		}
		equal(t, "calls", f.calls(), 1)
		if n := p.lane(p.projects["prod"], "elb").Pending(); n > maxProbed {
			t.Errorf("%d jobs are queued", n)
		}
	})
}

func TestAJobIsProbedInOneWayAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(time.Minute)}
		p := start(t, testSettings(), f)
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}, {"test", f}}})
		j := testJobs("elb", 1)[0]
		p.probe(t, time.Second, j)
		other := *j
		other.Project = "test"
		_, err := p.Probe(t.Context(), &other)
		if want := `job job-0000 is being probed otherwise: project "prod", api_version ""`; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		time.Sleep(probeClaim)
		equal(t, "project", p.probe(t, 2*time.Minute, &other).Jobs()[0].Project, "test")
		equal(t, "calls", f.calls(), 2)
	})
}

func TestProbedJobsThatAreQueuedArePending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 0.01
		p := start(t, s, &fakeCloud{answer: running(0)})
		for _, j := range testJobs("elb", 4) { // the first is asked for at once
			p.probe(t, time.Second, j)
		}
		if err := testutil.GatherAndCompare(p.registry, strings.NewReader(`
# HELP cloudjob_exporter_polls_pending Jobs that are due or being asked for, and not yet answered.
# TYPE cloudjob_exporter_polls_pending gauge
cloudjob_exporter_polls_pending{project="prod"} 3
`), "cloudjob_exporter_polls_pending"); err != nil {
			t.Error(err)
		}
	})
}

func TestConfiguredJobsOfOneEndpointGoBeforeProbedOnesOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 1
		f := &fakeCloud{answer: running(0)}
		p := start(t, s, f, testJobs("cfw", 3)...)
		p.scrape(10 * time.Second)
		time.Sleep(time.Minute)
		for i, j := range testJobs("elb", 3) { // the first is asked for at once
			j.ID = fmt.Sprint("probed-", i)
			p.probe(t, time.Millisecond, j)
		}
		p.scrape(10 * time.Second)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		asked, _ := f.history()
		var kinds []string
		for _, id := range asked[3:] {
			kind, _, _ := strings.Cut(id, "-")
			kinds = append(kinds, kind)
		}
		equal(t, "asked for", strings.Join(kinds, " "), "probed job job job probed probed")
	})
}

func TestAScrapeCountsOnlyJobsOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jobs := testJobs("elb", 6)
		p := start(t, testSettings(), &fakeCloud{answer: running(5 * time.Second)}, jobs[0])
		p.scrape(10 * time.Second)
		for _, j := range jobs[1:] {
			go func() { _, _ = p.Probe(t.Context(), j) }()
		}
		synctest.Wait()
		hits, misses := testutil.ToFloat64(p.metrics.Hits.WithLabelValues("elb")), testutil.ToFloat64(p.metrics.Misses.WithLabelValues("elb"))
		p.scrape(time.Second)
		equal(t, "hits", testutil.ToFloat64(p.metrics.Hits.WithLabelValues("elb"))-hits, 1)
		equal(t, "misses", testutil.ToFloat64(p.metrics.Misses.WithLabelValues("elb"))-misses, 0)
		time.Sleep(time.Minute)
	})
}

package poller

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

func TestALaterScrapeTakesNoPollFromAnEarlierOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 1
		p := start(t, s, &fakeCloud{answer: running(0)}, testJobs("cfw", 5)...)
		began := time.Now()
		took := make(chan time.Duration, 2)
		for range 2 {
			go func() {
				p.scrape(time.Minute)
				took <- time.Since(began)
			}()
			time.Sleep(2500 * time.Millisecond)
		}
		for range 2 {
			equal(t, "time taken", <-took, 4*time.Second)
		}
	})
}

func TestPollsUnderWayHoldNoOthersUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(10 * time.Second)}
		jobs := testJobs("cfw", 4)
		p := start(t, testSettings(), f, jobs[:2]...)
		p.scrape(time.Second)
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Jobs: jobs})
		p.scrape(time.Second)
		equal(t, "calls", f.calls(), 4)
	})
}

func TestAShortIntervalIsNotWaitedForForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.Interval = time.Second
		f := &fakeCloud{answer: running(0)}
		p := start(t, s, f, testJobs("cfw", 1)...)
		p.scrape(time.Second)
		time.Sleep(899 * time.Millisecond)
		p.scrape(time.Second)
		equal(t, "calls more than a tenth of the interval ahead", f.calls(), 1)
		time.Sleep(time.Millisecond)
		p.scrape(time.Second)
		equal(t, "calls less than that ahead", f.calls(), 2)
	})
}

func TestAProbeWhoseJobIsDroppedIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 0.001
		f := &fakeCloud{answer: running(0)}
		jobs := testJobs("elb", 2)
		p := start(t, s, f, jobs[0])
		p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}, {"test", f}}})
		p.probe(t, time.Second, jobs[0])
		took := make(chan time.Duration)
		began := time.Now()
		go func() {
			p.probe(t, time.Hour, jobs[1])
			took <- time.Since(began)
		}()
		time.Sleep(probeClaim)
		other := *jobs[1]
		other.Project = "test"
		p.probe(t, time.Second, &other)
		equal(t, "time taken", <-took, probeClaim)
	})
}

// answering is a cloud whose n-th call fails with the n-th error, after a second
// and 10 ms for each call before it.
func answering(errs ...job.Failure) *fakeCloud {
	f := &fakeCloud{}
	f.answer = func(ctx context.Context, j *job.Job) (job.Report, error) {
		n := f.calls() - 1
		report, err := running(time.Second+time.Duration(n)*10*time.Millisecond)(ctx, j)
		if err == nil && n < len(errs) {
			return failing(errs[n])(ctx, j)
		}
		return report, err
	}
	return f
}

func TestCallsThatEndInAPauseNeitherProlongNorShortenIt(t *testing.T) {
	overloaded := job.Failure{Reason: job.ServerError, Overloaded: true}
	long, short := overloaded, overloaded
	long.RetryAfter, short.RetryAfter = 4*time.Minute, time.Second
	for name, test := range map[string]struct {
		errs        []job.Failure
		from, until time.Duration // of the pause, since its begin
	}{
		"overloaded": {[]job.Failure{overloaded, overloaded, overloaded, overloaded, overloaded}, 2 * time.Second, 3 * time.Second},
		"told when":  {[]job.Failure{short, long, short, long, short}, 4 * time.Minute, 4 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testSettings()
				s.Interval = time.Second
				f := answering(test.errs...)
				p := start(t, s, f, testJobs("cfw", len(test.errs))...)
				p.scrape(time.Second)
				began := time.Now()
				for f.calls() == len(test.errs) {
					p.scrape(time.Second)
					time.Sleep(10 * time.Millisecond)
				}
				_, times := f.history()
				if d := times[len(test.errs)].Sub(began); d < test.from || d > test.until+time.Second {
					t.Errorf("called again after %v, want %v to %v", d, test.from, test.until)
				}
			})
		})
	}
}

func TestProbesOfConfiguredJobsMixUpNoOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 1
		f := &fakeCloud{answer: running(0)}
		jobs := testJobs("cfw", 7)
		p := start(t, s, f, jobs...)
		for i := range 210 {
			p.scrape(time.Second)
			time.Sleep(2 * time.Second)
			p.probe(t, time.Second, jobs[i*3%7])
		}
		last := map[string]time.Time{}
		ids, times := f.history()
		for i, id := range ids {
			if d := times[i].Sub(last[id]); !last[id].IsZero() && (d < s.Interval || d > s.Interval+10*time.Second) {
				t.Errorf("%s is asked for again after %v", id, d)
			}
			last[id] = times[i]
		}
		for id, at := range last {
			if d := time.Since(at); d > s.Interval+10*time.Second {
				t.Errorf("%s was not asked for in %v", id, d)
			}
		}
	})
}

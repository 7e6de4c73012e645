package poller

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

func TestConcurrencyIsALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.Concurrency = 5
		f := &fakeCloud{answer: running(time.Second)}
		p := start(t, s, f, testJobs("cfw", 20)...)
		began := time.Now()
		p.scrape(time.Minute)
		equal(t, "time taken", time.Since(began), 4*time.Second)
		equal(t, "most in flight", f.most, 5)
	})
}

func TestRateIsALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 2.5
		f := &fakeCloud{answer: running(0)}
		p := start(t, s, f, slices.Concat(testJobs("cfw", 13), testJobs("elb", 13))...)
		began := time.Now()
		p.scrape(time.Minute)
		equal(t, "calls", f.calls(), 26)
		equal(t, "time taken", time.Since(began), 10*time.Second)
	})
}

func TestLongestUnaskedIsPolledFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 1
		f := &fakeCloud{answer: running(0)}
		p := start(t, s, f, testJobs("cfw", 40)...)
		for range 12 {
			p.scrape(9500 * time.Millisecond)
			time.Sleep(500 * time.Millisecond)
		}
		// 120 s at one call a second: three rounds, each in the order of the first.
		asked, _ := f.history()
		for i, id := range asked[40:] {
			equal(t, "order", id, asked[i])
		}
	})
}

func TestRetryAfterPausesTheEndpointAndMarksItsJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := true
		f := &fakeCloud{answer: func(ctx context.Context, j *job.Job) (job.Report, error) {
			if busy && j.Provider == "elb" {
				return failing(job.Failure{Reason: job.RateLimited, Overloaded: true, RetryAfter: 2 * time.Minute})(ctx, j)
			}
			return running(0)(ctx, j)
		}}
		s := testSettings()
		s.Concurrency = 1
		p := start(t, s, f, slices.Concat(testJobs("cfw", 3), testJobs("elb", 3))...)
		snapshot := p.scrape(10 * time.Second)
		equal(t, "calls: all of cfw and one of elb", f.calls(), 4)
		for _, state := range snapshot.Jobs() {
			want := map[string]job.Reason{"cfw": "", "elb": job.RateLimited}[state.Provider]
			equal(t, "error of "+state.Provider, state.Err, want)
		}
		busy = false
		time.Sleep(time.Minute)
		began := time.Now()
		p.scrape(10 * time.Second)
		equal(t, "a scrape in the pause waits for", time.Since(began), 0)
		equal(t, "calls in the pause: cfw only", f.calls(), 7)
		time.Sleep(time.Minute)
		equal(t, "running after the pause", statuses(p.scrape(10 * time.Second))["running"], 6)
	})
}

func TestOverloadWithoutRetryAfterPausesLongerAndLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: failing(job.Failure{Reason: job.ServerError, Overloaded: true})}
		s := testSettings()
		s.Interval = time.Second
		p := start(t, s, f, testJobs("cfw", 50)...)
		for range 36000 {
			p.scrape(time.Second)
			time.Sleep(100 * time.Millisecond)
		}
		// The calls that were in flight together count as one pause.
		_, times := f.history()
		var bursts []time.Time
		for i, at := range times {
			if i == 0 || at.Sub(times[i-1]) > 500*time.Millisecond {
				bursts = append(bursts, at)
			}
		}
		wait := 2 * time.Second
		for i := 1; i < len(bursts); i++ {
			d := bursts[i].Sub(bursts[i-1])
			if d < wait || d > wait*3/2+time.Second && d > job.MaxPause+time.Second {
				t.Errorf("pause %d took %v, want %v to half as long again", i, d, wait)
			}
			wait = min(2*wait, job.MaxPause)
		}
		if n := len(bursts); n < 15 || n > 25 {
			t.Errorf("%d bursts of calls in an hour", n)
		}
		if lines := strings.Count(p.logs.String(), "\n"); lines > 2*len(bursts) {
			t.Errorf("%d log lines for %d bursts", lines, len(bursts))
		}
	})
}

func TestASuccessEndsTheRowOfPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		overloaded := true
		f := &fakeCloud{}
		f.answer = func(ctx context.Context, j *job.Job) (job.Report, error) {
			if overloaded {
				return failing(job.Failure{Reason: job.RateLimited, Overloaded: true})(ctx, j)
			}
			return running(0)(ctx, j)
		}
		s := testSettings()
		s.Interval = time.Second
		p := start(t, s, f, testJobs("cfw", 1)...)
		for range 5 {
			p.scrape(time.Second)
			time.Sleep(2 * time.Minute)
		}
		overloaded = false
		p.scrape(time.Second)
		time.Sleep(2 * time.Second)
		overloaded = true
		p.scrape(time.Second)
		overloaded = false
		time.Sleep(3 * time.Second)
		equal(t, "running after a first pause", statuses(p.scrape(time.Second))["running"], 1)
		equal(t, "up", p.Snapshot().Jobs()[0].Up(), true)
	})
}

func TestRefusedCredentialsPauseForAsLongAsTheClientSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: failing(job.Failure{Reason: job.Auth, RetryAfter: 4 * time.Minute})}
		s := testSettings()
		s.Concurrency = 1
		p := start(t, s, f, testJobs("cfw", 100)...)
		for range 8 {
			for _, state := range p.scrape(time.Second).Jobs() {
				equal(t, "error", state.Err, job.Auth)
			}
			time.Sleep(30 * time.Second)
		}
		equal(t, "calls in 4 min", f.calls(), 1)
	})
}

func TestAJobThatIsNotFoundIsAskedForEverMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: failing(job.Failure{Reason: job.NotFound})}
		p := start(t, testSettings(), f, testJobs("elb", 1)...)
		for range 3600 {
			snapshot := p.scrape(time.Second)
			equal(t, "unknown", statuses(snapshot)["unknown"], 1)
			time.Sleep(time.Second)
		}
		_, times := f.history()
		for i, want := range []int{1, 2, 4, 8, 10, 10} {
			d := times[i+1].Sub(times[i])
			equal(t, "intervals", int((d+time.Second)/(30*time.Second)), want)
		}
		equal(t, "log lines", strings.Count(p.logs.String(), "\n"), 1)
	})
}

func TestAJobThatWasLostStaysUnknownWhileTheCloudIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := []func(context.Context, *job.Job) (job.Report, error){
			running(0),
			failing(job.Failure{Reason: job.NotFound}),
			failing(job.Failure{Reason: job.Timeout}),
			running(0),
		}
		f := &fakeCloud{}
		f.answer = func(ctx context.Context, j *job.Job) (job.Report, error) { return answers[f.calls()-1](ctx, j) }
		p := start(t, testSettings(), f, testJobs("elb", 1)...)
		for _, want := range []string{"running", "unknown", "unknown", "running"} {
			snapshot := p.scrape(time.Second)
			equal(t, want, statuses(snapshot)[want], 1)
			time.Sleep(time.Minute)
		}
	})
}

func TestTheLastStatusIsServedUntilMaxStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{}
		f.answer = func(ctx context.Context, j *job.Job) (job.Report, error) {
			if f.calls() == 1 {
				return running(0)(ctx, j)
			}
			return failing(job.Failure{Reason: job.ServerError})(ctx, j)
		}
		p := start(t, testSettings(), f, testJobs("elb", 1)...)
		p.scrape(time.Second)
		heard := time.Now()
		for time.Since(heard) < 16*time.Minute {
			time.Sleep(30 * time.Second)
			snapshot := p.scrape(time.Second)
			want := "running"
			if time.Since(heard) > 15*time.Minute {
				want = "unknown"
			}
			equal(t, want, statuses(snapshot)[want], 1)
			equal(t, "up", snapshot.Jobs()[0].Up(), false)
			equal(t, "error", snapshot.Jobs()[0].Err, job.ServerError)
		}
		equal(t, "log lines", strings.Count(p.logs.String(), "\n"), 1)
	})
}

// pollAhead makes a poller of two jobs, due 30 s and 30.3 s after the first
// call, and begins a scrape at 29.9 s that waits for both.
func pollAhead(t *testing.T, f *fakeCloud) testPoller {
	t.Helper()
	late := f.answer
	f.answer = running(0)
	jobs := testJobs("cfw", 2)
	p := start(t, testSettings(), f, jobs[0])
	p.scrape(time.Second)
	time.Sleep(300 * time.Millisecond)
	p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Jobs: jobs})
	p.scrape(time.Second)
	time.Sleep(29600 * time.Millisecond)
	f.answer = late
	var scrape sync.WaitGroup
	scrape.Go(func() { p.scrape(10 * time.Second) })
	t.Cleanup(scrape.Wait)
	synctest.Wait()
	return p
}

func TestAPauseHoldsAPollThatWaitsForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: failing(job.Failure{Reason: job.RateLimited, Overloaded: true})}
		p := pollAhead(t, f)
		time.Sleep(time.Second)
		equal(t, "calls: the second poll of the first job is refused", f.calls(), 3)
		equal(t, "error of the job that was not asked for", p.Snapshot().Jobs()[1].Err, job.RateLimited)
	})
}

func TestAPollThatWaitsForItsTimeIsMadeWithTheNewCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := pollAhead(t, f)
		renewed := &fakeCloud{answer: running(0)}
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", renewed}}, Jobs: testJobs("cfw", 2)})
		time.Sleep(time.Second)
		equal(t, "calls with the old ones", f.calls(), 2)
		equal(t, "calls with the new ones", renewed.calls(), 2)
	})
}

func TestPollsThatWaitForTheirTimeKeepToTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		jobs := testJobs("cfw", 16)
		p := start(t, testSettings(), f, jobs...)
		p.scrape(time.Second)
		s := testSettings()
		s.RateLimit = 10
		p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: jobs})
		time.Sleep(29600 * time.Millisecond)
		p.scrape(10 * time.Second)
		_, times := f.history()
		for i := 17; i < len(times); i++ {
			equal(t, "between two calls", times[i].Sub(times[i-1]), 100*time.Millisecond)
		}
		equal(t, "calls", len(times), 32)
	})
}

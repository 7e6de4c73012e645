package poller

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

// overloaded answers 429 after a delay.
func overloaded(delay, retryAfter time.Duration) func(context.Context, *job.Job) (job.Report, error) {
	return func(ctx context.Context, j *job.Job) (job.Report, error) {
		if err := sleepUntil(ctx, time.Now().Add(delay)); err != nil {
			return job.Report{}, err
		}
		return failing(job.Failure{Reason: job.RateLimited, Overloaded: true, RetryAfter: retryAfter})(ctx, j)
	}
}

func TestAPauseIsLoggedOnceForAllCallsThatWereUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		f := &fakeCloud{}
		f.answer = func(ctx context.Context, j *job.Job) (job.Report, error) {
			f.mu.Lock()
			calls++
			delay := time.Duration(calls) * time.Millisecond
			f.mu.Unlock()
			return overloaded(delay+time.Second, time.Minute)(ctx, j)
		}
		p := start(t, testSettings(), f, testJobs("cfw", 16)...)
		p.scrape(10 * time.Second)
		equal(t, "lines", strings.Count(p.logs.String(), "calls paused"), 1)
	})
}

func TestACallThatWaitsForItsTimeIsNotMadeInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 10
		f := &fakeCloud{answer: running(0)}
		p := start(t, s, f, testJobs("cfw", 5)...)
		p.scrape(10 * time.Second)                    // at 0, 0.1, … 0.4 s
		time.Sleep(s.Interval - 600*time.Millisecond) // now they are due in 0.2, 0.3, … s
		f.answer = overloaded(0, time.Minute)
		snapshot := p.scrape(10 * time.Second)
		equal(t, "calls", f.calls()-5, 1)
		marked := 0
		for _, state := range snapshot.Jobs() {
			if state.Err == job.RateLimited {
				marked++
			}
		}
		equal(t, "all that are due are marked", marked >= 3, true)
	})
}

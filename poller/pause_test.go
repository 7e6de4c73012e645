package poller

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

// overloaded answers 429 after a delay.
func overloaded(delay, retryAfter time.Duration) func(context.Context, *job.Job) (job.Report, error) {
	return func(ctx context.Context, j *job.Job) (job.Report, error) {
		if err := sleepUntil(ctx, time.Now().Add(delay)); err != nil {
			return job.Report{}, err
		}
		return failing(cloud.Error{Reason: job.RateLimited, StatusCode: 429, RetryAfter: retryAfter})(ctx, j)
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

package poller

import (
	"context"
	"fmt"
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
		for _, state := range snapshot.Jobs {
			if state.Err == job.RateLimited {
				marked++
			}
		}
		equal(t, "all that are due are marked", marked >= 3, true)
	})
}

func TestATaskKeepsToThePausesOfItsEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: overloaded(time.Second, time.Minute)}
		p := start(t, testSettings(), f)
		var turns []time.Duration
		began := time.Now()
		p.Apply(Plan{
			Settings: testSettings(), Projects: []Project{{"prod", f}}, Jobs: testJobs("elb", 1),
			Tasks: []Task{{Name: "list", Project: "prod", Provider: "elb", Interval: time.Minute, Run: func(ctx context.Context, turn func() error) error {
				for {
					if err := turn(); err != nil {
						return err
					}
					turns = append(turns, time.Since(began))
					_ = sleepUntil(ctx, time.Now().Add(2*time.Second))
				}
			}}},
		})
		p.scrape(10 * time.Second)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		equal(t, "turns", fmt.Sprint(turns), "[0s]")
	})
}

func TestATaskEndsWhenNobodyScrapesAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		turns := 0
		p.Apply(Plan{
			Settings: testSettings(), Projects: []Project{{"prod", f}},
			Tasks: []Task{{Name: "list", Project: "prod", Provider: "elb", Interval: time.Minute, Run: func(ctx context.Context, turn func() error) error {
				for {
					if err := turn(); err != nil {
						return err
					}
					turns++
					_ = sleepUntil(ctx, time.Now().Add(10*time.Second))
				}
			}}},
		})
		p.scrape(10 * time.Second)
		time.Sleep(time.Hour)
		synctest.Wait()
		equal(t, "turns in the minute that nobody may scrape", turns, 7)
	})
}

package poller

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

func TestAnotherRateHoldsForPollsThatWait(t *testing.T) {
	for _, test := range []struct {
		name          string
		before, after float64
		want          []time.Duration // of the calls, since the start
	}{
		{"higher", 0.01, 1, []time.Duration{0, 11 * time.Second, 12 * time.Second, 13 * time.Second, 14 * time.Second}},
		{"none", 0.01, 0, []time.Duration{0, 10 * time.Second, 10 * time.Second, 10 * time.Second, 10 * time.Second}},
		{"lower", 0.05, 0.01, []time.Duration{0, 110 * time.Second, 210 * time.Second, 310 * time.Second, 410 * time.Second}},
		{"the same", 0.05, 0.05, []time.Duration{0, 20 * time.Second, 40 * time.Second, 60 * time.Second, 80 * time.Second}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testSettings()
				s.Interval, s.RateLimit = time.Hour, test.before
				f := &fakeCloud{answer: running(0)}
				jobs := testJobs("cfw", 5)
				p := start(t, s, f, jobs...)
				began := time.Now()
				p.scrape(10 * time.Second)
				s.RateLimit = test.after
				p.Apply(Plan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: jobs})
				p.scrape(time.Hour)
				var at []time.Duration
				_, times := f.history()
				for _, then := range times {
					at = append(at, then.Sub(began))
				}
				if !slices.Equal(at, test.want) {
					t.Errorf("calls at %v, want %v", at, test.want)
				}
			})
		})
	}
}

func TestATaskThatWaitsForItsTurnGoesOnAtAnotherRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		began := time.Now()
		var turns []time.Duration
		var failed error
		apply := func(rate float64) {
			s := testSettings()
			s.RateLimit = rate
			p.Apply(Plan{Settings: s, Projects: []Project{{"prod", f}}, Tasks: []Task{{
				Name: "list", Project: "prod", Provider: "elb", Interval: time.Hour,
				Run: func(_ context.Context, turn func() error) error {
					for range 3 {
						failed = turn()
						if failed != nil {
							return failed
						}
						turns = append(turns, time.Since(began))
					}
					return nil
				},
			}}})
		}
		apply(0.01)
		p.scrape(10 * time.Second)
		synctest.Wait()
		time.Sleep(10 * time.Second)
		apply(1)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		equal(t, "error of a turn", failed, nil)
		if want := []time.Duration{11 * time.Second, 12 * time.Second, 13 * time.Second}; !slices.Equal(turns, want) {
			t.Errorf("turns at %v, want %v", turns, want)
		}
	})
}

func TestNobodyWaitsForThePaceOfAProjectThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 0.001
		old, fresh := &fakeCloud{answer: running(0)}, &fakeCloud{answer: running(0)}
		jobs := testJobs("cfw", 20)
		p := start(t, s, old, jobs...)
		p.scrape(time.Second)
		s.RateLimit = 0
		p.Apply(Plan{Settings: s, Projects: []Project{{"prod", fresh}}, Jobs: jobs})
		p.scrape(time.Second)
		equal(t, "calls by the old settings", old.calls(), 1)
		equal(t, "calls by the new ones", fresh.calls(), 19)
		p.Apply(Plan{Settings: s})
		over := make(chan struct{})
		go func() { p.wg.Wait(); close(over) }()
		synctest.Wait()
		select {
		case <-over:
		default:
			t.Error("a worker is left")
		}
	})
}

func TestTheCallsOfTasksAreAmongThoseInFlight(t *testing.T) {
	for _, concurrency := range []int{1, 2, 3} {
		synctest.Test(t, func(t *testing.T) {
			s := testSettings()
			s.Concurrency = concurrency
			f := &fakeCloud{answer: running(3 * time.Second)}
			list := func(ctx context.Context, turn func() error) error {
				for range 3 {
					if err := turn(); err != nil {
						return err
					}
					_, _ = f.Fetch(ctx, &job.Job{Key: job.Key{ID: "list"}})
				}
				return nil
			}
			task := func(name string) Task {
				return Task{Name: name, Project: "prod", Provider: "elb", Interval: 5 * time.Minute, Run: list}
			}
			p := start(t, s, f)
			p.Apply(Plan{
				Settings: s, Projects: []Project{{"prod", f}}, Jobs: testJobs("elb", 9),
				Tasks: []Task{task("first"), task("second")},
			})
			for range 4 {
				p.scrape(time.Minute)
				time.Sleep(time.Minute)
			}
			equal(t, "calls", f.calls(), 6+4*9)
			equal(t, "most calls in flight", f.most, concurrency)
		})
	}
}

func TestAnotherIntervalOfATaskHoldsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		runs := 0
		apply := func(interval time.Duration) {
			p.Apply(Plan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Tasks: []Task{{
				Name: "list", Project: "prod", Provider: "elb", Interval: interval,
				Run: func(context.Context, func() error) error { runs++; return nil },
			}}})
		}
		scrapes := func(n int) {
			for range n {
				p.scrape(time.Second)
				time.Sleep(time.Minute)
			}
		}
		apply(time.Hour)
		scrapes(10)
		equal(t, "runs at an interval of an hour", runs, 1)
		apply(10 * time.Minute)
		scrapes(20)
		equal(t, "runs in 20 min more, at one of 10 min", runs, 3)
		apply(time.Hour)
		scrapes(30)
		equal(t, "runs in 30 min more, at one of an hour", runs, 3)
	})
}

func TestReloadsOfAProjectExceedNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.Concurrency, s.RateLimit = 2, 0.5
		counted := &fakeCloud{answer: running(9 * time.Second)}
		jobs := testJobs("cfw", 100)
		p := start(t, s, counted, jobs...)
		began := time.Now()
		for range 10 {
			p.scrape(time.Second)
			p.Apply(Plan{Settings: s, Projects: []Project{{"prod", &renewed{counted}}}, Jobs: jobs})
			time.Sleep(time.Second)
		}
		synctest.Wait()
		equal(t, "most calls in flight", counted.most, 2)
		_, times := counted.history()
		for i, at := range times {
			if at.Before(began.Add(time.Duration(2*i) * time.Second)) {
				t.Errorf("call %d comes after %v", i, at.Sub(began))
			}
		}
	})
}

// renewed is a cloud as it is called with other credentials.
type renewed struct{ Fetcher }

func TestATaskIsNotPutOffByScrapesThatComeAMomentEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		var runs []time.Duration
		began := time.Now()
		p.Apply(Plan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Tasks: []Task{{
			Name: "list", Project: "prod", Provider: "elb", Interval: time.Minute,
			Run: func(context.Context, func() error) error { runs = append(runs, time.Since(began)); return nil },
		}}})
		for i := range 5 {
			late := time.Duration(1-i%2) * 2 * time.Millisecond
			time.Sleep(time.Until(began.Add(time.Duration(i)*time.Minute + late)))
			p.scrape(time.Second)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		const ms = time.Millisecond
		want := []time.Duration{2 * ms, time.Minute + 2*ms, 2*time.Minute + 2*ms, 3*time.Minute + 2*ms, 4*time.Minute + 2*ms}
		if !slices.Equal(runs, want) {
			t.Errorf("runs at %v, want %v", runs, want)
		}
	})
}

func TestATaskThatFailedIsDueAtOnceInAProjectThatHasChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		runs := 0
		apply := func(by Fetcher) {
			p.Apply(Plan{Settings: testSettings(), Projects: []Project{{"prod", by}}, Tasks: []Task{{
				Name: "list", Project: "prod", Provider: "elb", Interval: time.Hour,
				Run: func(ctx context.Context, _ func() error) error {
					runs++
					_ = sleepUntil(ctx, time.Now().Add(5*time.Second))
					return &cloud.Error{Reason: job.Auth, RetryAfter: time.Minute}
				},
			}}})
		}
		scrape := func(after time.Duration) int {
			time.Sleep(after)
			p.scrape(time.Second)
			synctest.Wait()
			return runs
		}
		apply(f)
		equal(t, "runs", scrape(0), 1)
		equal(t, "runs after a failure", scrape(time.Minute), 1)
		apply(f)
		equal(t, "runs after a reload that changes nothing", scrape(time.Minute), 1)
		apply(&renewed{f})
		equal(t, "runs after one that changes the project", scrape(time.Second), 2)
		apply(&renewed{f}) // while it runs
		equal(t, "runs by the settings of before", scrape(time.Second), 2)
		equal(t, "runs after its failure by those", scrape(5*time.Second), 3)
	})
}

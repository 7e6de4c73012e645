package poller

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
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
				p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: jobs})
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
			p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}}, Tasks: []Task{{
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
		p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", fresh}}, Jobs: jobs})
		p.scrape(time.Second)
		equal(t, "calls by the old settings", old.calls(), 1)
		equal(t, "calls by the new ones", fresh.calls(), 19)
		p.Apply(testPlan{Settings: s})
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
			p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", &renewed{counted}}}, Jobs: jobs})
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

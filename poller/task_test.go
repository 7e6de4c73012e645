package poller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

func TestTasksRunAtTheirIntervalWhileSomebodyScrapes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		var answer error
		task := Task{Name: "list", Project: "prod", Provider: "elb", Interval: time.Minute, Run: func(_ context.Context, turn func() error) error {
			runs++
			return cmp.Or(turn(), answer)
		}}
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		apply := func() {
			p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Tasks: []Task{task}})
		}
		apply()
		time.Sleep(time.Hour)
		equal(t, "runs without a scrape", runs, 0)
		for range 120 {
			p.scrape(time.Second)
			apply()
			time.Sleep(time.Second)
		}
		equal(t, "runs in 2 min of scrapes", runs, 2)
		answer = &job.Failure{Reason: job.RateLimited, RetryAfter: 5 * time.Minute}
		for range 10 {
			p.scrape(time.Second)
			time.Sleep(time.Minute)
		}
		equal(t, "runs in 10 min of throttling", runs, 4)
	})
}

func TestATaskIsNotPutOffByScrapesThatComeAMomentEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		var runs []time.Duration
		began := time.Now()
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Tasks: []Task{{
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

func TestAnotherIntervalOfATaskHoldsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		runs := 0
		apply := func(interval time.Duration) {
			p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Tasks: []Task{{
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
			p.Apply(testPlan{
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

// TestTasksThatWaitKeepToALowerConcurrency has two tasks wait for their turn while a
// reload lets fewer calls be in flight.
func TestTasksThatWaitKeepToALowerConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 0.01
		f := &fakeCloud{answer: running(3 * time.Second)}
		list := func(ctx context.Context, turn func() error) error {
			if err := turn(); err != nil {
				return err
			}
			_, err := f.Fetch(ctx, &job.Job{Key: job.Key{ID: "list"}})
			return err
		}
		task := func(name string) Task {
			return Task{Name: name, Project: "prod", Provider: "elb", Interval: 5 * time.Minute, Run: list}
		}
		plan := testPlan{Settings: s, Projects: []Project{{"prod", f}}, Tasks: []Task{task("a"), task("b"), task("c")}}
		p := start(t, s, f)
		p.Apply(plan)
		p.scrape(10 * time.Second)
		time.Sleep(10 * time.Second) // the first has made its call
		plan.Settings.Concurrency, plan.Settings.RateLimit = 1, 0
		p.Apply(plan)
		for range 3 {
			time.Sleep(10 * time.Second)
			p.scrape(10 * time.Second)
		}
		time.Sleep(10 * time.Second)
		equal(t, "calls", f.calls(), 3)
		equal(t, "most calls in flight", f.most, 1)
	})
}

func TestATaskThatFailedIsDueAtOnceInAProjectThatHasChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		runs := 0
		apply := func(by Fetcher) {
			p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", by}}, Tasks: []Task{{
				Name: "list", Project: "prod", Provider: "elb", Interval: time.Hour,
				Run: func(ctx context.Context, _ func() error) error {
					runs++
					_ = sleepUntil(ctx, time.Now().Add(5*time.Second))
					return &job.Failure{Reason: job.Auth, RetryAfter: time.Minute}
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

func TestATaskPausesItsEndpointOnlyIfThatAsksForIt(t *testing.T) {
	for _, test := range []struct {
		err  job.Failure
		want int // calls for the job
	}{
		{job.Failure{Reason: job.ServerError}, 1},
		{job.Failure{Reason: job.ServerError, Overloaded: true}, 0},
		{job.Failure{Reason: job.Auth, RetryAfter: time.Minute}, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &fakeCloud{answer: running(0)}
			p := start(t, testSettings(), f)
			task := func(name string, err error) Task {
				return Task{Name: name, Project: "prod", Provider: "elb", Interval: time.Hour, Run: func(context.Context, func() error) error {
					return err
				}}
			}
			plan := testPlan{
				Settings: testSettings(), Projects: []Project{{"prod", f}},
				Tasks: []Task{task("good", nil), task("bad", &test.err)},
			}
			p.Apply(plan)
			p.scrape(time.Second)
			synctest.Wait()
			plan.Jobs = testJobs("elb", 1)
			p.Apply(plan)
			p.scrape(time.Second)
			equal(t, test.err.Error(), f.calls(), test.want)
		})
	}
}

func TestATaskThatHangsHoldsUpNoOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		runs := 0
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Tasks: []Task{
			{Name: "hangs", Project: "prod", Provider: "elb", Interval: time.Second, Run: func(ctx context.Context, _ func() error) error {
				<-ctx.Done()
				return ctx.Err()
			}},
			{Name: "good", Project: "prod", Provider: "elb", Interval: time.Second, Run: func(context.Context, func() error) error {
				runs++
				return nil
			}},
		}})
		for range 50 {
			p.scrape(time.Second)
			time.Sleep(time.Second)
			synctest.Wait()
		}
		equal(t, "runs", runs, 50)
	})
}

func TestATaskKeepsToThePausesOfItsEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: overloaded(time.Second, time.Minute)}
		p := start(t, testSettings(), f)
		var turns []time.Duration
		began := time.Now()
		p.Apply(testPlan{
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
		p.Apply(testPlan{
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

// listingTask is a task of elb in the project prod, which makes one call and tells at
// which moments since now it began and was given its turn.
func listingTask(name string, interval time.Duration) (task Task, begun, turned *[]time.Duration) {
	began := time.Now()
	begun, turned = &[]time.Duration{}, &[]time.Duration{}
	return Task{Name: name, Project: "prod", Provider: "elb", Interval: interval, Run: func(_ context.Context, turn func() error) error {
		*begun = append(*begun, time.Since(began))
		err := turn()
		if err == nil {
			*turned = append(*turned, time.Since(began))
		}
		return err
	}}, begun, turned
}

func TestAQueuedTaskThatIsDueLaterNowHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.Concurrency = 1
		f := &fakeCloud{answer: running(20 * time.Second)}
		p := start(t, s, f)
		task, begun, _ := listingTask("list", time.Minute)
		plan := testPlan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: testJobs("elb", 1), Tasks: []Task{task}}
		p.Apply(plan)
		p.scrape(30 * time.Second) // the task, and the job for 20 s
		time.Sleep(35 * time.Second)
		go p.scrape(30 * time.Second) // the job again
		time.Sleep(6 * time.Second)
		go p.scrape(5 * time.Second) // queues the task behind it
		synctest.Wait()
		plan.Tasks[0].Interval = time.Hour
		p.Apply(plan)
		time.Sleep(time.Minute)
		calls := f.calls()
		for range 10 {
			p.scrape(30 * time.Second)
			time.Sleep(30 * time.Second)
		}
		equal(t, "polls in 10 scrapes", f.calls()-calls, 10)
		equal(t, "runs", len(*begun), 1)
	})
}

func TestATaskThatIsPutOffIsMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.Concurrency, s.RateLimit = 2, 1
		f := &fakeCloud{answer: running(0)}
		p := start(t, s, f)
		overload := Task{Name: "a", Project: "prod", Provider: "elb", Interval: time.Hour, Run: func(ctx context.Context, turn func() error) error {
			_ = turn()
			_ = sleepUntil(ctx, time.Now().Add(500*time.Millisecond))
			return &job.Failure{Reason: job.RateLimited, Overloaded: true, RetryAfter: 5 * time.Second}
		}}
		plan := testPlan{Settings: s, Projects: []Project{{"prod", f}}, Tasks: []Task{overload}}
		p.Apply(plan)
		p.scrape(time.Second) // will pause the endpoint
		synctest.Wait()
		var turns []*[]time.Duration
		for _, name := range []string{"b", "c", "d"} {
			task, _, turned := listingTask(name, time.Hour)
			plan.Tasks, turns = append(plan.Tasks, task), append(turns, turned)
		}
		p.Apply(plan)
		for range 4 {
			p.scrape(time.Second)
			time.Sleep(5 * time.Second)
		}
		synctest.Wait()
		for i, turned := range turns {
			if len(*turned) != 1 || (*turned)[0] < 5500*time.Millisecond || (*turned)[0] > 15*time.Second {
				t.Errorf("task %d was given its turn at %v", i, *turned)
			}
		}
	})
}

func TestATaskThatNobodyScrapesForWaitsForTheNextScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.Concurrency = 1
		f := &fakeCloud{answer: running(100 * time.Second)}
		p := start(t, s, f, testJobs("elb", 1)...)
		p.scrape(5 * time.Second) // the job for 100 s
		task, begun, _ := listingTask("list", time.Hour)
		p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: testJobs("elb", 1), Tasks: []Task{task}})
		p.scrape(5 * time.Second) // queues the task
		time.Sleep(3 * time.Minute)
		equal(t, "runs while nobody scrapes", len(*begun), 0)
		p.scrape(5 * time.Second)
		synctest.Wait()
		equal(t, "runs once somebody does", len(*begun), 1)
	})
}

func TestATaskGoesOnWithNoSettingsThatAreReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		var ends []error
		task := Task{Name: "list", Project: "prod", Provider: "elb", Interval: time.Hour, Run: func(ctx context.Context, turn func() error) error {
			for {
				if err := turn(); err != nil {
					ends = append(ends, err)
					return err
				}
				_ = sleepUntil(ctx, time.Now().Add(10*time.Second))
			}
		}}
		apply := func(by Fetcher) {
			p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", by}}, Tasks: []Task{task}})
		}
		apply(f)
		p.scrape(time.Second)
		synctest.Wait()
		apply(&renewed{f})
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if len(ends) != 1 || !errors.Is(ends[0], ErrPutOff) {
			t.Errorf("it ended with %v", ends)
		}
	})
}

func TestATaskWaitsForNoTurnThatIsOfNoUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit, s.Interval = 0.5, time.Hour
		f := &fakeCloud{answer: running(0)}
		jobs := testJobs("elb", 40)
		p := start(t, s, f, jobs...)
		p.scrape(10 * time.Minute)
		task, _, turned := listingTask("list", time.Hour)
		p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: jobs, Tasks: []Task{task}})
		p.scrape(time.Minute)
		time.Sleep(time.Minute)
		synctest.Wait()
		equal(t, "turns, since the last poll", fmt.Sprint(*turned), "[2s]")
	})
}

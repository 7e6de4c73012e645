package poller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

// lister is a list API beside a fake cloud. It shows jobs in pages, as running.
type lister struct {
	*fakeCloud
	poller  *Poller
	latency time.Duration // of a page
	size    int           // of a page
	shows   []*job.Job
	fails   func(page int) error // nil: no page does
	pages   atomic.Int32         // that were asked for
}

func (l *lister) task(interval time.Duration) Task {
	return Task{Name: "list", Project: "prod", Provider: "elb", Interval: interval, Run: l.run}
}

func (l *lister) run(ctx context.Context, turn func() error) error {
	page := 0
	for jobs := range slices.Chunk(l.shows, l.size) {
		if err := turn(); err != nil {
			return err
		}
		asked := time.Now()
		l.pages.Add(1)
		if err := sleepUntil(ctx, asked.Add(l.latency)); err != nil {
			return err
		}
		if l.fails != nil {
			if err := l.fails(page); err != nil {
				return err
			}
		}
		page++
		l.poller.Answered(l.answers(asked, jobs...))
	}
	return nil
}

func (l *lister) answers(asked time.Time, jobs ...*job.Job) []Answer {
	var answers []Answer
	for _, j := range jobs {
		answers = append(answers, Answer{
			Key: j.Key, Project: j.Project, APIVersion: j.APIVersion,
			Report: job.Report{Status: job.Running, Type: "listed"}, Asked: asked, Listing: "list",
		})
	}
	return answers
}

// startListing watches n jobs, which a listing has just shown, and says what changes
// after that.
func startListing(t *testing.T, n int, s Settings) (testPoller, *lister) {
	t.Helper()
	l := &lister{fakeCloud: &fakeCloud{answer: running(100 * time.Millisecond)}, latency: 100 * time.Millisecond, size: 10, shows: testJobs("elb", n)}
	p := start(t, s, l.fakeCloud)
	l.poller = p.Poller
	p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", l.fakeCloud}}, Tasks: []Task{l.task(s.Interval)}})
	p.scrape(10 * time.Second)
	synctest.Wait()
	time.Sleep(5 * time.Second)
	p.Poller.Watch(Change{Source: Source{Rank: Discovery, Name: "discovery"}, Add: l.shows, Answers: l.answers(time.Now(), l.shows...)})
	time.Sleep(s.Interval)
	l.pages.Store(0)
	return p, l
}

// oldest is how long ago the cloud was asked last for a job of a snapshot, at most.
func oldest(s Snapshot) (d time.Duration) {
	for _, state := range s.Jobs() {
		d = max(d, time.Since(state.LastSuccess))
	}
	return d
}

func TestJobsThatAListingShowsAreNotAskedForSingly(t *testing.T) {
	for _, every := range []time.Duration{10 * time.Second, 29700 * time.Millisecond, 30 * time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			p, l := startListing(t, 45, testSettings())
			began := time.Now()
			for i := range 20 {
				time.Sleep(time.Until(began.Add(time.Duration(i) * every)))
				s := p.scrape(9 * time.Second)
				if d := oldest(s); d > 30*time.Second {
					t.Errorf("scrape %d, every %v: a status is %v old", i, every, d)
				} else if every >= 30*time.Second && d > time.Second {
					t.Errorf("scrape %d, every %v: it did not wait for the listing: a status is %v old", i, every, d)
				}
			}
			equal(t, fmt.Sprintf("calls for single jobs, scraped every %v", every), l.calls(), 0)
			if most := 5 * (int(20*every/(30*time.Second)) + 1); int(l.pages.Load()) > most {
				t.Errorf("%d pages, want at most %d", l.pages.Load(), most)
			}
		})
	}
}

func TestAJobThatDropsOutOfTheListIsAskedForSingly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, l := startListing(t, 20, testSettings())
		p.scrape(9 * time.Second)
		l.shows = l.shows[:19]
		time.Sleep(30 * time.Second)
		began := time.Now()
		p.scrape(9 * time.Second)
		ids, times := l.history()
		equal(t, "asked for", fmt.Sprint(ids), "[job-0019]")
		equal(t, "as soon as the list has ended without it", times[0].Sub(began), 200*time.Millisecond)
		time.Sleep(time.Until(began.Add(31 * time.Second)))
		began = time.Now()
		p.scrape(9 * time.Second)
		_, times = l.history()
		equal(t, "the next time, at once", times[1].Sub(began), 0)
	})
}

// TestAListingThatIsInTroubleHoldsUpNoJob: its jobs are asked for singly.
func TestAListingThatIsInTroubleHoldsUpNoJob(t *testing.T) {
	for name, test := range map[string]struct {
		change func(l *lister)
		singly int           // jobs
		within time.Duration // of the scrape
	}{
		"it fails":          {func(l *lister) { l.fails = func(int) error { return errors.New("no") } }, 20, 300 * time.Millisecond},
		"its 2nd page does": {func(l *lister) { l.fails = func(page int) error { return map[int]error{1: errors.New("no")}[page] } }, 10, 400 * time.Millisecond},
		"it hangs":          {func(l *lister) { l.latency = 10 * time.Second }, 20, 1200 * time.Millisecond},
		"it is put off":     {func(l *lister) { l.fails = func(int) error { return ErrPutOff } }, 20, 300 * time.Millisecond},
		"a page is slow":    {func(l *lister) { l.latency = 900 * time.Millisecond }, 0, 1800 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testSettings()
				s.Concurrency = 32
				p, l := startListing(t, 20, s)
				test.change(l)
				began := time.Now()
				snapshot := p.scrape(9 * time.Second)
				if took := time.Since(began); took > test.within {
					t.Errorf("the scrape took %v, want %v", took, test.within)
				}
				equal(t, "calls for single jobs", l.calls(), test.singly)
				if d := oldest(snapshot); d > test.within {
					t.Errorf("a status is %v old", d)
				}
				equal(t, "jobs", len(snapshot.Jobs()), 20)
			})
		})
	}
}

// TestAJobThatWasAskedForMeanwhileWaitsForTheNextListing: jobs that another source names,
// or that come back to the list, are asked for while the first page that shows them is on
// its way.
func TestAJobThatWasAskedForMeanwhileWaitsForTheNextListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 10
		l := &lister{fakeCloud: &fakeCloud{answer: running(50 * time.Millisecond)}, latency: 900 * time.Millisecond, size: 10, shows: testJobs("elb", 3)}
		p := start(t, s, l.fakeCloud)
		l.poller = p.Poller
		p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", l.fakeCloud}}, Tasks: []Task{l.task(s.Interval)}})
		p.Poller.Watch(Change{Source: Source{Name: "configuration"}, Add: l.shows})
		for i := range 10 {
			p.scrape(10 * time.Second)
			equal(t, fmt.Sprintf("calls for single jobs by scrape %d", i), l.calls(), 3)
			time.Sleep(s.Interval)
		}
		if d := oldest(p.Snapshot()); d > s.Interval+time.Second {
			t.Errorf("a status is %v old", d)
		}
	})
}

func TestAPageThatComesLateAnswersForTheJobsThatAreStillQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.Concurrency = 3
		p, l := startListing(t, 20, s)
		l.latency, l.size = 3*time.Second, 20
		l.answer = running(time.Minute)
		began := time.Now()
		p.scrape(10 * time.Second) // of the jobs that are polled meanwhile, too
		equal(t, "the scrape took", time.Since(began), 3*time.Second)
		equal(t, "calls for single jobs", l.calls(), 2)
		synctest.Wait() // until the listing has ended, whose page let the scrape go
		equal(t, "still being asked for", p.projects["prod"].InFlight(), 2)
	})
}

func TestAPauseThatAListingMeetsIsShownAtItsJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, l := startListing(t, 20, testSettings())
		l.fails = func(int) error { return &job.Failure{Reason: job.RateLimited, RetryAfter: time.Minute} }
		s := p.scrape(9 * time.Second)
		for _, state := range s.Jobs() {
			equal(t, "error", state.Err, job.RateLimited)
		}
		l.fails = nil
		time.Sleep(time.Minute)
		s = p.scrape(9 * time.Second)
		for _, state := range s.Jobs() {
			equal(t, "error", state.Err, "")
		}
		equal(t, "calls for single jobs, also after the pause", l.calls(), 0)
	})
}

// TestAListThatIsThrottledStarvesNoJob: it is asked ever more rarely, and its jobs are
// asked for singly meanwhile.
func TestAListThatIsThrottledStarvesNoJob(t *testing.T) {
	for _, retryAfter := range []time.Duration{time.Second, 30 * time.Second, 5 * time.Minute, 0} {
		synctest.Test(t, func(t *testing.T) {
			s := testSettings()
			s.RateLimit = 10
			p, l := startListing(t, 20, s)
			l.fails = func(int) error {
				return &job.Failure{Reason: job.RateLimited, RetryAfter: retryAfter, Overloaded: true}
			}
			began := time.Now()
			for i := range 120 {
				time.Sleep(time.Until(began.Add(time.Duration(i) * 30 * time.Second)))
				if d := oldest(p.scrape(9 * time.Second)); d > 2*retryAfter+2*time.Minute {
					t.Errorf("Retry-After %v: after %v, a status is %v old", retryAfter, time.Since(began), d)
				}
			}
			if n := l.pages.Load(); n < 5 || n > 16 {
				t.Errorf("Retry-After %v: %d listings in an hour", retryAfter, n)
			}
			l.fails = nil
			time.Sleep(time.Until(began.Add(70 * time.Minute)))
			p.scrape(9 * time.Second)
			before := l.calls()
			for range 10 {
				time.Sleep(30 * time.Second)
				p.scrape(9 * time.Second)
			}
			equal(t, "calls for single jobs once the list answers again", l.calls()-before, 0)
		})
	}
}

// TestListingsAndPollsStarveNotEachOther: two lists hang for ever, a third is well, and
// other jobs are to be polled.
func TestListingsAndPollsStarveNotEachOther(t *testing.T) {
	for _, concurrency := range []int{1, 2, 3, 4} {
		synctest.Test(t, func(t *testing.T) {
			s := testSettings()
			s.Concurrency = concurrency
			p, l := startListing(t, 20, s)
			hangs := func(name string) Task {
				return Task{Name: name, Project: "prod", Provider: "elb", Interval: time.Second, Run: func(ctx context.Context, turn func() error) error {
					if err := turn(); err != nil {
						return err
					}
					_ = sleepUntil(ctx, time.Now().Add(10*time.Second))
					return &job.Failure{Reason: job.Timeout}
				}}
			}
			p.Apply(testPlan{
				Settings: s, Projects: []Project{{"prod", l.fakeCloud}}, Jobs: testJobs("cfw", 5),
				Tasks: []Task{hangs("a"), l.task(30 * time.Second), hangs("b")},
			})
			var cfw atomic.Int32
			l.answer = func(ctx context.Context, j *job.Job) (job.Report, error) {
				if j.Provider == "cfw" {
					cfw.Add(1)
				}
				return running(100*time.Millisecond)(ctx, j)
			}
			began := time.Now()
			for i := range 20 {
				time.Sleep(time.Until(began.Add(time.Duration(i) * 30 * time.Second)))
				p.scrape(9 * time.Second)
			}
			if least := map[int]int32{1: 40, 2: 90, 3: 95, 4: 95}[concurrency]; cfw.Load() < least {
				t.Errorf("concurrency %d: %d polls of 5 jobs in 20 scrapes, want %d", concurrency, cfw.Load(), least)
			}
			if l.pages.Load() < 2*10 {
				t.Errorf("concurrency %d: %d pages", concurrency, l.pages.Load())
			}
		})
	}
}

func TestARealoadInTheMiddleOfAListing(t *testing.T) {
	for name, change := range map[string]func(*testPlan, *lister){
		"without it":             func(plan *testPlan, _ *lister) { plan.Tasks = nil },
		"with other credentials": func(plan *testPlan, l *lister) { plan.Projects = []Project{{"prod", &renewed{l.fakeCloud}}} },
		"of the interval":        func(plan *testPlan, _ *lister) { plan.Tasks[0].Interval = time.Hour },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := testSettings()
				s.Concurrency = 32
				p, l := startListing(t, 20, s)
				l.latency = 500 * time.Millisecond
				began := time.Now()
				done := make(chan Snapshot)
				go func() { done <- p.scrape(9 * time.Second) }()
				time.Sleep(100 * time.Millisecond)
				plan := testPlan{Settings: s, Projects: []Project{{"prod", l.fakeCloud}}, Tasks: []Task{l.task(30 * time.Second)}}
				change(&plan, l)
				p.Apply(plan)
				snapshot := <-done
				if took := time.Since(began); took > 1300*time.Millisecond {
					t.Errorf("the scrape took %v", took)
				}
				if d := oldest(snapshot); d > 1300*time.Millisecond {
					t.Errorf("a status is %v old", d)
				}
			})
		})
	}
}

func TestAJobThatIsLetGoWhileItWaitsForItsListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, l := startListing(t, 20, testSettings())
		l.latency = 500 * time.Millisecond
		done := make(chan Snapshot)
		go func() { done <- p.scrape(9 * time.Second) }()
		time.Sleep(100 * time.Millisecond)
		source := Source{Rank: Discovery, Name: "discovery"}
		p.probe(t, 0, l.shows[1])
		p.Poller.Watch(Change{Source: source, Remove: []job.Key{l.shows[0].Key, l.shows[1].Key}})
		equal(t, "jobs", len((<-done).Jobs()), 18)
		equal(t, "calls", l.calls(), 0) // the page answers for the one that was probed, too
	})
}

// TestAListingThatTakesLongerThanTheInterval is asked for again when it has ended; the
// jobs that it has shown do not wait for its end, and are not asked for singly.
func TestAListingThatTakesLongerThanTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, l := startListing(t, 60, testSettings())
		l.latency, l.size = 900*time.Millisecond, 1 // 54 s
		began := time.Now()
		for i := range 30 {
			time.Sleep(time.Until(began.Add(time.Duration(i) * 30 * time.Second)))
			s := p.scrape(9 * time.Second)
			if d := oldest(s); d > 2*54*time.Second {
				t.Errorf("scrape %d: a status is %v old", i, d)
			}
		}
		equal(t, "calls for single jobs", l.calls(), 0)
	})
}

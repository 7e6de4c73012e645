package poller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/claims"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeCloud answers polls as answer says, and remembers them.
type fakeCloud struct {
	answer func(ctx context.Context, j *job.Job) (job.Report, error)

	mu       sync.Mutex
	asked    []string    // job IDs
	times    []time.Time // of each call
	inFlight int
	most     int // in flight at once
}

func (f *fakeCloud) Fetch(ctx context.Context, j *job.Job) (job.Report, error) {
	f.mu.Lock()
	f.asked = append(f.asked, j.ID)
	f.times = append(f.times, time.Now())
	f.inFlight++
	f.most = max(f.most, f.inFlight)
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.inFlight--
		f.mu.Unlock()
	}()
	return f.answer(ctx, j)
}

func (f *fakeCloud) calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}

// history is the IDs that were asked for, and when.
func (f *fakeCloud) history() ([]string, []time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked), slices.Clone(f.times)
}

// running answers that the job runs, after a delay.
func running(delay time.Duration) func(context.Context, *job.Job) (job.Report, error) {
	return func(ctx context.Context, _ *job.Job) (job.Report, error) {
		if err := sleepUntil(ctx, time.Now().Add(delay)); err != nil {
			return job.Report{}, err
		}
		return job.Report{Status: job.Running}, nil
	}
}

// failing answers with an error.
func failing(e job.Failure) func(context.Context, *job.Job) (job.Report, error) {
	return func(context.Context, *job.Job) (job.Report, error) {
		copied := e
		return job.Report{}, &copied
	}
}

func testSettings() Settings {
	return Settings{Interval: 30 * time.Second, MaxStale: 15 * time.Minute, Concurrency: 16}
}

func testJobs(provider string, n int) []*job.Job {
	jobs := make([]*job.Job, n)
	for i := range jobs {
		jobs[i] = &job.Job{
			Key:     job.Key{Provider: provider, ID: fmt.Sprintf("job-%04d", i)},
			Project: "prod", StuckAfter: time.Hour,
			Statuses: []job.Status{job.Running, job.Success, job.Failed, job.Unknown},
		}
	}
	return jobs
}

// testPlan is everything that is to be polled, from one source, and how.
type testPlan struct {
	Settings Settings
	Projects []Project
	Jobs     []*job.Job
	Tasks    []Task
}

type testPoller struct {
	*Poller
	jobs     map[job.Key]*job.Job // of the plan in force
	registry *prometheus.Registry
	logs     *strings.Builder
}

func start(t *testing.T, s Settings, f Fetcher, jobs ...*job.Job) testPoller {
	t.Helper()
	return startWith(t, nil, s, f, jobs...)
}

func startWith(t *testing.T, store Store, s Settings, f Fetcher, jobs ...*job.Job) testPoller {
	t.Helper()
	tp := testPoller{jobs: map[job.Key]*job.Job{}, registry: prometheus.NewPedanticRegistry(), logs: &strings.Builder{}}
	tp.Poller = New(log.NewLogfmtLogger(log.NewSyncWriter(tp.logs)), tp.registry, store)
	tp.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: jobs})
	t.Cleanup(tp.Close)
	return tp
}

// Apply replaces the plan, by what is another one.
func (tp testPoller) Apply(plan testPlan) {
	tp.Poller.Apply(Plan{
		Settings: plan.Settings, Projects: plan.Projects, Tasks: plan.Tasks,
		Changes: []Change{difference(Source{Name: "test"}, tp.jobs, plan.Jobs)},
	})
}

// difference is what changes if a source that named jobs names others. It brings jobs
// up to date.
func difference(s Source, jobs map[job.Key]*job.Job, next []*job.Job) Change {
	c := Change{Source: s}
	kept := map[job.Key]bool{}
	for _, j := range next {
		kept[j.Key] = true
		if old := jobs[j.Key]; old == nil || claims.Disagree(old, j) {
			c.Add = append(c.Add, j)
			jobs[j.Key] = j
		}
	}
	for k := range jobs {
		if !kept[k] {
			c.Remove = append(c.Remove, k)
			delete(jobs, k)
		}
	}
	return c
}

// scrape polls with a budget, as a scrape does.
func (tp testPoller) scrape(budget time.Duration) Snapshot {
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	s := tp.Poll(ctx)
	tp.Delivered(s)
	return s
}

func statuses(s Snapshot) map[string]int {
	count := map[string]int{}
	for _, state := range s.Jobs() {
		count[state.StatusAt(time.Now(), s.MaxStale).String()]++
	}
	return count
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestUnfinishedJobIsServedFromTheCacheForTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f, testJobs("cfw", 1)...)
		for range 30 {
			equal(t, "running", statuses(p.scrape(time.Second))["running"], 1)
			time.Sleep(time.Second)
		}
		equal(t, "calls within the interval", f.calls(), 1)
		p.scrape(time.Second)
		equal(t, "calls after the interval", f.calls(), 2)
	})
}

func TestFinalJobIsNeverAskedForAgain(t *testing.T) {
	for _, final := range []job.Status{job.Success, job.Failed, job.Canceled} {
		synctest.Test(t, func(t *testing.T) {
			f := &fakeCloud{answer: func(context.Context, *job.Job) (job.Report, error) {
				return job.Report{Status: final}, nil
			}}
			p := start(t, testSettings(), f, testJobs("elb", 1)...)
			for range 100 {
				equal(t, final.String(), statuses(p.scrape(time.Second))[final.String()], 1)
				time.Sleep(time.Hour)
			}
			equal(t, "calls", f.calls(), 1)
		})
	}
}

func TestScrapesAtTheSameTimeShareThePolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(time.Second)}
		p := start(t, testSettings(), f, testJobs("cfw", 10)...)
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond)
				equal(t, "running", statuses(p.scrape(5 * time.Second))["running"], 10)
			})
		}
		wg.Wait()
		equal(t, "calls", f.calls(), 10)
	})
}

func TestTenScrapesASecondOfAThousandJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jobs := testJobs("elb", 1000)
		f := &fakeCloud{answer: func(_ context.Context, j *job.Job) (job.Report, error) {
			if j.ID < jobs[990].ID {
				return job.Report{Status: job.Success}, nil
			}
			return job.Report{Status: job.Running}, nil
		}}
		p := start(t, testSettings(), f, jobs...)
		p.scrape(time.Minute)
		equal(t, "calls of the first scrape", f.calls(), 1000)
		for range 300 {
			time.Sleep(100 * time.Millisecond)
			equal(t, "jobs in the answer", len(p.scrape(time.Second).Jobs()), 1000)
		}
		if more := f.calls() - 1000; more > 10 {
			t.Errorf("%d calls in one interval, want at most 10", more)
		}
	})
}

func TestScrapeIsAnsweredAtItsDeadlineAndThePollGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(5 * time.Second)}
		p := start(t, testSettings(), f, testJobs("cfw", 3)...)
		began := time.Now()
		equal(t, "unknown at the deadline", statuses(p.scrape(1500 * time.Millisecond))["unknown"], 3)
		equal(t, "time taken", time.Since(began), 1500*time.Millisecond)
		time.Sleep(10 * time.Second)
		equal(t, "running later", statuses(p.Snapshot())["running"], 3)
		equal(t, "calls", f.calls(), 3)
	})
}

func TestWithoutScrapesNothingIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 1
		f := &fakeCloud{answer: running(0)}
		p := start(t, s, f, testJobs("cfw", 1000)...)
		time.Sleep(time.Hour)
		equal(t, "calls before any scrape", f.calls(), 0)
		p.scrape(10 * time.Second)
		time.Sleep(time.Hour)
		if n := f.calls(); n < 60 || n > 75 {
			t.Errorf("%d calls after one scrape, want those of a little over a minute", n)
		}
		before := f.calls()
		p.scrape(10 * time.Second)
		if f.calls() <= before {
			t.Error("the next scrape does not go on with the queue")
		}
	})
}

func TestEveryJobIsPolledAtAScrapeIntervalEqualToThePollInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(3 * time.Millisecond)}
		p := start(t, testSettings(), f, testJobs("cfw", 20)...)
		next := time.Now()
		for range 10 {
			_ = sleepUntil(t.Context(), next)
			p.scrape(10 * time.Second)
			next = next.Add(30 * time.Second)
		}
		equal(t, "calls", f.calls(), 200)
		asked, times := f.history()
		for i, id := range asked {
			if j := slices.Index(asked[i+1:], id); j >= 0 {
				if d := times[i+1+j].Sub(times[i]); d < 30*time.Second {
					t.Fatalf("%s was asked for again after %v", id, d)
				}
			}
		}
	})
}

func TestCloseAnswersWaitingScrapes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(time.Hour)}
		p := start(t, testSettings(), f, testJobs("cfw", 3)...)
		answered := make(chan Snapshot)
		go func() { answered <- p.scrape(time.Minute) }()
		synctest.Wait()
		began := time.Now()
		p.Close()
		equal(t, "jobs in the answer", len((<-answered).Jobs()), 3)
		equal(t, "time taken", time.Since(began), 0)
		equal(t, "jobs in an answer after the end", len(p.scrape(time.Minute).Jobs()), 3)
		equal(t, "calls", f.calls(), 3)
	})
}

func TestSnapshotNeverChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := job.Running
		f := &fakeCloud{answer: func(context.Context, *job.Job) (job.Report, error) {
			return job.Report{Status: answer}, nil
		}}
		p := start(t, testSettings(), f, testJobs("cfw", 2)...)
		first := p.scrape(time.Second)
		answer = job.Failed
		time.Sleep(time.Minute)
		second := p.scrape(time.Second)
		equal(t, "first", first.Jobs()[0].Report.Status, job.Running)
		equal(t, "second", second.Jobs()[0].Report.Status, job.Failed)
	})
}

func TestErrorOfAFetcherThatIsNoCloudError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: func(context.Context, *job.Job) (job.Report, error) {
			return job.Report{}, errors.New("broken pipe")
		}}
		p := start(t, testSettings(), f, testJobs("cfw", 1)...)
		equal(t, "reason", p.scrape(time.Second).Jobs()[0].Err, job.Network)
	})
}

package poller

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

func TestAFinalJobLeavesAfterItsRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		f := &fakeCloud{answer: func(ctx context.Context, j *job.Job) (job.Report, error) {
			switch j.ID {
			case "job-0000": // ended 50 min ago
				return job.Report{Status: job.Failed, End: began.Add(-50 * time.Minute)}, nil
			case "job-0001": // the API does not say when
				return job.Report{Status: job.Success}, nil
			}
			return running(0)(ctx, j)
		}}
		s := testSettings()
		s.Retention = time.Hour
		jobs := testJobs("cfw", 3)
		p := start(t, s, f, jobs...)
		check := func(live, expired int) {
			t.Helper()
			snapshot := p.scrape(time.Second)
			equal(t, "live", len(snapshot.Jobs()), live)
			equal(t, "expired", len(snapshot.Expired()), expired)
		}
		check(3, 0)
		time.Sleep(9 * time.Minute)
		check(3, 0)
		time.Sleep(2 * time.Minute)
		check(2, 1)
		equal(t, "expired", p.Snapshot().Expired()[0].ID, "job-0000")
		time.Sleep(50 * time.Minute)
		check(1, 2)
		before := slices.Index(f.asked[3:], "job-0000")
		equal(t, "an expired job is not asked for again", before, -1)

		s.Retention = 0
		p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: jobs})
		check(3, 0)
		s.Retention = time.Hour
		p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: jobs[:2]})
		check(0, 2)
	})
}

func TestExpiredJobsTakeNoRoomFromProbedOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: func(context.Context, *job.Job) (job.Report, error) {
			return job.Report{Status: job.Success, End: time.Now().Add(-2 * time.Hour)}, nil
		}}
		s := testSettings()
		s.Retention = time.Hour
		p := start(t, s, f, testJobs("cfw", 3)...)
		equal(t, "shown once", len(p.scrape(time.Second).Jobs()), 3)
		equal(t, "expired", len(p.scrape(time.Second).Expired()), 3)
		jobs := testJobs("elb", maxProbed+1)
		for _, j := range jobs[:maxProbed] {
			p.probe(t, time.Second, j)
		}
		if _, err := p.Probe(t.Context(), jobs[maxProbed]); !errors.Is(err, ErrTooManyProbed) {
			t.Errorf("got %v", err)
		}
	})
}

// TestRetentionCountsFromWhenAWatchedJobWasKnownToHaveEnded: the cloud is down for
// longer than the retention, and the job ends meanwhile.
func TestRetentionCountsFromWhenAWatchedJobWasKnownToHaveEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		down := false
		f := &fakeCloud{answer: func(_ context.Context, j *job.Job) (job.Report, error) {
			switch {
			case down:
				return job.Report{}, &job.Failure{Reason: job.Network}
			case j.ID == "job-0002": // was over before it was watched
				return job.Report{Status: job.Failed, End: began.Add(-time.Hour)}, nil
			case time.Since(began) > 2*time.Minute:
				return job.Report{Status: job.Failed, End: began.Add(2 * time.Minute)}, nil
			case j.ID == "job-0001": // is not heard of before its end
				return job.Report{}, &job.Failure{Reason: job.ServerError}
			}
			return job.Report{Status: job.Running}, nil
		}}
		s := testSettings()
		s.Retention = 10 * time.Minute
		p := start(t, s, f, testJobs("cfw", 3)...)
		equal(t, "at first", statuses(p.scrape(time.Second))["failed"], 1)
		equal(t, "over long ago: shown once", len(p.scrape(time.Second).Expired()), 1)
		down = true
		for range 18 {
			time.Sleep(time.Minute)
			p.scrape(time.Second)
		}
		down = false
		time.Sleep(time.Minute)
		for minute := range 12 {
			want := 2
			if minute > 9 {
				want = 0
			}
			equal(t, fmt.Sprintf("failed, %d min after it was learnt", minute), statuses(p.scrape(time.Second))["failed"], want)
			time.Sleep(time.Minute)
		}
	})
}

// TestAnEndIsShownWhateverHappensBeforeTheScrape: the poll has brought the end, and
// the scrape that waits for it has given up.
func TestAnEndIsShownWhateverHappensBeforeTheScrape(t *testing.T) {
	for name, between := range map[string]func(p testPoller, plan testPlan){
		"nothing": func(testPoller, testPlan) {},
		"retention": func(p testPoller, plan testPlan) {
			plan.Settings.Retention = time.Second
			p.Apply(plan)
			time.Sleep(time.Minute)
		},
		"the job is no longer watched": func(p testPoller, plan testPlan) {
			plan.Jobs = nil
			p.Apply(plan)
		},
		"nor is its project": func(p testPoller, plan testPlan) {
			plan.Jobs, plan.Projects = nil, nil
			p.Apply(plan)
			p.Apply(plan)
		},
		"an answer that is lost": func(p testPoller, plan testPlan) {
			p.Poll(context.Background())
			plan.Jobs = nil
			p.Apply(plan)
		},
		"a probe": func(p testPoller, plan testPlan) {
			j := plan.Jobs[0]
			plan.Jobs = nil
			p.Apply(plan)
			if _, err := p.Probe(context.Background(), j); err != nil {
				panic(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeCloud{answer: func(ctx context.Context, _ *job.Job) (job.Report, error) {
					return job.Report{Status: job.Failed, End: time.Now()}, sleepUntil(ctx, time.Now().Add(5*time.Second))
				}}
				plan := testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Jobs: testJobs("cfw", 1)}
				p := start(t, plan.Settings, f, plan.Jobs...)
				equal(t, "failed in the scrape that gave up", statuses(p.scrape(time.Second))["failed"], 0)
				time.Sleep(10 * time.Second)
				between(p, plan)
				equal(t, "failed in the next", statuses(p.scrape(time.Second))["failed"], 1)
				p.Apply(testPlan{Settings: testSettings()})
				equal(t, "jobs, once it was shown", len(p.scrape(time.Second).Jobs()), 0)
			})
		})
	}
}

// memory is a Store in memory.
type memory struct {
	mu     sync.Mutex
	states map[job.Key]*job.State
	inUse  iter.Seq[job.Key]
}

func (m *memory) Load(j *job.Job) (*job.State, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.states[j.Key]
	return s, ok
}

func (m *memory) Put(s *job.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.states[s.Key] = s
}

func (m *memory) Own(shard job.Shard) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.states, func(k job.Key, s *job.State) bool { return !s.Final() && !shard.Owns(k) })
}

func (m *memory) InUse(keys iter.Seq[job.Key]) { m.inUse = keys }

func TestAStoredFinalStateIsNotAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{states: map[job.Key]*job.State{}}
		jobs := testJobs("cfw", 2)
		f := &fakeCloud{answer: func(ctx context.Context, j *job.Job) (job.Report, error) {
			if j.ID == jobs[0].ID {
				return job.Report{Status: job.Failed}, nil
			}
			return running(0)(ctx, j)
		}}
		first := startWith(t, store, testSettings(), f, jobs...)
		first.scrape(time.Second)
		equal(t, "stored: the end of one, and that the other was seen unfinished", len(store.states), 2)

		f.answer = failing(job.Failure{Reason: job.NotFound})
		second := startWith(t, store, testSettings(), f, jobs...)
		snapshot := second.scrape(time.Second)
		equal(t, "failed, though the cloud has forgotten it", snapshot.Jobs()[0].StatusAt(time.Now(), time.Hour), job.Failed)
		equal(t, "calls: only for the other job", f.calls(), 3)
		second.probe(t, time.Second, testJobs("elb", 1)[0])
		equal(t, "in use", len(slices.Collect(store.inUse)), 3)
		for range store.inUse {
			break
		}
	})
}

package poller

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"cloudjob_exporter/job"
)

// The model of a job's life, in life_test.go, and the rules for calls, in
// world_test.go, are checked in scenarios: at each call and at each scrape.
//
// Safety: no status but the cloud's last is shown, and none once it is stale;
// what is final stays so, over a kill too; each job that is configured is in
// each scrape, once, and watched by one of several shards; no job is asked for before its time, twice at once, when
// it is final or not watched, in a pause, with old credentials, or while nobody
// scrapes.
//
// Liveness: while somebody scrapes, what is shown is as old as the interval, a
// pause and a call allow, and no older.

// TestTheModelOfAJob looks for the simplest scenario that breaks a rule.
func TestTheModelOfAJob(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newScenario(func(what string, n int) int { return rapid.IntRange(0, n-1).Draw(t, what) }, rapid.IntRange(0, 25).Draw(t, "steps"))
		rapid.SyncTest(t, func(t *rapid.T) {
			if err := s.run(); err != nil {
				t.Fatalf("%v\n%v", err, s)
			}
		})
	})
}

// TestAThousandSequences is the same for 1,000 long sequences of scrapes,
// probes, reloads, changes of job files, faults and kills that are always the same.
func TestAThousandSequences(t *testing.T) {
	calls := 0
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 0))
		s := newScenario(func(_ string, n int) int { return random.IntN(n) }, 40)
		synctest.Test(t, func(t *testing.T) {
			if err := s.run(); err != nil {
				t.Errorf("seed %d: %v\n%v", seed, err, s)
			}
		})
		if t.Failed() {
			return
		}
		calls += s.calls
	}
	if calls < 50_000 {
		t.Errorf("only %d calls were made", calls)
	}
}

// run lets a scenario happen, in a bubble, and gives the rules that were broken.
func (s *scenario) run() error {
	f := newFleet(s)
	f.launch(s.shards)
	for _, step := range s.steps {
		time.Sleep(step.after)
		synctest.Wait()
		f.step(step)
		synctest.Wait()
		f.checkOwners()
	}
	for _, u := range f.running {
		u.settle()
		u.wg.Wait()
		u.poller.Close()
		u.checkEnded()
		u.checkStored()
		u.checkClosed()
	}
	var violations []string
	for _, u := range f.users {
		s.calls += u.calls
		violations = append(violations, u.violations...)
	}
	if len(violations) == 0 {
		return nil
	}
	return errors.New(strings.Join(violations[:min(len(violations), 5)], "\n"))
}

// between two scrapes while everything settles, and how long a scrape waits.
const settling = 10 * time.Second

// settle makes all clouds well and scrapes until the truth must be shown, and
// for three intervals more, in which it must go on to be.
func (u *user) settle() {
	u.mu.Lock()
	clear(u.faults)
	settings, now := u.settings, time.Now()
	until := now
	for _, l := range u.lives {
		if !l.configured {
			continue
		}
		for _, at := range []time.Time{l.due(settings.Interval), u.projects[l.job.Project].pause(l.job.Provider).longest} {
			if at.After(until) {
				until = at
			}
		}
	}
	u.mu.Unlock()
	// The polls that were under way, one more scrape, and all jobs' calls one by one.
	slack := 2*settling + time.Second
	if settings.RateLimit > 0 {
		slack += time.Duration(float64(len(jobPlaces)) / settings.RateLimit * float64(time.Second))
	}
	until = until.Add(slack)
	for time.Now().Before(until.Add(3 * settings.Interval)) {
		u.scrape(settling/2, false)
		time.Sleep(settling)
		synctest.Wait()
		if time.Now().After(until) {
			u.mu.Lock()
			u.checkLive(u.poller.Snapshot(), slack)
			u.mu.Unlock()
		}
	}
}

// checkLive checks that what is shown is what was true not long ago.
func (u *user) checkLive(s Snapshot, slack time.Duration) {
	now := time.Now()
	for _, state := range s.Jobs() {
		l := u.lives[state.Key]
		if l == nil {
			continue // departing
		}
		since := now.Sub(u.began)
		oldest := since - time.Duration(max(l.spacing, 1))*u.settings.Interval - slack
		shown := state.StatusAt(now, s.MaxStale)
		if shown == job.Unknown && since-oldest > s.MaxStale {
			continue // the settings ask for it
		}
		if want := u.truths[identityOf(l.job)].between(oldest, since); !shown.Final() && !slices.Contains(want, shown) {
			u.violated("%v is still shown as %v, want %v", identityOf(l.job), shown, want)
		}
	}
}

// checkStored checks that each result that is known is stored, and that the
// store is told which jobs are watched.
func (u *user) checkStored() {
	for _, l := range u.lives {
		s, ok := u.store.Load(l.job)
		unfinished := l.unfinished && u.shard.Owns(l.job.Key)
		if final := ok && s.Final(); final != l.known.status.Final() || !final && ok != unfinished {
			u.violated("%v is stored: %v, final: %v", identityOf(l.job), ok, final)
		}
	}
	keys := slices.SortedFunc(u.store.inUse, job.Key.Compare)
	watched := maps.Clone(u.lives)
	maps.Copy(watched, u.departing)
	if want := slices.SortedFunc(maps.Keys(watched), job.Key.Compare); !slices.Equal(keys, want) {
		u.violated("in use: %v, want %v", keys, want)
	}
}

// checkEnded checks that each job that has ended since it was seen unfinished, also by a
// process before, is counted once.
func (u *user) checkEnded() {
	counted := endedJobs(u.registry)
	for project := range u.projects {
		if counted[project] != u.ended[project] {
			u.violated("%d ended jobs of %s are counted, want %d", counted[project], project, u.ended[project])
		}
	}
}

// endedJobs returns how many jobs of each project are counted as ended.
func endedJobs(from prometheus.Gatherer) map[string]int {
	counted := map[string]int{}
	families, err := from.Gather()
	if err != nil {
		panic(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == "cloudjob_exporter_ended_jobs_total" && l.GetName() == "project" {
					counted[l.GetValue()] += int(m.GetCounter().GetValue())
				}
			}
		}
	}
	return counted
}

// checkClosed checks that a poller that is closed shows what it knows, and asks
// for nothing.
func (u *user) checkClosed() {
	calls := u.calls
	u.scrape(0, true)
	u.wg.Wait()
	if u.calls != calls {
		u.violated("%d calls after the end", u.calls-calls)
	}
}

func (m moment) String() string {
	if m.absent {
		return fmt.Sprintf("absent from %v", m.at)
	}
	return fmt.Sprintf("%v from %v", m.status, m.at)
}

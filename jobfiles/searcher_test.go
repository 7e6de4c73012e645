package jobfiles

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// dead makes the fixture's folder one on a mount that does not answer, until answer is
// called.
func (b *fixture) dead() (answer func()) {
	hang := make(chan struct{})
	b.set.search.mu.Lock()
	defer b.set.search.mu.Unlock()
	b.set.search.search = func(patterns []string) *search {
		<-hang
		return find(patterns)
	}
	return func() { close(hang) }
}

const hangs = `level=error msg="job file is broken" file=*.yml jobs_kept=0 err="*.yml: cannot be searched: did not answer within 10s"`

func TestAMountThatDoesNotAnswerKeepsItsJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(t, "*.yml")
		b.writeOld("a.yml", jobs("1")+jobsOf("test", "2"))
		b.wantLoad("a.yml=1,2")
		answer := b.dead()

		began := time.Now()
		b.wantLoad("a.yml=1,2")
		if d := time.Since(began); d != searchPatience {
			t.Errorf("the load took %v", d)
		}
		b.wantLog(hangs)
		b.wantMetric("*.yml 1, a.yml 0")

		b.use("prod") // without the project of one of the jobs
		b.wantLoad("a.yml=1")
		b.wantLog()
		if d := time.Since(began); d != searchPatience {
			t.Errorf("another load waited, too: %v", d)
		}

		answer()
		synctest.Wait()
		b.use("prod", "test")
		b.wantLoad("a.yml=1,2")
		b.wantMetric("a.yml 0")
	})
}

func TestAMountThatNeverAnsweredIsBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(t, "*.yml")
		b.writeOld("a.yml", jobs("1"))
		answer := b.dead()
		defer answer()
		b.wantLoad("")
		b.wantLog(hangs)
		b.wantMetric("*.yml 1")
		b.match() // a reload without job_files
		b.wantLoad("")
		b.wantMetric("")
	})
}

func TestPatternsThatChangeWhileAMountHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(t, "*.yml", "*.json")
		b.writeOld("a.yml", jobs("1"))
		b.writeOld("b.json", jobs("2"))
		b.wantLoad("a.yml=1 b.json=2")
		answer := b.dead()
		defer answer()
		b.match("*.yml")
		b.wantLoad("a.yml=1")
		b.wantMetric("*.yml 1, a.yml 0")
	})
}

// TestRunFindsOutThatAMountAnswers: a load does not wait for Run, nor Run for a load.
func TestRunFindsOutThatAMountAnswers(t *testing.T) {
	scheduled(t, func(b *fixture, _ *quietSource) {
		b.wantLog()
		answer := b.dead()
		b.after(rereadInterval + searchPatience)
		b.wantLog(hangs)
		b.wantLoad("a.yml=0")
		b.writeOld("a.yml", jobs("1"))
		b.after(time.Minute)
		answer()
		b.after(pollInterval, "a.yml=1")
		b.wantMetric("a.yml 0")
	})
}

// TestALoadWhileRunSearches: what Run found before is older, and does not count.
func TestALoadWhileRunSearches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(t, "*.yml")
		hang := make(chan struct{})
		src := &quietSource{happens: make(chan struct{}, 1)}
		b.set.open = func() (source, error) { return hangingSource{src, hang}, nil }
		b.writeOld("a.yml", jobs("1"))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		b.wantLoad("a.yml=1")
		go func() {
			defer close(done)
			b.set.Run(ctx, func() { b.changes <- b.load() })
		}()
		synctest.Wait() // it has searched, and watches
		b.writeOld("b.yml", jobs("2"))
		b.wantLoad("a.yml=1 b.yml=2")
		close(hang)
		b.after(time.Second)
		b.wantLoad("a.yml=1 b.yml=2")
		cancel()
		<-done
	})
}

// hangingSource hangs when it is to watch.
type hangingSource struct {
	*quietSource
	hang chan struct{}
}

func (s hangingSource) watch(folders map[string]*interest, anew bool) (bool, error) {
	<-s.hang
	return s.quietSource.watch(folders, anew)
}

package jobfiles

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// quietSource is a source that tells what a test says.
type quietSource struct {
	happens chan struct{}

	mu     sync.Mutex
	err    error
	anew   int // how often everything was watched anew
	added  int // how often to claim that a folder is new
	closed bool
}

func (s *quietSource) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *quietSource) watch(_ map[string]*interest, anew bool) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if anew {
		s.anew++
	}
	s.added--
	return s.added >= 0, s.err
}
func (s *quietSource) events() <-chan struct{} { return s.happens }
func (s *quietSource) close()                  { s.closed = true }

// scheduled runs a test in a bubble, with a set that runs and a file a.yml.
func scheduled(t *testing.T, test func(b *fixture, src *quietSource)) {
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(t, "*.yml")
		src := &quietSource{happens: make(chan struct{}, 1)}
		b.set.open = func() (source, error) { return src, nil }
		b.writeOld("a.yml", jobs("0"))
		b.wantLoad("a.yml=0")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			b.set.Run(ctx, func() { b.changes <- b.given() })
		}()
		synctest.Wait()
		test(b, src)
		cancel()
		<-done
		if !src.closed && src.err == nil {
			t.Error("the source was not closed")
		}
	})
}

// after checks what Run told within d.
func (b *fixture) after(d time.Duration, want ...string) {
	b.Helper()
	time.Sleep(d)
	synctest.Wait()
	var got []string
	for len(b.changes) > 0 {
		got = append(got, <-b.changes)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.Errorf("in %s the changes %q, want %q", d, got, want)
	}
}

func TestRunWaitsForQuiet(t *testing.T) {
	scheduled(t, func(b *fixture, src *quietSource) {
		b.writeOld("a.yml", jobs("1"))
		src.happens <- struct{}{}
		b.after(quietTime - time.Nanosecond)
		b.after(time.Nanosecond, "a.yml=1")
		b.after(time.Minute)

		src.happens <- struct{}{} // for nothing
		b.after(time.Minute)

		const events = 2 * longestWait / quietTime
		for i := range events { // without end
			b.writeOld("a.yml", jobs(fmt.Sprint(int(i))))
			src.happens <- struct{}{}
			b.after(longestWait/events - 1)
		}
		b.after(events, fmt.Sprintf("a.yml=%d", events-1))
	})
}

func TestRunReadsAllNowAndThen(t *testing.T) {
	scheduled(t, func(b *fixture, src *quietSource) {
		b.writeOld("b.yml", jobs("1"))
		b.after(rereadInterval - time.Second)
		b.after(time.Second, "a.yml=0 b.yml=1")
		b.parses.Store(0)
		b.after(rereadInterval)
		if got := b.parses.Load(); got != 2 {
			b.Errorf("%d files read, want all 2", got)
		}
		src.mu.Lock()
		defer src.mu.Unlock()
		if src.anew != 2 {
			b.Errorf("watched anew %d times, want 2", src.anew)
		}
	})
}

func TestRunReportsAFileThatStaysBroken(t *testing.T) {
	scheduled(t, func(b *fixture, src *quietSource) {
		b.write("a.yml", "")
		b.touch("a.yml", time.Now())
		src.happens <- struct{}{}
		b.after(quietTime + writeTime - time.Nanosecond)
		b.wantLog()
		b.wantMetric("a.yml 0")
		b.after(time.Nanosecond)
		b.wantLog(`level=error msg="job file is broken" file=a.yml jobs_kept=1 err="a.yml: is empty"`)
		b.wantMetric("a.yml 1")
	})
}

func TestRunPollsWhatItCannotWatch(t *testing.T) {
	scheduled(t, func(b *fixture, src *quietSource) {
		src.fail(explain("x", syscall.ENOSPC))
		src.happens <- struct{}{}
		b.after(time.Second)
		const warning = `level=warn msg="folders of job files cannot be watched, they are looked at every 30s" err=`
		b.wantLog(warning + `"the limit fs.inotify.max_user_watches is reached: no space left on device"`)
		b.writeOld("a.yml", jobs("1"))
		b.after(pollInterval, "a.yml=1")
		b.after(10 * pollInterval)
		b.wantLog()

		src.fail(nil)
		b.after(pollInterval)
		b.writeOld("a.yml", jobs("2"))
		b.after(pollInterval)
		b.after(rereadInterval, "a.yml=2")

		src.fail(explain("x", syscall.EACCES)) // one may pass through x
		b.after(rereadInterval)
		b.writeOld("a.yml", jobs("3"))
		b.after(pollInterval, "a.yml=3")
		b.wantLog()
		src.fail(explain("x", syscall.EIO))
		b.after(pollInterval)
		b.wantLog(warning + `"x: input/output error"`)
	})
}

func TestRunWithoutNotifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(t, "*.yml")
		b.set.open = func() (source, error) { return nil, errors.New("none") }
		b.load()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		b.writeOld("a.yml", jobs("1"))
		b.set.Run(ctx, func() { b.changes <- b.given() })
		b.after(0, "a.yml=1")
		b.wantLog(`level=warn msg="folders of job files cannot be watched, they are looked at every 30s" err=none`)
	})
}

func TestRunSearchesAgainWhenFoldersAreNew(t *testing.T) {
	scheduled(t, func(b *fixture, src *quietSource) {
		src.mu.Lock()
		src.added = 1000
		src.mu.Unlock()
		src.happens <- struct{}{}
		b.after(time.Second)
		src.mu.Lock()
		defer src.mu.Unlock()
		if got := 1000 - src.added; got != maxRounds {
			b.Errorf("%d searches in a row, want %d", got, maxRounds)
		}
	})
}

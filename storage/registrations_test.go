package storage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
)

const roleRegister = "register" // of a child process that registers until it is killed

// registerUntilKilled tells the number of each registration once it is written.
func registerUntilKilled(s *Store) (exitCode int) {
	for n := 0; ; n++ {
		if err := s.SetRegistration(testJob(n).Key, "registered")(context.Background()); err != nil {
			tell(err)
			return 1
		}
		tell(n)
	}
}

func registrations(s *Store) map[job.Key]string { return maps.Collect(s.Registrations) }

// inFile returns the registrations that are in the file now.
func inFile(t *testing.T, path string) map[job.Key]string {
	t.Helper()
	s := &Store{entries: map[string]string{}}
	if _, err := readJournal(strings.NewReader(string(readFile(t, path))), func(r record) {
		if s.entries[r.key] = r.value; r.value == "" {
			delete(s.entries, r.key)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return registrations(s)
}

func TestARegistrationIsInTheFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	synctest.Test(t, func(t *testing.T) {
		s := openTest(t, path, os.OpenFile)
		s.Put(testState(7)) // which may wait
		a, b := testJob(1).Key, testJob(2).Key
		for _, step := range []struct {
			key  job.Key
			text string
			want map[job.Key]string
		}{
			{a, "one", map[job.Key]string{a: "one"}},
			{b, "two", map[job.Key]string{a: "one", b: "two"}},
			{a, "three", map[job.Key]string{a: "three", b: "two"}},
			{b, "", map[job.Key]string{a: "three"}},
		} {
			began := time.Now()
			if err := s.SetRegistration(step.key, step.text)(t.Context()); err != nil {
				t.Fatal(err)
			}
			equal(t, "in the file", inFile(t, path), step.want)
			equal(t, "waited", time.Since(began), 0)
		}
		s = s.restart(t)
		equal(t, "after a restart", registrations(s.Store), map[job.Key]string{a: "three"})
		equal(t, "log", s.logs.String(), "level=info msg=\"storage opened\" path="+path+" states=1\n")
		s.hasStates(t, 7, 8)
	})
}

// countingBackend counts writes, and holds them up while it hangs.
type countingBackend struct {
	*journal
	writes atomic.Int32
	hang   atomic.Pointer[chan struct{}]
}

// hangs makes writes hang until goOn is called.
func (b *countingBackend) hangs() (goOn func()) {
	ch := make(chan struct{})
	b.hang.Store(&ch)
	return func() { close(ch) }
}

func (b *countingBackend) write(records []record) error {
	b.writes.Add(1)
	if ch := b.hang.Load(); ch != nil {
		<-*ch
	}
	return b.journal.write(records)
}

func openCounting(t *testing.T, path string) (*Store, *countingBackend) {
	t.Helper()
	b := &countingBackend{journal: newJournal(path, os.OpenFile)}
	s, err := open(path, log.NewNopLogger(), prometheus.NewRegistry(), b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, b
}

func TestManyRegistrationsShareAWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	const n = 2000
	synctest.Test(t, func(t *testing.T) {
		s, b := openCounting(t, path)
		time.Sleep(time.Second)
		before := b.writes.Load()
		goOn := b.hangs()
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				if err := s.SetRegistration(testJob(i).Key, "registered")(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // the first are being written, the others wait
		goOn()
		wg.Wait()
		equal(t, "in the file", len(inFile(t, path)), n)
		if writes := b.writes.Load() - before; writes > 3 {
			t.Errorf("%d writes", writes)
		}
	})
}

func TestNobodyWaitsForADiskThatHangs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	synctest.Test(t, func(t *testing.T) {
		s, b := openCounting(t, path)
		time.Sleep(time.Second)
		goOn := b.hangs()
		register := func(n int) (took time.Duration, err error) {
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			err = s.SetRegistration(testJob(n).Key, "registered")(ctx)
			return time.Since(began), err
		}
		if took, err := register(1); took != 5*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the first waited %s: %v", took, err)
		}
		if took, err := register(2); took != 0 || !errors.Is(err, errSlow) {
			t.Errorf("the second waited %s: %v", took, err)
		}
		equal(t, "in memory", len(registrations(s)), 2)
		goOn()
		time.Sleep(time.Second)
		equal(t, "in the file", len(inFile(t, path)), 2)
		if took, err := register(3); took != 0 || err != nil {
			t.Errorf("when it works again: %s, %v", took, err)
		}
	})
}

func TestNobodyWaitsForADiskThatFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	synctest.Test(t, func(t *testing.T) {
		d := &disk{writing: syscall.EIO, reading: syscall.EIO}
		old := openTest(t, path, os.OpenFile)
		if err := old.SetRegistration(testJob(0).Key, "old")(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = old.Close()
		d.broken.Store(true)
		s := openTest(t, path, d.open)
		equal(t, "known", len(registrations(s.Store)), 0)
		began := time.Now()
		merges := s.Merges()
		for n := range 3 {
			if err := s.SetRegistration(testJob(n+1).Key, "new")(t.Context()); !errors.Is(err, syscall.EIO) {
				t.Errorf("got %v", err)
			}
		}
		equal(t, "waited", time.Since(began), 0)
		d.broken.Store(false)
		time.Sleep(maxRetryDelay + batchDelay)
		equal(t, "with those of the file", len(registrations(s.Store)), 4)
		equal(t, "there may be others", s.Merges() > merges, true)
		equal(t, "in the file", len(inFile(t, path)), 4)
	})
}

func TestRegistrationsThatCannotBeStored(t *testing.T) {
	s, _ := openCounting(t, filepath.Join(t.TempDir(), "jobs.db"))
	for name, k := range map[string]job.Key{
		"no ID": {Provider: "elb"}, "no provider": {ID: "a"}, "a long ID": {Provider: "elb", ID: strings.Repeat("a", maxKey)},
	} {
		if err := s.SetRegistration(k, "registered")(t.Context()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := s.SetRegistration(testJob(1).Key, strings.Repeat("a", maxRecord))(t.Context()); err == nil {
		t.Error("a long text: no error")
	}
	equal(t, "kept", len(registrations(s)), 0)
	_ = s.Close()
	if err := s.SetRegistration(testJob(1).Key, "registered")(t.Context()); !errors.Is(err, errClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestKill9LosesNoRegistrationThatWasAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	cmd, out, _ := startChild(t, roleRegister, path)
	lines, last := bufio.NewScanner(out), -1
	for lines.Scan() {
		if _, err := fmt.Sscan(lines.Text(), &last); err != nil {
			t.Fatal(lines.Text())
		}
		if last == 50 {
			_ = cmd.Process.Signal(syscall.SIGKILL)
		}
	}
	_ = cmd.Wait()
	s := openTest(t, path, os.OpenFile)
	for n := range last + 1 {
		if text := registrations(s.Store)[testJob(n).Key]; text != "registered" {
			t.Errorf("%d of %d is lost: %q", n, last, text)
		}
	}
}

package storage

import (
	"iter"
	"maps"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

const day = 24 * time.Hour

func keys(ns ...int) iter.Seq[job.Key] {
	set := map[job.Key]bool{}
	for _, n := range ns {
		set[testJob(n).Key] = true
	}
	return maps.Keys(set)
}

func (ts *testStore) has(n int) bool {
	key, _ := stateKey(testJob(n).Key)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	_, ok := ts.entries[key]
	return ok
}

func TestWhatIsNotInUseGoesAfter30Days(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	synctest.Test(t, func(t *testing.T) {
		s := openTest(t, path, os.OpenFile)
		for n := range 3 {
			s.Put(testState(n))
		}
		s.InUse(keys(1))
		for range 29 {
			time.Sleep(day)
			s.hasStates(t, 2, 3) // probed
		}
		time.Sleep(day)
		equal(t, "unused for 30 days", s.has(0), true)
		time.Sleep(day + 2*time.Hour)
		equal(t, "unused for 31 days", s.has(0), false)
		s.hasLine(t, `level=info path=`+path+` msg="dropped stored states that were not in use for 30 days" states=1`)
		time.Sleep(time.Second)
		s = s.restart(t)
		equal(t, "dropped, after a restart", s.has(0), false)
		equal(t, "in use", s.has(1), true)
		equal(t, "probed until lately", s.has(2), true)
		time.Sleep(100 * day)
		equal(t, "nobody said what is in use", s.count(), 2)
		s.InUse(keys(1))
		time.Sleep(time.Second)
		equal(t, "in use, after a long time", s.has(1), true)
		equal(t, "probed long ago", s.has(2), false)
		s.InUse(keys())
		time.Sleep(32 * day)
		equal(t, "states", s.count(), 0)
	})
}

func TestALiveSequenceIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	synctest.Test(t, func(t *testing.T) {
		s := openTest(t, path, os.OpenFile)
		s.Put(testState(1))
		var used atomic.Int32
		used.Store(1)
		s.InUse(func(yield func(job.Key) bool) { yield(testJob(int(used.Load())).Key) })
		time.Sleep(100 * day)
		equal(t, "in use", s.has(1), true)
		used.Store(2)
		time.Sleep(32 * day)
		equal(t, "not in use any more", s.has(1), false)
	})
}

func TestUseIsWrittenOnceADay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	synctest.Test(t, func(t *testing.T) {
		s := openTest(t, path, os.OpenFile)
		s.Put(testState(1))
		s.InUse(keys(1))
		time.Sleep(time.Second)
		content, writes := readFile(t, path), 0
		for range 10 * 24 {
			time.Sleep(time.Hour)
			s.hasStates(t, 1, 2)
			time.Sleep(time.Second)
			if now := readFile(t, path); string(now) != string(content) {
				writes++
				content = now
			}
		}
		if writes < 9 || writes > 10 {
			t.Errorf("%d writes in 10 days", writes)
		}
	})
}

func TestAClockThatWasWrong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	synctest.Test(t, func(t *testing.T) {
		s := openTest(t, path, os.OpenFile)
		s.Put(testState(1))
		key, _ := stateKey(testJob(1).Key)
		s.mu.Lock()
		s.set(key, withLastUse(s.entries[key], time.Now().Add(3650*day).Unix()))
		s.mu.Unlock()
		s = s.restart(t)
		s.InUse(keys())
		time.Sleep(32 * day)
		equal(t, "dropped", s.has(1), false)
	})
}

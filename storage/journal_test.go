package storage

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
)

// TestJournal compares a journal with a map, over many writes, compactions and
// new openings.
func TestJournal(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 3))
	path := filepath.Join(t.TempDir(), "jobs.db")
	j := newJournal(path, os.OpenFile)
	defer func() { j.close() }()
	known := map[string]string{}
	compact := func() {
		if _, err := j.compact(func(yield func(record) bool) {
			for key, value := range known {
				if !yield(record{key, value}) {
					return
				}
			}
		}, false); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 60 {
		got := map[string]string{}
		found, err := j.open(func(r record) {
			if got[r.key] = r.value; r.value == "" {
				delete(got, r.key)
			}
		})
		if err != nil || found.damaged > 0 || found.unusable != nil {
			t.Fatal(found, err)
		}
		if !maps.Equal(got, known) {
			t.Fatalf("round %d: %d values, want %d", round, len(got), len(known))
		}
		if round == 0 || round%7 == 0 {
			compact()
		}
		var changes []record
		for range rng.IntN(300) {
			r := record{fmt.Sprintf("%x", rng.IntN(3000)), strings.Repeat("v", 20+rng.IntN(1<<rng.IntN(15)))}
			if rng.IntN(3) == 0 {
				r.value = ""
			}
			changes = append(changes, r)
			if known[r.key] = r.value; r.value == "" {
				delete(known, r.key)
			}
		}
		if err := j.write(changes); err != nil {
			t.Fatal(err)
		}
		if rng.IntN(2) == 0 {
			j.close()
		}
	}
}

// size returns the size of a file.
func size(t *testing.T, path string) int {
	t.Helper()
	return len(readFile(t, path))
}

func TestCompaction(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "jobs.db")
	good := storedFile(t, 1500)
	once := len(good)
	for i := range 1500 {
		value, err := encodeState(testState(i), time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		good = appendRecord(good, record{"selb\x00job-0" + fmt.Sprint(i%10), ""})
		if good = appendRecord(good, record{"selb\x00" + testJob(i).ID, value}); i%2 == 0 {
			good = appendRecord(good, record{"?of a newer version", fmt.Sprint(i)})
		}
	}
	writeFile(t, filepath.Join(dir, "target.db"), good)
	writeFile(t, filepath.Join(dir, "target.db.new"), []byte("left by a process that was killed"))
	if err := errors.Join(os.Chmod(filepath.Join(dir, "target.db"), 0o640), os.Symlink("target.db", path)); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		d := &disk{writing: syscall.ENOSPC}
		s := openTest(t, path, d.open)
		equal(t, "states", s.count(), 1500)
		d.broken.Store(true) // after open
		time.Sleep(time.Second)
		s.hasLine(t, `level=error path=`+path+` msg="compaction of the storage file failed, it keeps growing" err="open `+dir+`/target.db.new: no space left on device"`)
		equal(t, "errors", s.errorCount(), 1)
		equal(t, "size", size(t, path), len(good))
		s.Put(testState(1500)) // there is room for it
		time.Sleep(time.Second)
		equal(t, "errors", s.errorCount(), 1)
		d.broken.Store(false)
		time.Sleep(2 * sweepEvery)
		if n := size(t, path); n > once+1000 {
			t.Errorf("%d bytes, of which %d are needed", n, once)
		}
		s.Put(testState(1501))
		s = s.restart(t)
		s.hasStates(t, 0, 1502)
		equal(t, "errors after a restart", s.errorCount(), 0)
		equal(t, "what a newer version wrote", bytes.Contains(readFile(t, path), []byte("?of a newer version1498")), true)
	})
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info.Mode(), err)
	}
	info, err = os.Stat(path)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("the mode has changed: %v, %v", info.Mode(), err)
	}
	for _, suffix := range []string{newSuffix, ".corrupt-*"} {
		left, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
		equal(t, suffix, left, nil)
		equal(t, suffix, err, nil)
	}
}

// FuzzReadJournal: whatever stands in a file, reading it ends, what it gives was
// there, and an intact record behind it is found.
func FuzzReadJournal(f *testing.F) {
	last := record{"selb\x00last", "value"}
	good := appendRecord(appendRecord([]byte(fileHeader), record{"a", "b"}), record{"a", ""})
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Add(bytes.Repeat([]byte(marker), 10))
	f.Add([]byte(headerName + "2\n"))
	f.Add(append([]byte(fileHeader+marker), 0, 0, 0, 0, 0, 1, 0, 0, 0xff, 0xf0))
	f.Fuzz(func(t *testing.T, data []byte) {
		var b []byte
		visit := func(r record) {
			b = appendRecord(nil, r)
			if !bytes.Contains(data, b) {
				t.Fatalf("%+v was not there", r)
			}
		}
		found, err := readJournal(bytes.NewReader(data), visit)
		if err != nil || found.intact > int64(len(data)) {
			t.Fatal(found, err)
		}
		if found.complete() && found.intact != int64(len(data)) {
			t.Fatalf("%+v of %d bytes", found, len(data))
		}
		data = appendRecord(data, last)
		after, err := readJournal(bytes.NewReader(data), visit)
		if err != nil || !bytes.Equal(b, appendRecord(nil, last)) || after.records != found.records+1 {
			t.Fatalf("%+v, then %+v, %v", found, after, err)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "jobs.db")
	s := benchmarkOpen(b, path)
	for i := range 100_000 {
		s.Put(testState(i))
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/1e6, "file-MB")
	for b.Loop() {
		s := benchmarkOpen(b, path)
		b.StopTimer()
		_ = s.Close()
		b.StartTimer()
	}
}

func benchmarkOpen(b *testing.B, path string) *Store {
	b.Helper()
	s, err := Open(path, log.NewNopLogger(), prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	return s
}

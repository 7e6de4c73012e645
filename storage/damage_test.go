package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFilesThatAreMovedAside(t *testing.T) {
	const foreign = "it is not a storage file of this program, or its first line is damaged"
	good := storedFile(t, 500)
	at := recordsAt(good)
	bolt := make([]byte, 1<<15)
	binary.NativeEndian.PutUint32(bolt[16:], 0xED0CDAED)
	with := func(change func(b []byte) []byte) []byte { return change(bytes.Clone(good)) }
	for name, test := range map[string]struct {
		content []byte
		want    string
		saved   int
		errors  int // the file, and the records
	}{
		"text":            {[]byte("jobs:\n- provider: cfw\n"), foreign, 0, 1},
		"one byte":        {[]byte{0}, foreign, 0, 1},
		"zeros":           {make([]byte, 1<<20), foreign, 0, 1},
		"noise":           {noise(1 << 20), foreign, 0, 1},
		"bbolt":           {bolt, "it is a bbolt database, which builds before the first release wrote and this program cannot read", 0, 1},
		"a future format": {[]byte(headerName + "2\n{}"), `its format has version \"2\", and this program knows version 1`, 0, 1},
		"no header":       {good[len(fileHeader):], foreign, 500, 1},
		"a wrong header":  {with(func(b []byte) []byte { b[3] ^= 1; return b }), foreign, 500, 1},
		"another version": {with(func(b []byte) []byte { b[len(fileHeader)-2]++; return b }), `its format has version \"2\", and this program knows version 1`, 500, 1},
		"a wrong length": {
			with(func(b []byte) []byte { b[at[7]+lengthsAt+2] ^= 0x80; return b }),
			fmt.Sprintf("1 records are damaged, the first at byte %d", at[7]), 499, 2,
		},
		"a length beyond the end": {
			with(func(b []byte) []byte { b[at[490]+lengthsAt+4] ^= 0x80; return b }),
			fmt.Sprintf("1 records are damaged, the first at byte %d", at[490]), 499, 2,
		},
		"two places": {
			with(func(b []byte) []byte { b[at[7]+30] ^= 1; b[at[70]] ^= 1; return b }),
			fmt.Sprintf("2 records are damaged, the first at byte %d", at[7]), 498, 3,
		},
		"zeros in between": {
			with(func(b []byte) []byte { clear(b[at[100]+1 : at[110]]); return b }),
			fmt.Sprintf("1 records are damaged, the first at byte %d", at[100]), 490, 2,
		},
		"noise in between": {
			with(func(b []byte) []byte { return bytes.Join([][]byte{b[:at[9]], noise(200_000), b[at[9]:]}, nil) }),
			fmt.Sprintf("1 records are damaged, the first at byte %d", at[9]), 500, 2,
		},
		"a stretch is missing": {
			with(func(b []byte) []byte { return append(b[:at[50]+10], b[at[60]+10:]...) }),
			fmt.Sprintf("1 records are damaged, the first at byte %d", at[50]), 489, 2,
		},
		"zeros at the end": {
			with(func(b []byte) []byte { return append(b, make([]byte, 4096)...) }),
			fmt.Sprintf("1 records are damaged, the first at byte %d", len(good)), 500, 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "jobs.db")
			writeFile(t, path, test.content)
			s := openTest(t, path, os.OpenFile)
			equal(t, "errors", s.errorCount(), test.errors)
			equal(t, "states", s.count(), test.saved)
			aside := asideOf(t, path)
			equal(t, "files aside", len(aside), 1)
			if !bytes.Equal(readFile(t, aside[0]), test.content) {
				t.Error("what was moved aside is not what was there")
			}
			log := strings.NewReplacer(aside[0], "ASIDE", path, "PATH").Replace(s.logs.String())
			want := `level=error path=PATH msg="storage file unusable, moved aside and started anew" moved_to=ASIDE err="%s" states_saved=%d` +
				"\nlevel=info msg=\"storage opened\" path=PATH states=%[2]d\n"
			equal(t, "log", log, fmt.Sprintf(want, test.want, test.saved))
			s.Put(testState(500))
			s = s.restart(t)
			s.hasStates(t, 500, 501)
			equal(t, "states after a restart", s.count(), test.saved+1)
			equal(t, "errors after a restart", s.errorCount(), 0)
		})
	}
}

const tornLine = `msg="dropped the last record of the storage file, its end is missing"`

// Wherever a file ends, what stands before is kept, the rest is counted, and
// the file is good again.
func TestCutAtEveryByte(t *testing.T) {
	good := storedFile(t, 2)
	at := recordsAt(good)
	path := filepath.Join(t.TempDir(), "jobs.db")
	for size := range len(good) + 1 {
		whole, cut, near := 0, size != 0, size < len(fileHeader)
		for i, offset := range at {
			if offset <= size {
				whole = i
			}
			cut = cut && offset != size
			near = near || max(offset-size, size-offset) <= headSize
		}
		found, err := readJournal(bytes.NewReader(good[:size]), func(record) {})
		equal(t, "error", err, nil)
		equal(t, "records", found.records, whole)
		equal(t, "torn", found.torn, cut)
		if size%8 != 0 && !near {
			continue // a new file for each takes its time
		}
		writeFile(t, path, good[:size])
		s := openTest(t, path, os.OpenFile)
		equal(t, "states", s.count(), whole)
		errors := 0
		if cut {
			errors = 1
			start := at[whole]
			if size < len(fileHeader) {
				start = 0
			}
			s.hasLine(t, fmt.Sprintf(`level=warn path=%s %s at_byte=%d`, path, tornLine, start))
		}
		equal(t, "errors", s.errorCount(), errors)
		s.Put(testState(9))
		s = s.restart(t)
		s.hasStates(t, 9, 10)
		equal(t, "states after a restart", s.count(), whole+1)
		equal(t, "errors after a restart", s.errorCount(), 0)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("cut at byte %d", size)
		}
	}
	equal(t, "moved aside", asideOf(t, path), nil)
}

// Whatever bytes are wrong, each costs one state at most, never silently, and no
// state is there that was not put.
func TestWrongBytes(t *testing.T) {
	good := storedFile(t, 300)
	at := recordsAt(good)
	rng := rand.New(rand.NewPCG(5, 11))
	path := filepath.Join(t.TempDir(), "jobs.db")
	fewest, noticed := 300, 0
	for range 60 {
		broken := bytes.Clone(good)
		wrong := 1 + rng.IntN(8)
		for range wrong {
			n := rng.IntN(len(good))
			if rng.IntN(2) == 0 { // where the structure is: the beginnings of records
				n = at[rng.IntN(300)] + rng.IntN(headSize+8)
			}
			broken[n] ^= byte(1 + rng.IntN(255))
		}
		writeFile(t, path, broken)
		s := openTest(t, path, os.OpenFile)
		found := 0
		for n := range 300 {
			if _, ok := s.Load(testJob(n)); ok {
				s.hasStates(t, n, n+1)
				found++
			}
		}
		equal(t, "states that nobody put", s.count(), found)
		if found < 300-wrong {
			t.Errorf("%d wrong bytes cost %d states", wrong, 300-found)
		}
		fewest = min(fewest, found)
		if !bytes.Equal(broken, good) {
			noticed++
			if s.errorCount() == 0 || strings.Count(s.logs.String(), "\n") < 2 {
				t.Fatalf("%d of 300 states, and no error:\n%s", found, s.logs.String())
			}
		}
		s.Put(testState(300))
		s = s.restart(t)
		s.hasStates(t, 300, 301)
		equal(t, "errors after a restart", s.errorCount(), 0)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, a := range asideOf(t, path) {
			if err := os.Remove(a); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("at least %d of 300 states, an error in %d rounds", fewest, noticed)
}

func TestABadRecordIsDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	b := appendRecord(storedFile(t, 2), record{"selb\x00job-00000", value(`{"status":"running"}`)})
	writeFile(t, path, appendRecord(b, record{"s", value("{}")}))
	s := openTest(t, path, os.OpenFile)
	equal(t, "errors", s.errorCount(), 1)
	s.hasLine(t, `level=error path=`+path+` msg="dropped stored states that cannot be decoded" states=1`)
	s.hasStates(t, 1, 2)
	for range 2 { // it is dropped once
		if st, ok := s.Load(testJob(0)); ok {
			t.Errorf("got %+v", st)
		}
	}
	equal(t, "errors", s.errorCount(), 2)
	s.hasLine(t, `level=error path=`+path+` msg="dropped stored state that cannot be decoded" provider=elb job_id=job-00000 err="status \"running\" is not a final one"`)
	s = s.restart(t)
	s.hasStates(t, 1, 2)
	equal(t, "errors after a restart", s.errorCount(), 0)
	equal(t, "states after a restart", s.count(), 1)
}

func TestMoveAsideReplacesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	now := time.Date(2026, 11, 21, 10, 5, 11, 0, time.UTC)
	for i, want := range []string{"", "-2", "-3"} {
		writeFile(t, path, []byte{byte(i)})
		to, err := moveAside(path, now)
		equal(t, "error", err, nil)
		equal(t, "name", to, path+".corrupt-20261121T100511Z"+want)
	}
	for i, name := range asideOf(t, path) {
		equal(t, name, readFile(t, name), []byte{byte(i)})
	}
	if _, err := moveAside(path, now); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	equal(t, "files", len(asideOf(t, path)), 3)
}

package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// stored gives the bytes of a file with n states, and of one after another commit.
func storedFile(t *testing.T, states ...int) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "good.db")
	s := openTest(t, path, os.OpenFile)
	from := 0
	for _, to := range states {
		for ; from < to; from++ {
			s.Put(testState(from))
		}
		s = s.restart(t)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return readFile(t, path)
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// bolt makes a bbolt file with the given buckets.
func bolt(t *testing.T, names ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range names {
			b, err := tx.CreateBucket([]byte(name))
			if err == nil {
				err = b.Put([]byte("elb\x00job-00000"), []byte("value"))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return readFile(t, path)
}

func TestFilesThatAreMovedAside(t *testing.T) {
	good := storedFile(t, 500, 600)
	noMetas := bytes.Clone(good)
	clear(noMetas[:2*os.Getpagesize()])
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"text":               {[]byte("jobs:\n- provider: cfw\n"), "it is not a bbolt database, or both of its meta pages are broken"},
		"one byte":           {[]byte{0}, "it is not a bbolt database, or both of its meta pages are broken"},
		"zeros":              {make([]byte, 1<<20), "it is not a bbolt database, or both of its meta pages are broken"},
		"no metas":           {noMetas, "it is not a bbolt database, or both of its meta pages are broken"},
		"cut off":            {good[:40_000], "it is cut off: N pages of N bytes do not fit into N bytes"},
		"in a meta":          {good[:5000], "it is cut off: N pages of N bytes do not fit into N bytes"},
		"another program's":  {bolt(t, "users"), "it is a bbolt database of another program"},
		"ours and another's": {bolt(t, "a", "cloudjob_exporter v1"), "it is a bbolt database of another program"},
		"a future format": {
			bolt(t, "cloudjob_exporter v2"),
			`its format has version \"2\", and this program knows version 1: a newer one wrote it`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "jobs.db")
			writeFile(t, path, test.content)
			s := openTest(t, path, os.OpenFile)
			equal(t, "errors", s.errorCount(), 1)
			equal(t, "states", s.count(), 0)
			aside := asideOf(t, path)
			equal(t, "files aside", len(aside), 1)
			if !bytes.Equal(readFile(t, aside[0]), test.content) {
				t.Error("what was moved aside is not what was there")
			}
			log := strings.NewReplacer(aside[0], "ASIDE", path, "PATH").Replace(s.logs.String())
			log = regexp.MustCompile(`\b[0-9]{2,}\b`).ReplaceAllString(log, "N")
			want := `level=error path=PATH msg="storage file cannot be used: moved aside, and begun anew" moved_to=ASIDE err="` + test.want + `" states_saved=0` +
				"\nlevel=info msg=\"storage opened\" path=PATH states=0\n"
			equal(t, "log", log, want)
			s.Put(testState(1))
			s = s.restart(t)
			s.hasStates(t, 1, 2)
			equal(t, "errors after a restart", s.errorCount(), 0)
		})
	}
}

func asideOf(t *testing.T, path string) []string {
	t.Helper()
	aside, err := filepath.Glob(path + ".corrupt-*")
	if err != nil {
		t.Fatal(err)
	}
	return aside
}

func TestFilesThatAreAsGoodAsNew(t *testing.T) {
	unused := bolt(t) // one commit, nothing in it
	made := bytes.Clone(unused)
	first, ok, err := readMeta(bytes.NewReader(made), 0)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	for name, content := range map[string][]byte{"empty": {}, "no bucket": unused} {
		path := filepath.Join(t.TempDir(), "jobs.db")
		writeFile(t, path, content)
		s := openTest(t, path, os.OpenFile)
		s.Put(testState(1))
		s = s.restart(t)
		s.hasStates(t, 1, 2)
		equal(t, name+": moved aside", asideOf(t, path), nil)
	}
	equal(t, "pages have the size that the test assumes", int(first.pageSize), os.Getpagesize())
}

// A process may be killed in the middle of making the file.
func TestAFileThatWasNotFinished(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	whole := readFile(t, path)
	for pages := range len(whole)/os.Getpagesize() + 1 {
		writeFile(t, path, whole[:pages*os.Getpagesize()])
		s := openTest(t, path, os.OpenFile)
		s.Put(testState(1))
		s = s.restart(t)
		s.hasStates(t, 1, 2)
		equal(t, "moved aside", asideOf(t, path), nil)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A file that bbolt wrote must never be taken for a damaged one.
func TestNoFalseAlarm(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 3))
	path := filepath.Join(t.TempDir(), "jobs.db")
	f := &file{path: path, openFile: os.OpenFile}
	visited := 0
	reopen := func() {
		f.close()
		visited = 0
		err := f.open(0, func(_, _ []byte) { visited++ }, func(_ string, why error) { t.Fatal(why) })
		if err != nil {
			t.Fatal(err)
		}
	}
	reopen()
	defer func() { f.close() }()
	known := map[string]bool{}
	for round := range 60 {
		changes := map[string][]byte{}
		for range rng.IntN(300) {
			key := fmt.Sprintf("elb\x00%x", rng.IntN(3000))
			changes[key] = make([]byte, 20+rng.IntN(1<<rng.IntN(14)))
			known[key] = true
		}
		for key := range known {
			if rng.IntN(20) == 0 || round%20 == 19 { // now and then all of them
				changes[key] = nil
				delete(known, key)
			}
		}
		if err := f.write(changes); err != nil {
			t.Fatal(err)
		}
		reopen()
		equal(t, "records", visited, len(known))
	}
}

// Whatever bytes are wrong, the store opens and works, and gives no state that
// was not put: it is exactly right or not there.
func TestWrongBytes(t *testing.T) {
	good := storedFile(t, 100, 300)
	m, err := findMeta(bytes.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	inUse := int(m.pages * m.pageSize)
	rng := rand.New(rand.NewPCG(5, 11))
	path := filepath.Join(t.TempDir(), "jobs.db")
	whole, noticed, saved := 0, 0, 0
	for range 80 {
		broken := bytes.Clone(good)
		for range 1 + rng.IntN(8) {
			at := rng.IntN(inUse)
			if rng.IntN(2) == 0 { // where the structure is: the beginnings of pages
				at = at/int(m.pageSize)*int(m.pageSize) + rng.IntN(64)
			}
			broken[at] ^= byte(1 + rng.IntN(255))
		}
		writeFile(t, path, broken)
		s := openTest(t, path, os.OpenFile)
		found := 0
		for n := range 300 {
			if _, ok := s.Final(testJob(n)); ok {
				s.hasStates(t, n, n+1)
				found++
			}
		}
		equal(t, "states that nobody put", s.count(), found)
		aside := asideOf(t, path)
		switch {
		case found == 300:
			whole++
		case s.errorCount() > 0:
			noticed++
		case found != 100: // the older of the two metas
			t.Fatalf("%d of 300 states, and no error", found)
		}
		if len(aside) > 0 {
			saved += found
		}
		s.Put(testState(300))
		s = s.restart(t)
		s.hasStates(t, 300, 301)
		equal(t, "errors after a restart", s.errorCount(), 0)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, a := range aside {
			if err := os.Remove(a); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("all states in %d rounds, an error in %d, %d states saved from files moved aside", whole, noticed, saved)
	if whole == 0 || noticed < 40 || saved == 0 {
		t.Errorf("too few rounds of a kind: %d, %d, %d", whole, noticed, saved)
	}
}

func TestABadRecordIsDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openTest(t, path, os.OpenFile)
	s.Put(testState(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketName)
		return errors.Join(b.Put([]byte("elb\x00job-00002"), b.Get([]byte("elb\x00job-00001"))), b.Put([]byte("x"), nil))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, path, os.OpenFile)
	equal(t, "errors", s.errorCount(), 2)
	s.hasLine(t, `level=error path=`+path+` msg="stored states dropped that cannot be read" states=2`)
	s.hasStates(t, 1, 2)
	equal(t, "states", s.count(), 1)
	equal(t, "errors after a restart", s.restart(t).errorCount(), 0)
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

package storage

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudjob_exporter/fixture"
)

const failsLine = `msg="storage failed, keeping final states in memory only"`

// disk is one whose files cannot be opened for writing, or at all, for a while.
type disk struct {
	writing, reading error
	broken           atomic.Bool
}

func (d *disk) open(path string, flag int, perm os.FileMode) (*os.File, error) {
	err := d.reading
	if flag&os.O_RDWR != 0 {
		err = d.writing
	}
	if d.broken.Load() && err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.OpenFile(path, flag, perm)
}

func TestTroubleAtOpen(t *testing.T) {
	for name, test := range map[string]struct {
		disk *disk
		text string
		read bool // what is stored is there at once
	}{
		"read-only file system": {&disk{writing: syscall.EROFS}, "read-only file system", true},
		"read-only file":        {&disk{writing: syscall.EACCES}, "permission denied", true},
		"unreadable file":       {&disk{writing: syscall.EACCES, reading: syscall.EACCES}, "permission denied", false},
		"full disk":             {&disk{writing: syscall.ENOSPC}, "no space left on device", false},
		"broken disk":           {&disk{writing: syscall.EIO}, "input/output error", false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "jobs.db")
			writeFile(t, path, storedFile(t, 10))
			synctest.Test(t, func(t *testing.T) {
				test.disk.broken.Store(true)
				s := openTest(t, path, test.disk.open)
				_, ok := s.Load(testJob(0))
				equal(t, "known at once", ok, test.read)
				s.Put(testState(10))
				time.Sleep(time.Hour)
				s.hasStates(t, 10, 11)
				equal(t, "log", s.logs.String(), `level=error path=`+path+` `+failsLine+` err="open `+path+`: `+test.text+"\"\n")
				if n := s.errorCount(); n < 60 || n > 70 {
					t.Errorf("%d errors in an hour", n)
				}
				test.disk.broken.Store(false)
				time.Sleep(maxRetryDelay + batchDelay)
				s.hasLine(t, `level=info path=`+path+` msg="storage works again"`)
				s.hasStates(t, 0, 11)
				s = s.restart(t)
				s.hasStates(t, 0, 11)
				equal(t, "moved aside", asideOf(t, path), nil)
			})
		})
	}
}

func TestCloseTellsWhatIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	synctest.Test(t, func(t *testing.T) {
		d := &disk{writing: syscall.ENOSPC}
		d.broken.Store(true)
		s := openTest(t, path, d.open)
		s.Put(testState(1))
		s.Put(testState(2))
		err := s.Close()
		equal(t, "error", fmt.Sprint(err), "storage: 2 states are not written: open "+path+": no space left on device")
	})
}

func TestACorruptFileThatCannotBeMoved(t *testing.T) {
	dir := t.TempDir()
	// There is no room for the longer name.
	path := filepath.Join(dir, strings.Repeat("x", 250))
	writeFile(t, path, []byte("text"))
	s := openTest(t, path, os.OpenFile)
	s.Put(testState(1))
	s.hasStates(t, 1, 2)
	if all := s.logs.String(); strings.Count(all, failsLine) != 1 ||
		!strings.Contains(all, "it is not a storage file of this program, or its first line is damaged; it cannot be moved aside: lstat ") {
		t.Errorf("log: %s", all)
	}
	equal(t, "content", string(readFile(t, path)), "text")
}

func TestTheFileChangesWhileItIsOpen(t *testing.T) {
	for name, test := range map[string]struct {
		change func(path string) error
		errors int // a record that was cut in two
		states int
	}{
		"removed":  {os.Remove, 0, 11},
		"replaced": {func(path string) error { return os.Rename(path+".other", path) }, 0, 15},
		"emptied":  {func(path string) error { return os.Truncate(path, 0) }, 0, 11},
		"cut off":  {func(path string) error { return os.Truncate(path, 1000) }, 1, 11},
		"written to": {func(path string) error {
			return os.WriteFile(path, appendRecord([]byte(fileHeader), record{"unknown", "kind"}), 0o600)
		}, 0, 11},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "jobs.db")
			writeFile(t, path+".other", storedFile(t, 5))
			synctest.Test(t, func(t *testing.T) {
				s := openTest(t, path, os.OpenFile)
				for n := 4; n < 15; n++ {
					s.Put(testState(n))
				}
				time.Sleep(time.Second)
				if err := test.change(path); err != nil {
					t.Fatal(err)
				}
				time.Sleep(sweepEvery)
				s.hasLine(t, `level=warn path=`+path+` msg="storage file removed or changed by someone else, rewriting it"`)
				equal(t, "errors", s.errorCount(), test.errors)
				s = s.restart(t)
				s.hasStates(t, 4, 15)
				equal(t, "states", s.count(), test.states)
				equal(t, "errors after a restart", s.errorCount(), 0)
				equal(t, "moved aside", asideOf(t, path), nil)
			})
		})
	}
}

func TestAFileThatCannotBeCreated(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want string // empty: it can be, later
	}{
		"no permission":         {syscall.EACCES, "permission denied"},
		"read-only file system": {syscall.EROFS, "read-only file system"},
		"full disk":             {syscall.ENOSPC, ""},
		"broken disk":           {syscall.EIO, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "jobs.db")
			d := &disk{writing: test.err}
			d.broken.Store(true)
			logs := &fixture.Logs{}
			s, err := open(path, log.NewLogfmtLogger(logs), prometheus.NewRegistry(), newJournal(path, d.open))
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				_ = s.Close()
				return
			}
			want := "storage: the file cannot be created: open " + path + ": " + test.want + createHint
			if s != nil || err == nil || err.Error() != want {
				t.Errorf("got %v, %v, want %s", s, err, want)
			}
			equal(t, "log", logs.String(), "")
		})
	}
}

const roleFull = "full disk"

// fillDisk puts states into a store whose file may not grow, and then into one
// that may again.
func fillDisk(s *Store) (exitCode int) {
	limit := func(size uint64) {
		var now syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &now); err != nil {
			panic(err)
		}
		now.Cur = min(size, now.Max)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &now); err != nil {
			panic(err)
		}
	}
	limit(100_000)
	n := 0
	for ; testutil.ToFloat64(s.errors) < 2; n++ {
		s.Put(testState(n))
		time.Sleep(100 * time.Microsecond)
	}
	limit(1 << 40)
	for s.unwritten() > 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // for the transaction that is under way
	tell(n)
	if err := s.Close(); err != nil {
		tell(err)
		return 1
	}
	return 0
}

func (s *Store) unwritten() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.dirty)
}

func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	cmd, out, stderr := startChild(t, roleFull, path)
	told, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, told, stderr.String())
	}
	var n int
	if _, err := fmt.Sscan(string(told), &n); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`level=info msg="storage opened" path=` + path + ` states=0`,
		`level=error path=` + path + ` ` + failsLine + ` err="write ` + path + `: file too large"`,
		`level=info path=` + path + ` msg="storage works again"`, "",
	}
	equal(t, "log", strings.Split(stderr.String(), "\n"), want)
	s := openTest(t, path, os.OpenFile)
	s.hasStates(t, 0, n)
	equal(t, "errors", s.errorCount(), 0)
}

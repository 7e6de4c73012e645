//go:build unix

package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func pipe(path string) error { return syscall.Mkfifo(path, 0o600) }

// TestOnlyRegularFilesAreOpened replaces the file while it is open, and the one of its
// lock before.
func TestOnlyRegularFilesAreOpened(t *testing.T) {
	linkTo := func(target string) func(string) error {
		return func(path string) error { return os.Symlink(target, path) }
	}
	for name, test := range map[string]struct {
		suffix string
		make   func(path string) error
	}{
		"pipe":           {"", pipe},
		"link to a pipe": {"", func(path string) error { return errors.Join(pipe(path+".pipe"), linkTo(path+".pipe")(path)) }},
		"device":         {"", linkTo("/dev/zero")},
		"lock, pipe":     {lockSuffix, pipe},
		"lock, device":   {lockSuffix, linkTo("/dev/null")},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "jobs.db")
			at := path + test.suffix
			replace := func() {
				if err := errors.Join(os.RemoveAll(at), test.make(at)); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Test(t, func(t *testing.T) {
				if test.suffix != "" {
					replace()
				}
				s := openTest(t, path, os.OpenFile)
				s.Put(testState(0))
				time.Sleep(time.Second)
				if test.suffix == "" {
					replace()
				}
				s.Put(testState(1))
				time.Sleep(time.Hour)
				s.hasLine(t, `level=error path=`+path+` `+failsLine+` err="open `+at+`: is not a regular file"`)
				equal(t, "lines", strings.Count(s.logs.String(), failsLine), 1)
				s.hasStates(t, 0, 2)

				if err := os.Remove(at); err != nil {
					t.Fatal(err)
				}
				time.Sleep(maxRetryDelay + batchDelay)
				s.hasLine(t, `level=info path=`+path+` msg="storage works again"`)
				s = s.restart(t)
				s.hasStates(t, 0, 2)
			})
		})
	}
}

// TestAPipeDoesNotHoldUpTheEnd has the real clock, as a read of a pipe would hang.
func TestAPipeDoesNotHoldUpTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := openTest(t, path, os.OpenFile)
	if err := errors.Join(os.Remove(path), pipe(path)); err != nil {
		t.Fatal(err)
	}
	s.Put(testState(0))
	equal(t, "error", fmt.Sprint(s.Close()), "storage: 1 states are not written: open "+path+": is not a regular file")
}

// TestNoOpenWaitsForAPipe is about one that takes the place of a file just before it is
// opened.
func TestNoOpenWaitsForAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	if err := pipe(path); err != nil {
		t.Fatal(err)
	}
	want := "open " + path + ": is not a regular file"
	j := newJournal(path, os.OpenFile)
	for _, flag := range []int{os.O_RDONLY, os.O_RDWR, os.O_RDWR | os.O_CREATE, os.O_WRONLY} {
		if f, err := j.openRegular(path, flag, 0o600); f != nil || fmt.Sprint(err) != want && !errors.Is(err, syscall.ENXIO) {
			t.Errorf("with the flags %#x: %v", flag, err)
		}
	}
}

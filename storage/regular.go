package storage

import (
	"errors"
	"io/fs"
	"os"
	"runtime"

	"github.com/gofrs/flock"
)

// errNotRegular is about pipes, devices and sockets that took the place of a file.
var errNotRegular = errors.New("is not a regular file")

// openRegular opens a file. It refuses anything else, and does not wait for it: to
// read a pipe would take until somebody writes to it.
func (j *journal) openRegular(path string, flag int, perm os.FileMode) (*os.File, error) {
	f, err := j.openFile(path, flag|openNonBlocking, perm)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, notRegular(path, err)
	}
	return f, nil
}

// newLock returns the lock of a file, whose own file is opened likewise.
func newLock(path string) *flock.Flock {
	flag := os.O_CREATE | os.O_RDONLY
	switch runtime.GOOS {
	case "aix", "solaris", "illumos": // lock only what may be written
		flag = os.O_CREATE | os.O_RDWR
	}
	return flock.New(path+lockSuffix, flock.SetFlag(flag|openNonBlocking))
}

// checkLock lets go of a lock that is not that of a file.
func (j *journal) checkLock() error {
	info, err := j.lock.Stat()
	if err == nil && info.Mode().IsRegular() {
		return nil
	}
	_ = j.lock.Unlock()
	return notRegular(j.lock.Path(), err)
}

// notRegular returns the error about an open file that could not be looked at, or is none.
func notRegular(path string, err error) error {
	if err != nil {
		return err
	}
	return &fs.PathError{Op: "open", Path: path, Err: errNotRegular}
}

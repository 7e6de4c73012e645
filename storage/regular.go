package storage

import (
	"os"
	"runtime"

	"github.com/gofrs/flock"

	"cloudjob_exporter/regular"
)

// openRegular opens a file. It refuses anything else, and does not wait for it: to
// read a pipe would take until somebody writes to it.
func (j *journal) openRegular(path string, flag int, perm os.FileMode) (*os.File, error) {
	f, err := j.openFile(path, flag|regular.NonBlocking, perm)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = regular.Check(path, info)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
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
	return flock.New(path+lockSuffix, flock.SetFlag(flag|regular.NonBlocking))
}

// checkLock lets go of a lock that is not that of a file.
func (j *journal) checkLock() error {
	info, err := j.lock.Stat()
	if err == nil {
		err = regular.Check(j.lock.Path(), info)
	}
	if err != nil {
		_ = j.lock.Unlock()
	}
	return err
}

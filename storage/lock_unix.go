//go:build unix && !aix && !solaris && !android

package storage

import (
	"os"
	"syscall"
	"time"
)

// lock takes the lock on a file that bbolt takes too, ahead of it: the file is
// read before bbolt may see it. bbolt's own call then finds the lock held by
// the same descriptor. It gives errInUse if another process keeps the lock for
// longer than patience.
func lock(f *os.File, patience time.Duration) error {
	for end := time.Now().Add(patience); ; time.Sleep(lockRetry) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EWOULDBLOCK {
			return err
		}
		if !time.Now().Before(end) {
			return errInUse
		}
	}
}

// unlock gives the lock back. To close the file is not enough where a mapping
// of it is left behind, since that keeps the file open.
func unlock(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

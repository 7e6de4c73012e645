package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
)

// The one bucket of the file names its owner and the version of its format.
const (
	bucketOwner   = "cloudjob_exporter v"
	formatVersion = 1
)

var bucketName = []byte(bucketOwner + strconv.Itoa(formatVersion))

// lockRetry is the time between two tries to get the lock.
const lockRetry = 50 * time.Millisecond

var errInUse = errors.New("another process uses this file; each exporter needs one of its own")

type opener func(path string, flag int, perm os.FileMode) (*os.File, error)

// file is the file of a store. It is open or not; it may be opened again.
type file struct {
	path     string
	openFile opener
	db       *bbolt.DB // nil unless open
	opened   *os.File  // what db writes to
	info     os.FileInfo
	read     bool // its content was read once, perhaps without opening it
}

// checkPlace checks that there may be a file at path.
func checkPlace(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("storage: %s is a directory; a file is needed", path)
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("storage: %s is not a regular file", path)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("storage: %s is not a directory", filepath.Dir(path))
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("storage: the directory of %s does not exist", path)
		}
	}
	return nil
}

// open opens the file, or makes it, and gives each record to visit. A file that
// cannot be used is moved aside, which aside is told after its records, if it
// had any, were visited. Without the right to write, the file is only read, once.
func (f *file) open(patience time.Duration, visit func(key, value []byte), aside func(to string, why error)) error {
	err := f.tryOpen(patience, visit, aside)
	if err != nil && !f.read && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)) {
		f.read = f.readOnly(visit) == nil
	}
	return err
}

func (f *file) tryOpen(patience time.Duration, visit func(key, value []byte), aside func(to string, why error)) error {
	opened, err := f.openLocked(patience)
	if err != nil {
		return err
	}
	info, err := check(opened, visit)
	if unusable, ok := errors.AsType[damage](err); ok {
		// Still under the lock: nobody else moves the file, or the one that follows it.
		to, renameErr := moveAside(f.path, time.Now())
		_ = opened.Close()
		if renameErr != nil {
			return fmt.Errorf("%w; it cannot be moved aside: %w", unusable, renameErr)
		}
		aside(to, unusable)
		return f.tryOpen(patience, visit, aside)
	}
	if err == nil {
		f.db, err = openDatabase(opened)
	}
	if err != nil {
		unlock(opened)
		_ = opened.Close()
		return err
	}
	f.opened, f.info, f.read = opened, info, true
	return nil
}

// openLocked opens the file and takes its lock. It sees to it that the file was
// not moved aside by the process that had the lock before.
func (f *file) openLocked(patience time.Duration) (*os.File, error) {
	for {
		opened, err := f.openFile(f.path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err = lock(opened, patience); err == nil {
			var mine, there os.FileInfo
			if mine, err = opened.Stat(); err == nil {
				there, err = os.Stat(f.path)
			}
			if err == nil && os.SameFile(mine, there) {
				return opened, nil
			}
		}
		_ = opened.Close()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("storage: %s: %w", f.path, err)
		}
	}
}

// readOnly gives each record to visit, of a file that cannot be written.
func (f *file) readOnly(visit func(key, value []byte)) error {
	opened, err := f.openFile(f.path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	info, err := opened.Stat()
	if err != nil {
		return err
	}
	return scan(opened, info.Size(), acceptBucket, visit)
}

// check reads a file before bbolt does. It empties one to which nothing was
// ever written, since the process that made it may have been killed over it.
func check(f *os.File, visit func(key, value []byte)) (os.FileInfo, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return info, err
	}
	first, ok, err := readMeta(f, 0)
	if err != nil {
		return nil, err
	}
	if ok && first.txid == 0 { // the first write makes it 2
		return info, f.Truncate(0)
	}
	return info, scan(f, info.Size(), acceptBucket, visit)
}

// acceptBucket tells from the name of a bucket whether the file is of this program.
func acceptBucket(name []byte) error {
	version, ours := strings.CutPrefix(string(name), bucketOwner)
	if !ours {
		return damaged("it is a bbolt database of another program")
	}
	if n, err := strconv.Atoi(version); err != nil || n != formatVersion {
		return damaged("its format has version %.20q, and this program knows version %d: a newer one wrote it",
			version, formatVersion)
	}
	return nil
}

func (f *file) isOpen() bool { return f.db != nil }

// gone tells whether the open file was removed or replaced by somebody.
func (f *file) gone() bool {
	if f.db == nil {
		return false
	}
	info, err := os.Stat(f.path)
	return errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(info, f.info)
}

// moveAside renames a file to a name that is not taken.
func moveAside(path string, now time.Time) (to string, err error) {
	base := path + ".corrupt-" + now.UTC().Format("20060102T150405Z")
	to = base
	for n := 2; ; n++ {
		// A rename replaces what has the name already, so the name is taken first.
		placeholder, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			_ = placeholder.Close()
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
		to = base + "-" + strconv.Itoa(n)
	}
	if err := os.Rename(path, to); err != nil {
		return "", errors.Join(err, os.Remove(to))
	}
	return to, nil
}

package storage

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gofrs/flock"
)

const (
	lockSuffix  = ".lock" // of an empty file that is locked, since compact replaces the other
	newSuffix   = ".new"  // of the file that compact writes
	lockTimeout = time.Second
	lockRetry   = 50 * time.Millisecond
)

// opener is os.OpenFile, or a disk that fails in a test.
type opener func(path string, flag int, perm os.FileMode) (*os.File, error)

// journal is a backend in a file to which records are appended.
type journal struct {
	path     string
	openFile opener
	lock     *flock.Flock
	file     *os.File // nil unless open
	size     int64    // of the file, as this process left it
	wasRead  bool     // at least once, perhaps without the right to write
}

func newJournal(path string, openFile opener) *journal {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // is what must be locked, and what a rename may replace
	}
	return &journal{path: path, openFile: openFile, lock: newLock(path)}
}

func (j *journal) open(visit func(record)) (contents, error) {
	j.closeFile()
	f, openErr := j.openLocked()
	if notPermitted(openErr) && !j.wasRead {
		f, _ = j.openRegular(j.path, os.O_RDONLY, 0)
	}
	if f == nil {
		return contents{}, openErr
	}
	c, err := readJournal(f, visit)
	j.file, j.size, j.wasRead = f, c.intact, err == nil
	return c, cmp.Or(openErr, err)
}

// openLocked opens the file. The lock is kept until the journal is closed; a
// process that has it may be about to end.
func (j *journal) openLocked() (*os.File, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lockTimeout)
	defer cancel()
	_, err := j.lock.TryLockContext(ctx, lockRetry)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, errInUse
	}
	if err != nil {
		return nil, err
	}
	if err := j.checkLock(); err != nil {
		return nil, err
	}
	return j.openRegular(j.path, os.O_RDWR|os.O_CREATE, 0o600)
}

func (j *journal) write(records []record) error {
	if err := j.check(); err != nil || len(records) == 0 {
		return err
	}
	var b []byte
	for _, r := range records {
		b = appendRecord(b, r)
	}
	_, err := j.file.WriteAt(b, j.size)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		// What is half written, or in the cache but perhaps not on the disk, must go.
		// If it cannot, the next write finds a file of another size.
		_ = j.file.Truncate(j.size)
		return err
	}
	j.size += int64(len(b))
	return nil
}

// check returns errReplaced if the file is not as this process left it.
func (j *journal) check() error {
	mine, err := j.file.Stat()
	if err != nil {
		return errReplaced
	}
	current, err := os.Stat(j.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (!os.SameFile(mine, current) || mine.Size() != j.size) {
		return errReplaced
	}
	return nil // if the path cannot be looked at, it counts whether the file can be written
}

func (j *journal) compact(records iter.Seq[record], keepOld bool) (oldName string, err error) {
	name := j.path + newSuffix
	_ = os.Remove(name) // of a process that was killed while it compacted
	f, err := j.openRegular(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	if info, err := j.file.Stat(); err == nil {
		_ = f.Chmod(info.Mode().Perm()) // somebody may have given more rights
	}
	size, err := writeAll(f, records)
	err = errors.Join(err, f.Close())
	if err == nil && keepOld {
		oldName, err = moveAside(j.path, time.Now())
	}
	if err == nil {
		err = os.Rename(name, j.path)
	}
	if err != nil {
		return oldName, errors.Join(err, os.Remove(name))
	}
	j.closeFile()
	j.size = size
	j.file, err = j.openRegular(j.path, os.O_RDWR, 0)
	return oldName, errors.Join(err, syncDir(j.path))
}

// writeAll writes and syncs a whole file.
func writeAll(f *os.File, records iter.Seq[record]) (size int64, err error) {
	w := bufio.NewWriterSize(f, 1<<20)
	n, err := w.WriteString(fileHeader)
	size = int64(n)
	var b []byte
	for r := range records {
		if err != nil {
			break
		}
		b = appendRecord(b[:0], r)
		n, err = w.Write(b)
		size += int64(n)
	}
	return size, errors.Join(err, w.Flush(), f.Sync())
}

// moveAside renames a file to a name that is not taken.
func moveAside(path string, now time.Time) (to string, err error) {
	base := path + ".corrupt-" + now.UTC().Format("20060102T150405Z")
	to = base
	for n := 2; ; n++ {
		_, err := os.Lstat(to)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return "", err
		}
		to = base + "-" + strconv.Itoa(n)
	}
	if err := os.Rename(path, to); err != nil {
		return "", err
	}
	return to, nil
}

// syncDir makes new names in the directory of path survive a crash.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func (j *journal) close() {
	j.closeFile()
	_ = j.lock.Unlock()
}

func (j *journal) closeFile() {
	if j.file != nil {
		_ = j.file.Close()
		j.file = nil
	}
}

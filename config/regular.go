package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"
)

// readPatience is how long a file may take to be read. A login waits for it, and so
// does the end of the program.
const readPatience = 3 * time.Second

// errNotRegular is about pipes, devices and sockets.
var errNotRegular = errors.New("is not a regular file")

// ReadRegular is os.ReadFile for files that others own: it refuses what is not a
// regular file, since a pipe would be waited for, reads at most limit bytes, and gives
// up after 3 s, for example on a mount that does not answer. While a read hangs, others
// of the same path fail without starting one of their own. A longer file is an error.
// All errors are of type *fs.PathError.
func ReadRegular(path string, limit int) ([]byte, error) {
	data, err := regular.read(path, limit+1)
	if err == nil && len(data) > limit {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("is larger than %d KiB", limit>>10)}
	}
	return data, err
}

// regular is one for the whole process: so are the mounts that may hang.
var regular = &regularReader{open: openRegular, reads: make(map[string]*pendingRead)}

// regularReader reads files, each path by one goroutine at a time.
type regularReader struct {
	open func(path string) (io.ReadCloser, error)

	mu    sync.Mutex
	reads map[string]*pendingRead // by path
}

// pendingRead is a read that has not come back.
type pendingRead struct {
	deadline time.Time
	done     chan struct{} // closed when it has
}

// read returns the first bytes of a file, at most most of them.
func (r *regularReader) read(path string, most int) ([]byte, error) {
	mine, err := r.claim(path)
	if err != nil {
		return nil, err
	}
	var data []byte
	var readErr error
	go func() {
		defer r.release(path, mine)
		data, readErr = r.readNow(path, most)
	}()
	if !mine.wait() {
		return nil, noAnswer(path)
	}
	return data, readErr
}

// claim makes the caller the only reader of a path. It waits for an earlier one as
// long as that one may take, and no longer: its outcome may be older than the file.
func (r *regularReader) claim(path string) (*pendingRead, error) {
	for {
		r.mu.Lock()
		earlier, busy := r.reads[path]
		if !busy {
			mine := &pendingRead{deadline: time.Now().Add(readPatience), done: make(chan struct{})}
			r.reads[path] = mine
			r.mu.Unlock()
			return mine, nil
		}
		r.mu.Unlock()
		if !earlier.wait() {
			return nil, noAnswer(path)
		}
	}
}

func (r *regularReader) release(path string, mine *pendingRead) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.reads, path)
	close(mine.done)
}

// wait reports whether the read came back in time.
func (p *pendingRead) wait() bool {
	timer := time.NewTimer(time.Until(p.deadline))
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
		return false
	}
}

func (r *regularReader) readNow(path string, most int) ([]byte, error) {
	f, err := r.open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(f, int64(most)))
}

// openRegular looks at the file before it opens it, since opening alone may start a
// device, and again afterwards, since another file may have taken its place: to open a
// pipe without a writer must not block then.
func openRegular(path string) (io.ReadCloser, error) {
	info, err := os.Stat(path)
	if err == nil {
		err = checkRegular(path, info)
	}
	if err != nil {
		return nil, asOpen(err)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|openNonBlocking, 0)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = checkRegular(path, info)
	}
	if err != nil {
		_ = f.Close()
		return nil, asOpen(err)
	}
	return f, nil
}

func checkRegular(path string, info fs.FileInfo) error {
	switch {
	case info.Mode().IsRegular():
		return nil
	case info.IsDir():
		return &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	}
	return &fs.PathError{Op: "open", Path: path, Err: errNotRegular}
}

// asOpen names the operation that the caller asked for.
func asOpen(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok && pathErr.Op == "stat" {
		pathErr.Op = "open"
	}
	return err
}

func noAnswer(path string) error {
	return &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("did not answer within %s", readPatience)}
}

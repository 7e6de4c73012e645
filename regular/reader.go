package regular

import (
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"
)

// patience is how long a file may take to be read. A login waits for it, and so does the
// end of the program.
const patience = 3 * time.Second

// process is the one reader of the whole process: so are the mounts that may hang.
var process = newReader(open)

func newReader(open func(path string) (io.ReadCloser, error)) *reader {
	return &reader{open: open, reads: make(map[string]*pendingRead)}
}

// reader reads files, each path by one goroutine at a time.
type reader struct {
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
func (r *reader) read(path string, most int) ([]byte, error) {
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
func (r *reader) claim(path string) (*pendingRead, error) {
	for {
		r.mu.Lock()
		earlier, busy := r.reads[path]
		if !busy {
			mine := &pendingRead{deadline: time.Now().Add(patience), done: make(chan struct{})}
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

func (r *reader) release(path string, mine *pendingRead) {
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

func (r *reader) readNow(path string, most int) ([]byte, error) {
	f, err := r.open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(f, int64(most)))
}

func noAnswer(path string) error {
	return &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("did not answer within %s", patience)}
}

package storage

import (
	"errors"
	"time"

	"github.com/go-kit/log/level"
)

const (
	batchDelay    = 200 * time.Millisecond // how long a write waits for more to write
	maxRetryDelay = time.Minute            // between attempts, while the file cannot be written
	maxBatch      = 10_000                 // records in one write
	minWaste      = 1000                   // replaced records before a compaction is worth it
)

// writer is what only the writer's goroutine touches, and open before it starts.
type writer struct {
	backend   backend
	attached  bool // the backend is open
	records   int  // in the file, including those that later ones replace
	failed    bool // the last access failed, and that was logged
	noCompact time.Time
}

// run writes what is put until the store is closed.
func (s *Store) run() {
	defer close(s.done)
	sweeps := time.NewTicker(sweepEvery)
	defer sweeps.Stop()
	delay := batchDelay
	for {
		select {
		case <-s.wake:
			select {
			case <-time.After(delay):
			case <-s.commits.now:
			case <-s.ctx.Done():
				continue
			}
			if s.flush() == nil {
				s.compact()
				delay = batchDelay
				continue
			}
			delay = min(max(2*delay, time.Second), maxRetryDelay)
			poke(s.wake)
		case <-s.sweep:
			s.dropUnused()
		case <-sweeps.C:
			s.dropUnused()
			poke(s.wake) // also looks whether the file is still there
		case <-s.ctx.Done():
			s.err = s.flush()
			s.writer.backend.close()
			return
		}
	}
}

// flush brings the file up to date.
func (s *Store) flush() error {
	waiters := s.waiting()
	err := s.update()
	if errors.Is(err, errReplaced) {
		_ = level.Warn(s.logger).Log("msg", "storage file removed or changed by someone else, rewriting it")
		s.writer.attached = false
		err = s.update()
	}
	s.report(err)
	s.answer(waiters, err)
	return err
}

func (s *Store) update() error {
	if !s.writer.attached {
		if err := s.attach(); err != nil {
			return err
		}
	}
	for {
		changes := s.takeDirty()
		if err := s.writer.backend.write(changes); err != nil {
			s.putBack(changes)
			return err
		}
		s.writer.records += len(changes)
		if len(changes) < maxBatch {
			return nil
		}
	}
}

// takeDirty returns what is to be written next. Deletions come last: that a job was seen
// unfinished is not forgotten before its final state is in the file.
func (s *Store) takeDirty() []record {
	s.mu.Lock()
	defer s.mu.Unlock()
	changes := make([]record, 0, min(len(s.dirty), maxBatch))
	for _, deleted := range []bool{false, true} {
		for key := range s.dirty {
			if len(changes) == maxBatch {
				return changes
			}
			value := s.entries[key]
			if (value == "") != deleted {
				continue
			}
			changes = append(changes, record{key, value})
			delete(s.dirty, key)
		}
	}
	return changes
}

// putBack notes that changes are still to be written.
func (s *Store) putBack(changes []record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range changes {
		s.dirty[r.key] = struct{}{}
	}
}

// compact makes the file smaller when more than half of it is waste. A failure
// does no harm but that the file goes on growing.
func (s *Store) compact() {
	live := s.live()
	if s.writer.records-live < live+minWaste || time.Now().Before(s.writer.noCompact) {
		return
	}
	if _, err := s.writer.backend.compact(s.all, false); err != nil {
		s.errors.Inc()
		_ = level.Error(s.logger).Log("msg", "compaction of the storage file failed, it keeps growing", "err", err)
		s.writer.noCompact = time.Now().Add(sweepEvery)
		return
	}
	s.writer.records = live
}

// report counts and logs how an access to the file went: what lasts is logged
// when it begins and when it ends.
func (s *Store) report(err error) {
	switch {
	case err != nil:
		s.errors.Inc()
		if !s.writer.failed {
			_ = level.Error(s.logger).Log("msg", "storage failed, keeping final states in memory only", "err", err)
		}
	case s.writer.failed:
		_ = level.Info(s.logger).Log("msg", "storage works again")
	}
	s.writer.failed = err != nil
}

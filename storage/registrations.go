package storage

import (
	"context"
	"errors"
	"sync/atomic"

	"cloudjob_exporter/job"
)

// kindRegistration is the kind of what is kept about a job that somebody registered. Its
// key is like that of a state; its value is JSON that package registration describes, to
// which fields may be added.
const kindRegistration = 'r'

var (
	errClosed = errors.New("the storage is closed")
	errSlow   = errors.New("the disk does not answer")
)

// commits is who waits until the file has what was put. The writer does not gather
// more for batchDelay then; whoever comes while it writes shares the next write.
type commits struct {
	now     chan struct{}  // of capacity 1: the writer is not to wait
	waiters []chan<- error // of capacity 1 each; guarded by Store.mu, as is failing
	failing error          // why nobody needs to wait: the file cannot be written now
	merges  atomic.Int64
}

// SetRegistration keeps a text about a registered job, in place of an earlier one. An
// empty text deletes it. Of two calls for the same job, the later one counts. What it
// returns waits until the text is in the file, and survives kill -9 and a power cut. It
// returns an error without waiting if the last write failed; the text is kept in memory
// all the same, and written when the file can be.
func (s *Store) SetRegistration(k job.Key, text string) (written func(context.Context) error) {
	key, ok := keyOf(kindRegistration, k)
	if !ok || (record{key, text}).size() > maxRecord {
		return func(context.Context) error { return errors.New("a registration that cannot be stored") }
	}
	done := make(chan error, 1)
	s.mu.Lock()
	s.set(key, text)
	failing := s.commits.failing
	if failing == nil {
		s.commits.waiters = append(s.commits.waiters, done)
	}
	s.mu.Unlock()
	if failing != nil {
		poke(s.wake)
		return func(context.Context) error { return failing }
	}
	poke(s.commits.now)
	poke(s.wake)
	return func(ctx context.Context) error { return s.await(ctx, done) }
}

// await waits for a write. Once somebody has waited in vain, nobody else does until
// the writer is back.
func (s *Store) await(ctx context.Context, written <-chan error) error {
	select {
	case err := <-written:
		return err
	case <-s.done:
		select {
		case err := <-written:
			return err
		default:
			return errClosed
		}
	case <-ctx.Done():
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.commits.failing = errSlow
	}
	return ctx.Err()
}

// waiting returns who waits for the write that begins now.
func (s *Store) waiting() []chan<- error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.commits.waiters
	s.commits.waiters = nil
	return all
}

// answer tells those who wait how their write went.
func (s *Store) answer(waiters []chan<- error, err error) {
	s.mu.Lock()
	s.commits.failing = err
	s.mu.Unlock()
	for _, done := range waiters {
		done <- err
	}
}

// Registrations yields the texts that SetRegistration was given, by job, in no order.
func (s *Store) Registrations(yield func(k job.Key, text string) bool) {
	for r := range s.all {
		k, ok := jobOf(r.key)
		if r.key[0] == kindRegistration && ok && !yield(k, r.value) {
			return
		}
	}
}

// registered returns how many registrations there are.
func (s *Store) registered() (n int) {
	for range s.Registrations {
		n++
	}
	return n
}

// Merges returns how often a file was taken in: there may be other Registrations then
// than before, if a disk that failed works again.
func (s *Store) Merges() int64 { return s.commits.merges.Load() }

// Package storage keeps the final states of jobs across restarts, and which jobs were
// seen unfinished, in one file.
//
// All that is known is in memory. A goroutine, the writer, follows with the
// file within a second; nobody else touches the file, and nobody waits for it:
//
//	Put ──> entries, dirty keys ──(writer, after 200 ms)──> backend: append, sync
//	Load <── entries <──(Open: merge)── backend: read the whole file once
//
// An entry is a key with its latest value. A key is dirty if the file may hold
// another value for it. A backend keeps entries on a disk as records, the latest
// of which counts; the one backend is the journal. To compact a journal is to
// write a new file without the records that later ones have replaced. A state is
// in use while its job is watched; one that was not in use for long is dropped.
//
// # The file
//
// A file begins with the line "cloudjob_exporter storage 1", where 1 is the
// version of the format. Records follow, the oldest first; numbers are
// big-endian:
//
//	4 bytes  the marker FF 43 4A FE, which is in no text: to find the next
//	         record after a damaged one
//	4 bytes  CRC-32C of all that follows
//	2 bytes  length of the key, at least 1
//	4 bytes  length of the value; none means that the key is deleted
//	the key, and the value
//
// The first byte of a key is the kind of the record. A kind never changes what
// its keys and values mean: that would be another kind. Records of a kind that a
// program does not know stay in the file as they are, through compactions, too.
//
// Kind "s" is a final state. Its key goes on with the provider, a zero byte and the job
// ID; its value is the last use, in seconds since 1970 (8 bytes), and the state in JSON,
// to which fields may be added.
//
// Kind "f" is a job that was seen unfinished and has no final state yet. Its key is like
// that of a state; its value is the last use, the time of the first answer that said so,
// in milliseconds since 1970 (8 bytes), the project, a zero byte and the API version.
package storage

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
)

// Store holds what is known of jobs. All its methods may be called at the same time,
// and none but Close waits for the disk.
type Store struct {
	logger log.Logger
	errors prometheus.Counter
	writer writer
	wake   chan struct{}
	sweep  chan struct{}
	ctx    context.Context // done when the store is closed
	cancel context.CancelFunc
	done   chan struct{} // the writer has ended
	err    error         // of the last write; set before done is closed

	mu      sync.Mutex // held for moments only, never over an access to the disk
	entries map[string]string
	dirty   map[string]struct{}
	inUse   iter.Seq[job.Key]
	shard   job.Shard // whose jobs are watched
	commits commits
}

// Open opens the file at path, or creates it, and reads what it holds. It
// returns an error if that cannot get better by itself: path is no place for a
// file, another process uses it, or there is no file and none may be created.
// Any other trouble with the file or the disk is logged and counted, and the
// store works in memory until it is over. A file that is damaged, or not of this
// program, is moved aside.
func Open(path string, logger log.Logger, reg prometheus.Registerer) (*Store, error) {
	return open(path, logger, reg, newJournal(path, os.OpenFile))
}

func open(path string, logger log.Logger, reg prometheus.Registerer, b backend) (*Store, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("storage: %s is not a regular file", path)
	}
	exists := err == nil
	s := &Store{
		logger: log.With(logger, "path", path),
		errors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cloudjob_exporter_storage_errors_total",
			Help: "Failed accesses to the storage file, files moved aside, and records that could not be read.",
		}),
		writer:  writer{backend: b},
		wake:    make(chan struct{}, 1),
		sweep:   make(chan struct{}, 1),
		done:    make(chan struct{}),
		entries: map[string]string{},
		dirty:   map[string]struct{}{},
		commits: commits{now: make(chan struct{}, 1)},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	err = s.attach()
	if errors.Is(err, errInUse) {
		return nil, fmt.Errorf("storage: %s: %w", path, err)
	}
	if isMisplaced(err) && !exists {
		b.close()
		return nil, fmt.Errorf("storage: the file cannot be created: %w; its directory must exist, and the exporter be allowed to create files in it", err)
	}
	if s.report(err); err == nil {
		_ = level.Info(logger).Log("msg", "storage opened", "path", path, "states", s.live()-s.registered())
	}
	poke(s.wake)
	reg.MustRegister(s.errors)
	go s.run()
	return s, nil
}

// Load returns what is stored of a job, with j as its job; ok only if it was stored for
// the same key, project and API version. It is the final state, or, while there is none,
// one in which nothing counts but FirstUnfinished. To ask counts as use.
func (s *Store) Load(j *job.Job) (st *job.State, ok bool) {
	if st, ok := s.loadFinal(j); ok {
		return st, true
	}
	return s.loadUnfinished(j)
}

func (s *Store) loadFinal(j *job.Job) (st *job.State, ok bool) {
	key, ok := stateKey(j.Key)
	if !ok {
		return nil, false
	}
	s.mu.Lock()
	value, ok := s.entries[key]
	s.mu.Unlock()
	if !ok {
		return nil, false
	}
	st, of, err := decodeState(value)
	if err != nil && s.drop(record{key, value}) {
		s.errors.Inc()
		_ = level.Error(s.logger).Log("msg", "dropped stored state that cannot be decoded", "provider", j.Provider, "job_id", j.ID, "err", err)
		poke(s.wake)
	}
	if err != nil || of.Project != j.Project || of.APIVersion != j.APIVersion {
		return nil, false
	}
	s.use(key, time.Now())
	st.Job = j
	return st, true
}

// Put remembers a final state, in place of an earlier one of the same key; of another
// state, when the job was first seen unfinished. Times are kept to the millisecond. It is
// in the file within a second.
func (s *Store) Put(st *job.State) {
	if !st.Final() {
		s.putUnfinished(st)
		return
	}
	key, ok := stateKey(st.Key)
	if !ok {
		return
	}
	value, err := encodeState(st, time.Now())
	if size := (record{key, value}).size(); err == nil && size > maxRecord {
		err = fmt.Errorf("it takes %d bytes of at most %d", size, maxRecord)
	}
	if err != nil {
		s.errors.Inc()
		_ = level.Error(s.logger).Log("msg", "state not stored", "provider", st.Provider, "job_id", st.ID, "err", err)
		return
	}
	s.mu.Lock()
	s.set(key, value)
	s.end(st.Job)
	s.mu.Unlock()
	poke(s.wake)
}

// Close writes what is not yet written. Its error says how much could not be.
// What is put later stays in memory.
func (s *Store) Close() error {
	s.cancel()
	<-s.done
	if s.err == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.dirty) == 0 {
		return nil
	}
	return fmt.Errorf("storage: %d states are not written: %w", len(s.dirty), s.err)
}

// set changes an entry under the lock. An empty value deletes it.
func (s *Store) set(key, value string) {
	if value == "" {
		delete(s.entries, key)
	} else {
		s.entries[key] = value
	}
	s.dirty[key] = struct{}{}
}

// live returns the number of entries.
func (s *Store) live() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}

// all yields the entries, each as it is when it is yielded, without the lock.
func (s *Store) all(yield func(record) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, value := range s.entries {
		s.mu.Unlock()
		more := yield(record{key, value})
		s.mu.Lock()
		if !more {
			return
		}
	}
}

// poke makes a channel of capacity 1 ready.
func poke(ch chan<- struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

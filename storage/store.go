// Package storage keeps the final states of jobs across restarts, in one file.
// What it knows is in memory; the file follows within a second, and is read
// only when it is opened.
package storage

import (
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

const (
	keepUnused = 30 * 24 * time.Hour // how long a state is kept at least that no job in use has
	useEvery   = 24 * time.Hour      // the last use is recorded no more often
	sweepEvery = time.Hour
)

// Store holds final states. All its methods may be called at the same time,
// and none but Close waits for the disk.
type Store struct {
	logger log.Logger
	errors prometheus.Counter
	file   file // of the writer
	failed bool // the last access to the file failed, and that was logged; of the writer
	wake   chan struct{}
	sweep  chan struct{}
	stop   func()
	closed chan struct{} // the store is being closed
	done   chan struct{} // the writer has ended
	err    error         // of the last write; set before done is closed

	mu      sync.Mutex // held for moments only, never over an access to the disk
	entries map[string]entry
	dirty   map[string]struct{} // keys whose record in the file may be another one
	inUse   iter.Seq[job.Key]
}

// Open opens the file at path, or makes it, and reads what it holds. It fails
// if path can never be right: its directory is missing, it is a directory or
// another process uses it. Any other trouble with the file or the disk is
// logged and counted, and the store works in memory until it is over; a file
// that is damaged, or not of this program, is moved aside.
func Open(path string, logger log.Logger, reg prometheus.Registerer) (*Store, error) {
	return open(path, logger, reg, os.OpenFile)
}

func open(path string, logger log.Logger, reg prometheus.Registerer, openFile opener) (*Store, error) {
	if err := checkPlace(path); err != nil {
		return nil, err
	}
	closed := make(chan struct{})
	s := &Store{
		logger: log.With(logger, "path", path),
		errors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cloudjob_exporter_storage_errors_total",
			Help: "Accesses to the storage file that failed, files that were moved aside, and records that could not be read.",
		}),
		file:    file{path: path, openFile: openFile},
		wake:    make(chan struct{}, 1),
		sweep:   make(chan struct{}, 1),
		stop:    sync.OnceFunc(func() { close(closed) }),
		closed:  closed,
		done:    make(chan struct{}),
		entries: map[string]entry{},
		dirty:   map[string]struct{}{},
	}
	err := s.attach(startPatience)
	if errors.Is(err, errInUse) {
		return nil, err
	}
	if s.report(err); err != nil || len(s.dirty) > 0 {
		poke(s.wake)
	}
	_ = level.Info(logger).Log("msg", "storage opened", "path", path, "states", len(s.entries))
	reg.MustRegister(s.errors)
	go s.write()
	return s, nil
}

// Final gives the stored final state of a job, with j as its job; ok only if it
// was stored for the same key, project and API version. To ask counts as use.
func (s *Store) Final(j *job.Job) (st *job.State, ok bool) {
	key, ok := keyOf(j.Key)
	if !ok {
		return nil, false
	}
	s.mu.Lock()
	e, ok := s.entries[key]
	s.mu.Unlock()
	if !ok {
		return nil, false
	}
	st, of, err := e.decode()
	if err != nil || of.Project != j.Project || of.APIVersion != j.APIVersion {
		return nil, false
	}
	s.use(key, time.Now())
	st.Job = j
	return st, true
}

// Put remembers a final state, in place of an earlier one of the same key.
// Times are kept to the millisecond. It is in the file within a second. A state
// that is not final is not remembered.
func (s *Store) Put(st *job.State) {
	key, ok := keyOf(st.Key)
	if !ok || !st.Final() {
		return
	}
	state, err := encodeState(st)
	if err != nil {
		s.errors.Inc()
		_ = level.Error(s.logger).Log("msg", "state not stored", "provider", st.Provider, "job_id", st.ID, "err", err)
		return
	}
	s.mu.Lock()
	s.entries[key] = entry{used: time.Now().Unix(), state: state}
	s.dirty[key] = struct{}{}
	s.mu.Unlock()
	poke(s.wake)
}

// InUse tells which jobs are in use. The sequence is kept in place of the one
// before, which costs nothing, and is read now and then from another goroutine,
// so it must be safe to read at any time; it may give what is in use at the
// time of reading. A state is dropped once its job was not in any sequence, nor
// asked for by Final, for 30 days, or up to a day later. Nothing is dropped
// before the first call.
func (s *Store) InUse(keys iter.Seq[job.Key]) {
	s.mu.Lock()
	first := s.inUse == nil
	s.inUse = keys
	s.mu.Unlock()
	if first {
		poke(s.sweep)
	}
}

// Close writes what is not yet written. Its error tells that something could
// not be. What is put later stays in memory.
func (s *Store) Close() error {
	s.stop()
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

// use records that a job was in use.
func (s *Store) use(key string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[key]
	if !ok || now.Sub(time.Unix(e.used, 0)) < useEvery {
		return
	}
	e.used = now.Unix()
	s.entries[key] = e
	s.dirty[key] = struct{}{}
	poke(s.wake)
}

// dropUnused records what is in use, and drops what was not for long.
func (s *Store) dropUnused() {
	s.mu.Lock()
	inUse := s.inUse
	s.mu.Unlock()
	if inUse == nil {
		return
	}
	now := time.Now()
	for k := range inUse {
		if key, ok := keyOf(k); ok {
			s.use(key, now)
		}
	}
	// The use that is recorded may be that much older than the last one.
	least := now.Add(-keepUnused - useEvery).Unix()
	dropped := 0
	s.mu.Lock()
	for key, e := range s.entries {
		if e.used < least {
			delete(s.entries, key)
			s.dirty[key] = struct{}{}
			dropped++
		}
	}
	s.mu.Unlock()
	if dropped > 0 {
		_ = level.Info(s.logger).Log("msg", "stored states dropped that were not in use for 30 days", "states", dropped)
		poke(s.wake)
	}
}

// poke makes a channel of capacity 1 ready.
func poke(ch chan<- struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

package storage

import (
	"iter"
	"time"

	"github.com/go-kit/log/level"

	"cloudjob_exporter/job"
)

const (
	keepUnused  = 30 * 24 * time.Hour // at least, for states of jobs that are not in use
	recordEvery = 24 * time.Hour      // the last use is recorded no more often
	sweepEvery  = time.Hour
)

// InUse sets which jobs are in use. The sequence is kept in place of the one
// before, which costs nothing, and is read now and then from another goroutine,
// so it must be safe to read at any time; it may yield what is in use at the
// time of reading. A state is dropped once its job was not in any sequence, nor
// asked for by Load, for 30 days, or up to a day later. Nothing is dropped
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

// use records that a job was in use.
func (s *Store) use(key string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.entries[key]
	if !ok || now.Sub(time.Unix(lastUse(value), 0)) < recordEvery {
		return
	}
	s.set(key, withLastUse(value, now.Unix()))
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
		for _, kind := range []byte{kindState, kindUnfinished} {
			if key, ok := keyOf(kind, k); ok {
				s.use(key, now)
			}
		}
	}
	// The use that is recorded may be that much older than the last one.
	oldest := now.Add(-keepUnused - recordEvery).Unix()
	dropped := 0
	for r := range s.all {
		if isOfJob(r.key) && lastUse(r.value) < oldest && s.drop(r) {
			dropped++
		}
	}
	if dropped > 0 {
		_ = level.Info(s.logger).Log("msg", "dropped stored states that were not in use for 30 days", "states", dropped)
		poke(s.wake)
	}
}

// drop deletes an entry, unless it has changed meanwhile.
func (s *Store) drop(r record) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries[r.key] != r.value {
		return false
	}
	s.set(r.key, "")
	return true
}

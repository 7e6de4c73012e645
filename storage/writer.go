package storage

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/go-kit/log/level"
)

const (
	gather        = 200 * time.Millisecond // how long a write waits for more to write
	mostPause     = time.Minute            // between tries, while the file cannot be written
	mostAtOnce    = 10_000                 // records in a transaction
	startPatience = time.Second            // for a process that is about to end
)

// write writes what is put until the store is closed. It is the only goroutine
// that touches the file.
func (s *Store) write() {
	defer close(s.done)
	// The file is mapped into memory. If the disk cannot give a page of it, or
	// somebody cut it off, that is a fault, and becomes an error by this.
	debug.SetPanicOnFault(true)
	sweeps := time.NewTicker(sweepEvery)
	defer sweeps.Stop()
	pause := gather
	for {
		select {
		case <-s.wake:
			if !s.sleep(pause) {
				continue
			}
			if s.flush() == nil {
				pause = gather
				continue
			}
			pause = min(max(2*pause, time.Second), mostPause)
			poke(s.wake)
		case <-s.sweep:
			s.dropUnused()
		case <-sweeps.C:
			s.dropUnused()
			poke(s.wake) // also looks whether the file is still there
		case <-s.closed:
			s.err = s.flush()
			s.file.close()
			return
		}
	}
}

// sleep waits; not to the end if the store is closed, and then it gives false.
func (s *Store) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.closed:
		return false
	}
}

// flush brings the file up to date.
func (s *Store) flush() error {
	err := s.update()
	s.report(err)
	return err
}

func (s *Store) update() error {
	if s.file.gone() {
		_ = level.Warn(s.logger).Log("msg", "storage file is gone, another one is made")
		s.file.close()
	}
	if !s.file.isOpen() {
		if err := s.attach(0); err != nil {
			return err
		}
	}
	for {
		changes := s.changes()
		if len(changes) == 0 {
			return nil
		}
		if err := s.file.write(changes); err != nil {
			s.putBack(changes)
			return err
		}
	}
}

// putBack notes that changes are still to be written.
func (s *Store) putBack(changes map[string][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range changes {
		s.dirty[key] = struct{}{}
	}
}

// changes takes what is to be written: the values by key, nil for those to delete.
func (s *Store) changes() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	changes := make(map[string][]byte, min(len(s.dirty), mostAtOnce))
	for key := range s.dirty {
		if len(changes) == mostAtOnce {
			break
		}
		changes[key] = nil
		if e, ok := s.entries[key]; ok {
			changes[key] = e.encode(key)
		}
		delete(s.dirty, key)
	}
	return changes
}

// attach opens the file and brings together what it holds and what is known.
// Each record has a checksum of its own, so what could be read of a file that
// was moved aside is kept as well.
func (s *Store) attach(patience time.Duration) error {
	now := time.Now().Unix()
	inFile, bad := map[string]entry{}, 0
	visit := func(key, value []byte) {
		e, err := decodeEntry(string(key), value)
		if err != nil {
			bad++
			_ = level.Debug(s.logger).Log("msg", "bad record", "key", fmt.Sprintf("%q", key), "err", err)
		}
		inFile[string(key)] = e // a bad one as the empty entry
	}
	aside := func(to string, why error) {
		s.errors.Inc()
		s.adopt(inFile, now)
		_ = level.Error(s.logger).Log("msg", "storage file cannot be used: moved aside, and begun anew",
			"moved_to", to, "err", why, "states_saved", len(inFile)-bad)
		clear(inFile)
		bad = 0
	}
	err := s.file.open(patience, visit, aside)
	if bad > 0 {
		s.errors.Add(float64(bad))
		_ = level.Error(s.logger).Log("msg", "stored states dropped that cannot be read", "states", bad)
	}
	s.adopt(inFile, now)
	if err == nil {
		s.compare(inFile)
	}
	return err
}

// adopt takes in what stands in the file and is not known.
func (s *Store) adopt(inFile map[string]entry, now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, e := range inFile {
		_, known := s.entries[key]
		_, dropped := s.dirty[key]
		if known || dropped || e == (entry{}) {
			continue
		}
		e.used = min(e.used, now) // a clock was wrong
		s.entries[key] = e
	}
}

// compare finds out what is to be written so that the file says what is known.
func (s *Store) compare(inFile map[string]entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.dirty)
	for key, e := range s.entries {
		if inFile[key] != e {
			s.dirty[key] = struct{}{}
		}
	}
	for key := range inFile {
		if _, known := s.entries[key]; !known {
			s.dirty[key] = struct{}{}
		}
	}
}

// report counts and logs how an access to the file went: what lasts is logged
// when it begins and when it ends.
func (s *Store) report(err error) {
	switch {
	case err != nil:
		s.errors.Inc()
		if !s.failed {
			_ = level.Error(s.logger).Log("msg", "storage fails, final states are kept in memory only until it works again", "err", err)
		}
	case s.failed:
		_ = level.Info(s.logger).Log("msg", "storage works again")
	}
	s.failed = err != nil
}

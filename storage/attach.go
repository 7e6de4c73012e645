package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"github.com/go-kit/log/level"
)

// attach opens the file, and takes in what it holds. Unless all that is known
// comes from this file, and it is intact, it is written anew.
func (s *Store) attach() error {
	stored := map[string]string{}
	found, err := s.writer.backend.open(func(r record) {
		if stored[r.key] = r.value; r.value == "" {
			delete(stored, r.key)
		}
	})
	s.errors.Add(float64(found.damaged))
	if found.torn {
		_ = level.Warn(s.logger).Log("msg", "dropped the last record of the storage file, its end is missing", "at_byte", found.intact)
	}
	isNew := s.merge(stored)
	if err == nil && (!isNew || !found.complete()) {
		err = s.rewrite(found, len(stored))
		found.records = s.live()
	}
	s.writer.attached, s.writer.records = err == nil, found.records
	return err
}

// merge takes in what a file holds and is not known. It reports whether nothing
// was known before.
func (s *Store) merge(stored map[string]string) (isNew bool) {
	isNew = s.live() == 0
	now, bad := time.Now().Unix(), 0
	for key, value := range stored {
		s.mu.Lock()
		_, known := s.entries[key]
		_, changed := s.dirty[key]
		switch {
		case known || changed:
		case !usable(record{key, value}):
			bad++
			s.set(key, "")
		case s.foreign(key):
			s.set(key, "")
		case isOfJob(key) && lastUse(value) > now: // a clock was wrong
			s.set(key, withLastUse(value, now))
		default:
			s.entries[key] = value
		}
		s.mu.Unlock()
	}
	s.commits.merges.Add(1)
	if bad > 0 {
		s.errors.Add(float64(bad))
		_ = level.Error(s.logger).Log("msg", "dropped stored states that cannot be decoded", "states", bad)
	}
	return isNew
}

// rewrite puts a new file with all that is known in place of the one that was
// opened. One that is not intact, or not ours, stays under another name.
func (s *Store) rewrite(found contents, saved int) error {
	oldName, err := s.writer.backend.compact(s.all, found.unusable != nil)
	if oldName != "" {
		s.errors.Inc()
		_ = level.Error(s.logger).Log("msg", "storage file unusable, moved aside and started anew",
			"moved_to", oldName, "err", found.unusable, "states_saved", saved)
	}
	if err != nil && found.unusable != nil {
		err = fmt.Errorf("%w; it cannot be moved aside: %w", found.unusable, err)
	}
	return err
}

// notPermitted reports whether an error is about rights.
func notPermitted(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// isMisplaced reports whether an error lasts until somebody changes the path or
// its directory, in contrast to those of a disk.
func isMisplaced(err error) bool {
	return notPermitted(err) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

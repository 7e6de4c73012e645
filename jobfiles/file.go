package jobfiles

import (
	"errors"
	"io/fs"
	"os"
	"reflect"
	"syscall"
	"time"

	"github.com/go-kit/log/level"

	"cloudjob_exporter/config"
)

const (
	// writeTime is how long a broken file counts as being written after its last
	// change. Until then it is neither reported nor counted. A file that a change of
	// the configuration breaks is reported at once.
	writeTime = time.Second
	// clockTick is how far apart two changes can be and still have the same time:
	// some file systems count seconds, FAT every other one.
	clockTick = 2 * time.Second
)

// file is what is known of a file.
type file struct {
	name string

	seen    fs.FileInfo // nil if it never was
	changed time.Time   // when it was last seen to be another than before; zero if it never was
	parsed  bool        // as it was seen, so that it need not be read again
	rules   *ruleset    // by which it was parsed

	good []config.Jobs // what it gave when it was last good
	jobs []config.Jobs // what it gives: all of good that is still allowed
	err  string        // why it is broken, as it was logged; empty if it is good
}

// unsettled is the time until the next file that is broken now is done being written.
// Zero is that there is none.
type unsettled time.Duration

func (u *unsettled) add(d time.Duration) {
	if *u == 0 || d < time.Duration(*u) {
		*u = unsettled(d)
	}
}

// refresh reads a file if that may tell something new.
func (s *Set) refresh(f *file, u *unsettled) (exists bool) {
	info, err := f.look()
	if absent(err) {
		return false
	}
	if f.parsed && (f.rules == s.rules || f.err == "" && len(s.rules.allowed(f.good)) == len(f.good)) {
		return true
	}
	jobs, readable, err := read(f.name, s.rules)
	if absent(err) {
		return false
	}
	f.rules = s.rules
	f.parsed = readable && info != nil && time.Since(info.ModTime()) >= clockTick
	if err == nil {
		f.good = jobs
	} else if rest := f.writing(); rest > 0 {
		u.add(rest)
		f.parsed = false
		s.give(f, s.rules.allowed(f.good))
		s.count(f)
		return true
	}
	s.conclude(f, err)
	return true
}

// look sees whether a file has changed.
func (f *file) look() (fs.FileInfo, error) {
	info, err := os.Stat(f.name)
	if err != nil {
		f.parsed = false
		return nil, err
	}
	if old := f.seen; old != nil && (!os.SameFile(old, info) || old.Size() != info.Size() ||
		old.Mode() != info.Mode() || !old.ModTime().Equal(info.ModTime())) {
		f.parsed, f.changed = false, time.Now()
	}
	f.seen = info
	return info, nil
}

// writing is for how long a file that is broken still counts as being written. It looks
// again, as the writing may have begun while the file was being read. The time of the
// file alone would not do: a moment passes between truncating a file and setting it,
// and the clock of a file server may be another one.
func (f *file) writing() time.Duration {
	_, _ = f.look() // of a file that cannot be seen, the last look counts
	rest := writeTime - time.Since(f.changed)
	if f.seen != nil {
		if age := time.Since(f.seen.ModTime()); age >= 0 {
			rest = max(rest, writeTime-age)
		}
	}
	return rest
}

// read parses a file. It is readable if its text was had, right or wrong.
func read(name string, rules Rules) (jobs []config.Jobs, readable bool, err error) {
	data, err := config.ReadFile(name)
	if err != nil {
		return nil, false, err
	}
	jobs, err = rules.ParseJobs(name, data)
	return jobs, true, err
}

// conclude makes err, or its absence, what is known of a file.
func (s *Set) conclude(f *file, err error) {
	wrong := ""
	if err != nil {
		wrong = err.Error()
	}
	changed := s.give(f, s.rules.allowed(f.good))
	before := f.err
	f.err = wrong
	s.count(f)
	switch wrong {
	case before:
	case "":
		if changed {
			c := s.changes[f.name]
			c.Mended = true
			s.changes[f.name] = c
		}
		_ = level.Info(s.logger).Log("msg", "job file is good again", "file", f.name, "jobs", count(f.jobs))
	default:
		_ = level.Error(s.logger).Log("msg", "job file is broken", "file", f.name, "jobs_kept", count(f.jobs), "err", wrong)
	}
}

// count shows in the metric whether a file is broken.
func (s *Set) count(f *file) {
	broken := 0.0
	if f.err != "" {
		broken = 1
	}
	s.errors.WithLabelValues(label(f.name)).Set(broken)
}

// give makes jobs what a file gives. It reports whether that changed.
func (s *Set) give(f *file, jobs []config.Jobs) (changed bool) {
	if len(jobs) == len(f.jobs) && (len(jobs) == 0 || reflect.DeepEqual(jobs, f.jobs)) {
		return false
	}
	c, pending := s.changes[f.name]
	if !pending {
		c = Change{Name: f.name, Before: f.jobs}
	}
	c.After, c.Mended = jobs, false
	s.changes[f.name] = c
	f.jobs = jobs
	return true
}

func count(groups []config.Jobs) int {
	n := 0
	for _, g := range groups {
		n += len(g.IDs)
	}
	return n
}

// absent reports whether err says that there is no file. A link to nothing is none.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

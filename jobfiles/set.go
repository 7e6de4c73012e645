// Package jobfiles reads the files that hold more jobs than the configuration lists,
// and notices when they change.
package jobfiles

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/config"
)

// Rules are what a configuration says about jobs: *config.Config.
type Rules interface {
	// ParseJobs reads the text of a job file.
	ParseJobs(name string, data []byte) ([]config.Jobs, error)
	// Allows reports whether a group that another configuration allowed still is.
	Allows(g config.Jobs) bool
}

// ruleset is the rules in force, each time they are set another one.
type ruleset struct{ Rules }

// allowed returns the groups that are valid: the same slice if all are.
func (r *ruleset) allowed(groups []config.Jobs) []config.Jobs {
	forbidden := func(g config.Jobs) bool { return r.Rules == nil || !r.Allows(g) }
	if !slices.ContainsFunc(groups, forbidden) {
		return groups
	}
	return slices.DeleteFunc(slices.Clone(groups), forbidden)
}

// Change is that a job file names other jobs than before. Neither list is written to.
type Change struct {
	Name          string
	Before, After []config.Jobs
	Mended        bool // it was broken before, and the log says that it is good again
}

// Set is the job files that patterns name. Its methods may be called at the same time,
// but Run only once.
type Set struct {
	logger log.Logger
	errors *prometheus.GaugeVec
	open   func() (source, error)
	search *searcher
	used   chan struct{} // tells Run that patterns or rules may be others

	using sync.Mutex // one Use at a time

	mu       sync.Mutex // not held while folders are searched
	patterns []string
	rules    *ruleset
	files    map[string]*file
	uses     int               // calls of Use
	changes  map[string]Change // since the last call of Changes, by file
}

// New makes a set without files. The metric cloudjob_exporter_job_file_errors is
// registered with reg.
func New(logger log.Logger, reg prometheus.Registerer) *Set {
	s := &Set{
		logger: logger,
		errors: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "cloudjob_exporter_job_file_errors",
			Help: "1 while a job file cannot be read or is broken, else 0.",
		}, []string{"file"}),
		open:    openNotifier,
		search:  newSearcher(),
		used:    make(chan struct{}, 1),
		rules:   &ruleset{},
		files:   make(map[string]*file),
		changes: make(map[string]Change),
	}
	reg.MustRegister(s.errors)
	return s
}

// Use reads the files that match the patterns now, by rules that may be others. A file
// that is broken gives what it gave when it was last good, as far as the rules still
// allow it, and so does one on a mount that does not answer. Files that have not changed
// are not read. Patterns and rules stay in force for Run.
func (s *Set) Use(patterns []string, rules Rules) {
	s.using.Lock()
	defer s.using.Unlock()
	found, err := s.search.find(patterns)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.patterns, s.rules = slices.Clone(patterns), &ruleset{rules}
	s.uses++
	if err == nil {
		s.scan(found, false)
	} else {
		s.keep(err)
	}
	select {
	case s.used <- struct{}{}:
	default:
	}
}

// Changes returns what has changed since it was last called, ordered by file name. It
// reads nothing.
func (s *Set) Changes() []Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Change
	for _, name := range slices.Sorted(maps.Keys(s.changes)) {
		all = append(all, s.changes[name])
	}
	clear(s.changes)
	return all
}

// Count returns how many files give jobs, and how many jobs.
func (s *Set) Count() (files, jobs int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if n := count(f.jobs); n > 0 {
			files, jobs = files+1, jobs+n
		}
	}
	return files, jobs
}

// Run watches the files until ctx is done. It calls changed, never concurrently, when
// there are Changes: a file appeared, changed, went or was mended. Changes and Use may
// be called from changed.
func (s *Set) Run(ctx context.Context, changed func()) {
	r := runner{set: s, changed: changed}
	defer r.close()
	r.run(ctx)
}

// scan brings all that is known of files up to what found says. If full, also files
// that seem not to have changed are read.
func (s *Set) scan(found *search, full bool) (u unsettled) {
	s.keepHidden(found)
	for _, name := range slices.Sorted(maps.Keys(found.files)) {
		unlistable := found.files[name]
		f, known := s.files[name]
		if !known {
			f = &file{name: name}
		}
		if full {
			f.parsed = false
		}
		exists := true
		if unlistable != nil {
			s.conclude(f, unlistable)
		} else {
			exists = s.refresh(f, &u)
		}
		switch {
		case exists:
			s.files[name] = f
		case known:
			s.forget(f)
		}
	}
	for name, f := range s.files {
		if _, ok := found.files[name]; !ok {
			s.forget(f)
		}
	}
	return u
}

// keepHidden adds to found the known files of folders that cannot be listed: they are
// not known to be gone.
func (s *Set) keepHidden(found *search) {
	for folder, err := range found.files {
		if err == nil {
			continue
		}
		for name := range s.files {
			if _, ok := found.files[name]; !ok && under(folder, name) && matchesAny(s.patterns, name) {
				found.files[name] = nil
			}
		}
	}
}

// forget takes away a file that is gone, and its jobs.
func (s *Set) forget(f *file) {
	s.give(f, nil)
	delete(s.files, f.name)
	s.errors.DeleteLabelValues(label(f.name))
}

// label is the name of a file as UTF-8, which file names need not be.
func label(name string) string { return strings.ToValidUTF8(name, "\uFFFD") }

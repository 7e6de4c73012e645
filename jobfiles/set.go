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

// Parse reads the text of a job file. It is Config.ParseJobs of the configuration in
// force: whether a group that was valid once still is may depend on its provider,
// project and API version only.
type Parse func(name string, data []byte) ([]config.Jobs, error)

// File is a job file, and what it gives.
type File struct {
	Name string
	Jobs []config.Jobs // never empty, never written to
}

// Set is the job files that patterns name. Its methods may be called at the same time,
// but Run only once.
type Set struct {
	logger log.Logger
	errors *prometheus.GaugeVec
	open   func() (source, error)
	search *searcher
	loaded chan struct{} // tells Run that patterns or parse may be others

	loading sync.Mutex // one Load at a time

	mu       sync.Mutex // not held while folders are searched
	patterns []string
	rules    *rules
	files    map[string]*file
	loads    int  // calls of Load
	changed  bool // since the last Load, or the last call of Run's callback
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
		open:   openNotifier,
		search: newSearcher(),
		loaded: make(chan struct{}, 1),
		rules:  newRules(func(string, []byte) ([]config.Jobs, error) { return nil, nil }),
		files:  make(map[string]*file),
	}
	reg.MustRegister(s.errors)
	return s
}

// Load reads the files that match the patterns now and gives their jobs, ordered by
// file name; files without jobs are left out. A file that is broken gives what it gave
// when it was last good, as far as parse still allows it. So does one on a mount that
// does not answer. Files that have not changed are not read. Patterns and parse stay in force for Run.
func (s *Set) Load(patterns []string, parse Parse) []File {
	s.loading.Lock()
	defer s.loading.Unlock()
	found, err := s.search.find(patterns)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.patterns, s.rules = slices.Clone(patterns), newRules(parse)
	s.loads++
	if err == nil {
		s.scan(found, false)
	} else {
		s.keep(err)
	}
	s.changed = false
	select {
	case s.loaded <- struct{}{}:
	default:
	}

	var files []File
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		if jobs := s.files[name].jobs; len(jobs) > 0 {
			files = append(files, File{Name: name, Jobs: jobs})
		}
	}
	return files
}

// Run watches the files until ctx is done. It calls changed, never concurrently, when
// Load would give something else than it last did: a file appeared, changed, went or
// was mended. Load may be called from changed.
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

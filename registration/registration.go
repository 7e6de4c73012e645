// Package registration is a source of jobs: those that pipelines register over HTTP.
//
// A registration is an entry, by the key of its job. The poller gets what has changed
// about the entries that can be watched; one whose project is not configured waits for
// that. An entry is let go some time (the retention) after its job has ended, or was
// last heard of:
//
//	Put ──> entry ──(Changes)──> poller
//	          │ <──(sweep: state)── poller
//	          ├──> Store, which the answer waits for
//	          └──> let go: Delete, or its retention is over
package registration

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

// Store keeps a text for each registration across restarts.
type Store interface {
	// SetRegistration keeps a text, or deletes it if it is empty. What it returns
	// waits until that survives a crash; it returns an error if it does not yet.
	SetRegistration(k job.Key, text string) (written func(context.Context) error)
	// Registrations yields the texts that are kept. Their number grows by itself only
	// when Merges does: a disk that could not be read is back.
	Registrations(yield func(k job.Key, text string) bool)
	Merges() int64
}

// Poller is what a Set needs to know of the jobs that are watched.
type Poller interface {
	State(k job.Key) (s *job.State, ok bool)
	Claimed(k job.Key) (by poller.Source, j *job.Job, ok bool)
	Shard() job.Shard // of the jobs that are watched: others are ignored
}

var source = poller.Source{Rank: poller.Registration, Name: "registration"}

// Set is all jobs that are registered. Its methods may be called at the same time.
type Set struct {
	logger  log.Logger
	poller  Poller
	store   Store // nil: registrations end with the process
	changed func()
	began   time.Time
	quota   quota

	mu      sync.Mutex // held for moments, never over a wait for the disk
	config  *config.Config
	entries map[job.Key]*entry
	pending map[job.Key]struct{} // about which something may have changed since Changes
	handed  map[job.Key]*job.Job // out as watched
	merges  int64                // of the store, when it was last read
}

// entry is one registration.
type entry struct {
	record
	since time.Time // from which its retention counts, as far as is known
}

// New makes a set with what the store holds, which may be nil. It calls changed when
// there are Changes, from any goroutine.
func New(logger log.Logger, reg prometheus.Registerer, store Store, p Poller, changed func()) *Set {
	s := &Set{
		logger: logger, poller: p, store: store, changed: changed, began: time.Now(),
		config:  &config.Config{},
		entries: map[job.Key]*entry{}, pending: map[job.Key]struct{}{}, handed: map[job.Key]*job.Job{},
		merges: -1,
	}
	s.restore()
	reg.MustRegister(collector{s})
	return s
}

// Use puts another configuration in force. Registrations that it does not allow are
// kept, and not watched.
func (s *Set) Use(c *config.Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config = c
	for k := range s.entries {
		s.pending[k] = struct{}{}
	}
}

// Changes returns which jobs are to be watched since it was last called, and which no
// longer are.
func (s *Set) Changes() []poller.Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := poller.Change{Source: source}
	for k := range s.pending {
		before, now := s.handed[k], s.wanted(k)
		switch {
		case now == nil && before != nil:
			c.Remove = append(c.Remove, k)
			delete(s.handed, k)
		case now != nil && (before == nil || elsewhere(before, now) || before.StuckAfter != now.StuckAfter):
			c.Add = append(c.Add, now)
			s.handed[k] = now
		}
	}
	clear(s.pending)
	if len(c.Add)+len(c.Remove) == 0 {
		return nil
	}
	return []poller.Change{c}
}

// wanted returns the job of a registration as it is to be watched; nil if it is not.
func (s *Set) wanted(k job.Key) *job.Job {
	e := s.entries[k]
	if e == nil || !s.config.Allows(config.Jobs{Provider: k.Provider, Project: e.Project, APIVersion: e.APIVersion}) {
		return nil
	}
	stuckAfter := e.stuckAfter()
	if stuckAfter == 0 {
		stuckAfter = s.config.Registration.StuckAfter
	}
	j, err := provider.NewJob(k.Provider, e.APIVersion, e.Project, k.ID, stuckAfter)
	if err != nil {
		return nil // of a version that knew more providers
	}
	return j
}

// elsewhere reports whether two jobs of one key are asked for in different places.
func elsewhere(a, b *job.Job) bool { return a.Project != b.Project || a.APIVersion != b.APIVersion }

// count returns how many jobs of this shard are registered for each configured project.
func (s *Set) count() iter.Seq2[string, int] {
	s.mu.Lock()
	defer s.mu.Unlock()
	jobs := make(map[string]int, len(s.config.Projects))
	for k, e := range s.entries {
		if s.poller.Shard().Owns(k) {
			jobs[e.Project]++
		}
	}
	projects := s.config.Projects
	return func(yield func(string, int) bool) {
		for i := range projects {
			if name := projects[i].Name; !yield(name, jobs[name]) {
				return
			}
		}
	}
}

// Package discovery is a source of jobs: those that a list API shows.
//
// Each entry under discover is a task of the poller, which runs a listing at intervals,
// and has a find: the IDs that are to be watched because of it.
//
//	list API ──(page by page)──> listing ──(Answered)──> poller, about jobs of any source
//	                               │
//	                               └──(at its end)──> find ──(Changes)──> poller
//
// A job stays in a find when the list no longer shows it, until it has been over for long
// enough. Where a list shows resources and not jobs, only the poller can tell whether a job
// of that ID exists; until it does, the job is in doubt.
package discovery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

// Set is what all entries under discover have found. Its methods may be called
// at the same time.
type Set struct {
	logger  log.Logger
	poller  Poller
	changed func()

	errors *prometheus.CounterVec
	jobs   *prometheus.GaugeVec

	mu      sync.Mutex
	finds   map[string]*find // by task name
	dropped []*find          // that have no entry any more, and whose jobs are still handed out
	made    int              // finds, ever
}

// find is what one entry has found.
type find struct {
	config.Discover
	source  poller.Source
	ids     []string            // the newest first, those of other shards among them
	handed  map[string]*job.Job // out as watched, by ID
	fresh   []poller.Answer     // about jobs that are not handed out yet
	doubts  map[string]doubt    // about jobs for which only a resource speaks
	changed bool                // since then
	failing string              // what was logged last, in short; empty if the last listing succeeded
}

// New makes an empty set. It calls changed when a listing found other jobs than the one
// before: then there are Changes.
func New(logger log.Logger, reg prometheus.Registerer, p Poller, changed func()) *Set {
	s := &Set{
		logger: logger, poller: p, changed: changed, finds: map[string]*find{},
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cloudjob_exporter_discovery_errors_total",
			Help: "Listings that failed, or that showed more jobs than max_jobs.",
		}, []string{"project"}),
		jobs: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "cloudjob_exporter_discovered_jobs",
			Help: "Jobs of this shard that are watched because a listing showed them.",
		}, []string{"project"}),
	}
	reg.MustRegister(s.errors, s.jobs)
	return s
}

// Use returns the listings of a configuration, for the poller to run. What an entry
// found that has not changed is kept, as long as its project has the same ID and the
// same endpoint.
func (s *Set) Use(c *config.Config, projects map[string]provider.Reader) []poller.Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	finds := make(map[string]*find, len(c.Discover))
	var tasks []poller.Task
	for _, d := range c.Discover {
		// A project of the same name may have become another one.
		p := c.Project(d.Project)
		name := fmt.Sprintf("%s/%s/%s/%s/%s/%v/%q",
			d.Project, p.ProjectID, p.Endpoint(d.Provider), d.Provider, d.APIVersion, slices.Sorted(slices.Values(d.Statuses)), slices.Sorted(slices.Values(d.JobTypes)))
		f, ok := s.finds[name]
		if !ok {
			s.made++
			f = &find{handed: map[string]*job.Job{}, doubts: map[string]doubt{}, source: poller.Source{
				Rank: poller.Discovery, Order: s.made, Name: fmt.Sprintf("discovery of %s in project %s", d.Provider, d.Project),
			}}
		}
		f.changed = f.changed || f.StuckAfter != d.StuckAfter
		f.Discover = d
		finds[name] = f
		s.errors.WithLabelValues(d.Project)
		project := projects[d.Project]
		tasks = append(tasks, poller.Task{
			Name: name, Project: d.Project, Provider: d.Provider, Interval: d.Interval,
			Run: func(ctx context.Context, turn func() error) error { return s.list(ctx, name, d, project, turn) },
		})
	}
	s.forget(finds)
	s.finds = finds
	s.count()
	return tasks
}

// forget drops the finds that have no entry any more, and the metrics of projects that
// have none.
func (s *Set) forget(finds map[string]*find) {
	left := map[string]bool{}
	for _, f := range finds {
		left[f.Project] = true
	}
	for name, f := range s.finds {
		if finds[name] == nil {
			f.ids = nil
			s.dropped = append(s.dropped, f)
		}
		if !left[f.Project] {
			s.errors.DeleteLabelValues(f.Project)
		}
	}
}

// Changes returns which jobs are to be watched since it was last called, and which no
// longer are.
func (s *Set) Changes() []poller.Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []poller.Change
	for _, f := range s.dropped {
		all = append(all, f.change())
	}
	s.dropped = nil
	for _, f := range s.finds {
		if f.changed {
			all = append(all, f.change())
		}
	}
	return all
}

// change hands out what a find has found.
func (f *find) change() poller.Change {
	c := poller.Change{Source: f.source, Answers: f.fresh}
	api, _ := provider.Find(f.Provider, f.APIVersion)
	found := make(map[string]bool, len(f.ids))
	for _, id := range f.ids {
		found[id] = true
		if old := f.handed[id]; old != nil && old.StuckAfter == f.StuckAfter {
			continue
		}
		j, err := provider.NewJob(f.Provider, f.APIVersion, f.Project, id, f.StuckAfter)
		if err != nil {
			continue // the listing has left out what is no job
		}
		j.Tentative = api.List.Resources != nil
		f.handed[id] = j
		c.Add = append(c.Add, j)
	}
	for id, j := range f.handed {
		if !found[id] {
			delete(f.handed, id)
			c.Remove = append(c.Remove, j.Key)
		}
	}
	f.changed, f.fresh = false, nil
	return c
}

// list makes one listing. What its pages show counts, though it may fail after them.
func (s *Set) list(ctx context.Context, name string, d config.Discover, project provider.Reader, turn func() error) error {
	api, ok := provider.Find(d.Provider, d.APIVersion)
	if !ok || api.List == nil {
		return fmt.Errorf("%s %s has no list API", d.Provider, d.APIVersion)
	}
	l := &listing{Discover: d, name: name, resources: api.List.Resources != nil, since: time.Now().Add(-d.Since), shown: map[string]poller.Answer{}}
	err := project.List(ctx, api, l.since, turn, func(asked time.Time, jobs []provider.Listed) {
		s.poller.Answered(l.page(asked, jobs))
	})
	s.found(l, err == nil)
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, poller.ErrPutOff) { // which are no failure
		s.failed(name, err)
	}
	return err
}

// found takes in a listing.
func (s *Set) found(l *listing, complete bool) {
	s.mu.Lock()
	f, ok := s.finds[l.name]
	if !ok { // no longer configured, or now of another project
		s.mu.Unlock()
		return
	}
	if l.resources {
		s.doubt(f, l, complete)
	}
	ids := s.stillFound(f, l, complete)
	if len(ids) > l.MaxJobs {
		ids = ids[:l.MaxJobs]
		if complete {
			s.failLocked(f, "max_jobs", fmt.Sprintf("more than %d jobs; only the newest are watched (max_jobs)", l.MaxJobs))
		}
	} else if complete && f.failing != "" {
		f.failing = ""
		_ = level.Info(s.about(f)).Log("msg", "discovery succeeds again")
	}
	changed := !slices.Equal(f.ids, ids)
	f.ids, f.changed, f.fresh = ids, f.changed || changed, nil
	for _, id := range ids {
		if a, ok := l.shown[id]; ok && f.handed[id] == nil && !l.resources {
			f.fresh = append(f.fresh, a)
		}
	}
	s.count()
	s.mu.Unlock()
	if changed {
		s.changed()
	}
}

// stillFound returns the jobs that are found after a listing, the newest first: those that
// it showed, and those that were found before and stay. max_jobs counts the jobs of all
// shards, so that these watch together what one exporter would; of jobs that the listing
// no longer shows, those of other shards are not known here.
func (s *Set) stillFound(f *find, l *listing, complete bool) []string {
	ids, begins := slices.Clone(l.order), make(map[string]time.Time, len(l.order))
	for _, id := range l.order {
		begins[id] = l.shown[id].Report.Begin
	}
	for _, id := range f.ids {
		if _, shown := l.shown[id]; shown {
			continue
		}
		state, ok := s.poller.State(job.Key{Provider: l.Provider, ID: id})
		if ok {
			begins[id] = state.Begin
			ok = stays(state, l.Since, complete)
		} else {
			ok = !complete
		}
		if ok {
			ids = append(ids, id)
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int { return begins[b].Compare(begins[a]) })
	return ids
}

// minKept is how long a job is watched at least after its end: as long as an alert
// about its failure lasts.
const minKept = 24 * time.Hour

// stays reports whether a job that was found before is still watched though the listing
// does not show it, which may be because it began too long ago: until it has ended, and
// then for as long as a new one would be shown, but at least for minKept. Of one that the
// cloud does not know, a listing that failed proves nothing.
func stays(s *job.State, since time.Duration, complete bool) bool {
	if s.Final() {
		return time.Since(s.OverSince()) < max(since, minKept)
	}
	return !s.Missing || !complete
}

func (s *Set) failed(name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.finds[name]; ok {
		failure := job.AsFailure(err)
		// The text may have the number of a request.
		s.failLocked(f, string(failure.Reason)+" "+failure.Code, err.Error())
	}
}

// failLocked counts a failure, and logs it if it is one of another kind.
func (s *Set) failLocked(f *find, short, text string) {
	s.errors.WithLabelValues(f.Project).Inc()
	if f.failing != short {
		_ = level.Warn(s.about(f)).Log("msg", "discovery failed", "err", text)
	}
	f.failing = short
}

func (s *Set) about(f *find) log.Logger {
	about := log.With(s.logger, "provider", f.Provider, "project", f.Project)
	if f.APIVersion != "" {
		about = log.With(about, "api_version", f.APIVersion)
	}
	return about
}

// count sets the gauge for each project that has entries.
func (s *Set) count() {
	jobs, shard := map[string]int{}, s.poller.Shard()
	for _, f := range s.finds {
		jobs[f.Project] += f.count(shard)
	}
	s.jobs.Reset()
	for _, project := range slices.Sorted(maps.Keys(jobs)) {
		s.jobs.WithLabelValues(project).Set(float64(jobs[project]))
	}
}

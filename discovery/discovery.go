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
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/go-kit/log"
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

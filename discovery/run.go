package discovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

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

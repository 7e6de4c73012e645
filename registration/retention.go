package registration

import (
	"context"
	"time"

	"cloudjob_exporter/job"
)

const (
	longestSweep = time.Minute // between two sweeps, at most
	// settling is how long after a start no unfinished job is let go, so that one that
	// was registered long ago, and never polled since, is asked for at least once.
	settling = time.Hour
)

// Run lets go of the registrations whose retention is over, until ctx is done.
func (s *Set) Run(ctx context.Context) {
	timer := time.NewTimer(s.period())
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			s.restore()
			s.sweep(time.Now())
			s.logMore()
			timer.Reset(s.period())
		case <-ctx.Done():
			return
		}
	}
}

// period is how long it is to the next sweep.
func (s *Set) period() time.Duration {
	return min(max(s.inForce().Registration.Retention/10, time.Second), longestSweep)
}

// sweep lets go of the registrations whose retention is over. Also restored ones may
// have to be handed out.
func (s *Set) sweep(now time.Time) {
	s.mu.Lock()
	keys := make([]job.Key, 0, len(s.entries))
	for k := range s.entries {
		keys = append(keys, k)
	}
	pending := len(s.pending) > 0
	s.mu.Unlock()
	var over []job.Key
	for _, k := range keys {
		state, _ := s.poller.State(k)
		if project, ok := s.visit(k, state, now); ok {
			over = append(over, k)
			s.logOver(k, project, len(over))
		}
	}
	s.logMoreOver(len(over))
	if pending || len(over) > 0 {
		s.changed()
	}
}

// visit takes in what is known of a job, nil if it is not watched, and lets go of it if
// its retention is over.
func (s *Set) visit(k job.Key, state *job.State, now time.Time) (project string, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[k]
	if e == nil {
		return "", false // deleted meanwhile
	}
	if state != nil && (state.Project != e.Project || state.APIVersion != e.APIVersion) {
		state = nil // another source counts more
	}
	heard := state != nil && !state.LastSuccess.IsZero()
	if heard && !e.Found {
		e.Found = true
		s.save(k, e) // nobody waits for it
	}
	kept := s.config.Registration.Retention
	until := e.since.Add(kept)
	switch {
	case heard && state.Final():
		until = later(state.LastSuccess, e.registered()).Add(kept)
	case heard && !state.Missing:
		e.since = now
		return "", false
	default:
		until = later(until, s.began.Add(min(kept, settling)))
	}
	if now.Before(until) {
		return "", false
	}
	s.remove(k)
	return e.Project, true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

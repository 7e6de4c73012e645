package poller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/places"
)

const (
	// probeMemory is how long a job that only probes ask for is remembered
	// after the last of them.
	probeMemory = time.Hour
	// probeClaim is how long after a probe no other may ask for the same job ID in
	// another project, or by another version of the API: the two would throw each
	// other out, and each would be a call.
	probeClaim = 5 * time.Minute
	// maxProbed is how many such jobs are remembered at a time.
	maxProbed = 10000
)

// ErrTooManyProbed says that no more jobs than those that were probed in the
// last hour, and that a cloud knows, can be remembered.
var ErrTooManyProbed = errors.New("too many jobs were probed in the last hour")

// Probe gives what is known of one job, configured or not. It polls the job if
// it is due, within the same limits, and waits for that until ctx is done. A
// configured job is polled as it is configured. It is an error if the project
// is not configured, or the job is configured for another project, or has just
// been probed otherwise.
func (p *Poller) Probe(ctx context.Context, j *job.Job) (Snapshot, error) {
	p.mu.Lock()
	p.scrapes++
	e, err := p.probed(j, time.Now())
	var over chan struct{}
	if err == nil {
		over = p.wantProbed(e, time.Now())
		e.Probes++
	}
	p.mu.Unlock()

	if over != nil {
		select {
		case <-over:
		case <-ctx.Done():
		case <-p.ctx.Done():
		}
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	p.scrapes--
	p.lastScrape = time.Now()
	if err != nil {
		return Snapshot{}, err
	}
	e.Probes--
	return NewSnapshot(p.settings.MaxStale, e.State), nil
}

// probed finds or makes the entry of a job that is probed now.
func (p *Poller) probed(j *job.Job, now time.Time) (*places.Entry, error) {
	if p.projects[j.Project] == nil {
		return nil, fmt.Errorf("there is no project %q", j.Project)
	}
	p.sweep(now)
	e, ok := p.entries[j.Key]
	switch {
	case ok && e.Scraped() && e.State.Project != j.Project:
		return nil, fmt.Errorf("job %s is configured for project %q", j.ID, e.State.Project)
	case ok && !e.Scraped() && (e.State.Project != j.Project || e.State.APIVersion != j.APIVersion):
		if now.Sub(e.Probed) < probeClaim {
			return nil, fmt.Errorf("job %s is being probed otherwise: project %q, api_version %q", j.ID, e.State.Project, e.State.APIVersion)
		}
		p.drop(e)
		p.clean()
		ok = false
	case !ok && !p.roomForProbed(now):
		return nil, ErrTooManyProbed
	}
	if !ok {
		e = p.newEntry(j, "")
	}
	e.Probed = now
	return e, nil
}

// roomForProbed reports whether one more job can be remembered. Those of which no
// cloud has ever told anything, and for which nobody waits, make room: anybody
// can invent such IDs.
func (p *Poller) roomForProbed(now time.Time) bool {
	full := func() bool { return len(p.entries)-p.board.Live.Len()-p.board.Expired.Len() >= maxProbed }
	if full() && now.Sub(p.madeRoom) >= time.Second {
		p.madeRoom = now
		p.forget(func(e *places.Entry) bool {
			return e.State.LastSuccess.IsZero() && e.Probes == 0 && e.Place != places.Polling
		})
	}
	return !full()
}

// forget drops the jobs among those that only probes ask for.
func (p *Poller) forget(which func(*places.Entry) bool) {
	for _, e := range p.entries {
		if !e.Scraped() && which(e) {
			p.drop(e)
		}
	}
	p.clean()
}

// wantProbed queues an entry if it is due. Its channel is closed when the poll
// is over; nil if there is nothing to wait for.
func (p *Poller) wantProbed(e *places.Entry, now time.Time) chan struct{} {
	waits := e.Place != places.Queued && e.Place != places.Awaiting && e.Place != places.Polling
	if waits && (e.State.Final() || e.Due.After(now.Add(places.Grace(p.settings.Interval)))) {
		p.metrics.Hits.WithLabelValues(e.State.Provider).Inc()
		return nil
	}
	p.metrics.Misses.WithLabelValues(e.State.Provider).Inc()
	if waits {
		p.board.Move(e, places.Queued)
	}
	if e.Lane.Pause.On(now) && e.Place == places.Queued {
		p.hold(e.Lane, []*places.Entry{e})
		return nil
	}
	if e.Over == nil {
		e.Over = make(chan struct{})
	}
	p.work(e.Lane.Project)
	return e.Over
}

// sweep forgets, once a minute, the jobs that no probe asked for in the last hour.
func (p *Poller) sweep(now time.Time) {
	if now.Sub(p.swept) < time.Minute {
		return
	}
	p.swept = now
	p.forget(func(e *places.Entry) bool { return now.Sub(e.Probed) > probeMemory })
}

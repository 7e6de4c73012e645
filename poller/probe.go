package poller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloudjob_exporter/job"
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
		e.probes++
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
	e.probes--
	return NewSnapshot(p.settings.MaxStale, e.state), nil
}

// probed finds or makes the entry of a job that is probed now.
func (p *Poller) probed(j *job.Job, now time.Time) (*entry, error) {
	if p.projects[j.Project] == nil {
		return nil, fmt.Errorf("there is no project %q", j.Project)
	}
	p.sweep(now)
	e, ok := p.entries[j.Key]
	switch {
	case ok && e.scraped() && e.state.Project != j.Project:
		return nil, fmt.Errorf("job %s is configured for project %q", j.ID, e.state.Project)
	case ok && !e.scraped() && (e.state.Project != j.Project || e.state.APIVersion != j.APIVersion):
		if now.Sub(e.probed) < probeClaim {
			return nil, fmt.Errorf("job %s is being probed otherwise: project %q, api_version %q", j.ID, e.state.Project, e.state.APIVersion)
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
	e.probed = now
	return e, nil
}

// roomForProbed reports whether one more job can be remembered. Those of which no
// cloud has ever told anything, and for which nobody waits, make room: anybody
// can invent such IDs.
func (p *Poller) roomForProbed(now time.Time) bool {
	full := func() bool { return len(p.entries)-p.shown.live.Len()-p.shown.expired.Len() >= maxProbed }
	if full() && now.Sub(p.madeRoom) >= time.Second {
		p.madeRoom = now
		p.forget(func(e *entry) bool { return e.state.LastSuccess.IsZero() && e.probes == 0 && e.place != polling })
	}
	return !full()
}

// forget drops the jobs among those that only probes ask for.
func (p *Poller) forget(which func(*entry) bool) {
	for _, e := range p.entries {
		if !e.scraped() && which(e) {
			p.drop(e)
		}
	}
	p.clean()
}

// wantProbed queues an entry if it is due. Its channel is closed when the poll
// is over; nil if there is nothing to wait for.
func (p *Poller) wantProbed(e *entry, now time.Time) chan struct{} {
	waits := e.place != queued && e.place != awaiting && e.place != polling
	if waits && (e.state.Final() || e.due.After(now.Add(grace(p.settings.Interval)))) {
		p.metrics.Hits.WithLabelValues(e.state.Provider).Inc()
		return nil
	}
	p.metrics.Misses.WithLabelValues(e.state.Provider).Inc()
	if waits {
		p.shown.move(e, queued)
	}
	if e.lane.pause.On(now) && e.place == queued {
		p.hold(e.lane, []*entry{e})
		return nil
	}
	if e.over == nil {
		e.over = make(chan struct{})
	}
	p.work(e.lane.project)
	return e.over
}

// sweep forgets, once a minute, the jobs that no probe asked for in the last hour.
func (p *Poller) sweep(now time.Time) {
	if now.Sub(p.swept) < time.Minute {
		return
	}
	p.swept = now
	p.forget(func(e *entry) bool { return now.Sub(e.probed) > probeMemory })
}

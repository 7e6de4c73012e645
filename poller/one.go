package poller

import (
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/places"
)

// Claimed returns the source that counts for a job, and the job as that source names
// it. ok is false if no source names the job; probes do not count.
func (p *Poller) Claimed(k job.Key) (by Source, j *job.Job, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[k]
	if e == nil || !e.Watched() {
		return Source{}, nil, false
	}
	return e.Source.Source, e.State.Job, true
}

// SnapshotOf returns what is known of one job, as in a snapshot of all; it is empty if
// the job is not known.
func (p *Poller) SnapshotOf(k job.Key) Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	var s Snapshot
	if e := p.entries[k]; e != nil {
		s = places.Of(e, p.settings.MaxStale)
	}
	s.MaxStale, s.Interval, s.LastScrape = p.settings.MaxStale, p.settings.Interval, p.lastPoll
	return s
}

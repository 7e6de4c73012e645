package poller

import "cloudjob_exporter/job"

// Claimed returns the source that counts for a job, and the job as that source names
// it. ok is false if no source names the job; probes do not count.
func (p *Poller) Claimed(k job.Key) (by Source, j *job.Job, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[k]
	if e == nil || !e.watched() {
		return Source{}, nil, false
	}
	return e.source.Source, e.state.Job, true
}

// SnapshotOf returns what is known of one job, as in a snapshot of all; it is empty if
// the job is not known.
func (p *Poller) SnapshotOf(k job.Key) Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Snapshot{MaxStale: p.settings.MaxStale, Interval: p.settings.Interval, LastScrape: p.lastPoll}
	e := p.entries[k]
	if e == nil {
		return s
	}
	one := NewSnapshot(s.MaxStale, e.state)
	if s.live = one.live; e.visibility == expired {
		s.live, s.expired = nil, one.live
	}
	return s
}

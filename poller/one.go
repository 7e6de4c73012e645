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

// SnapshotOf returns what is known of one job; the snapshot is empty if there is none.
// expiredNow reports whether a snapshot of all has it among its Expired.
func (p *Poller) SnapshotOf(k job.Key) (s Snapshot, expiredNow bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[k]
	if e == nil {
		return NewSnapshot(p.settings.MaxStale), false
	}
	return NewSnapshot(p.settings.MaxStale, e.State), e.Visibility == places.Expired
}

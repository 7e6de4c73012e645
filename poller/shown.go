package poller

import (
	"container/heap"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/states"
)

// Snapshot is what is known of all jobs that scrapes show. It never changes, and may
// be read for as long as one likes.
type Snapshot struct {
	MaxStale   time.Duration
	Interval   time.Duration // of polls
	LastScrape time.Time     // when Poll was last called or returned; zero if it never was

	live, expired *states.View
	owed          []*entry // in live, final, and not in a snapshot that was delivered before
}

// NewSnapshot returns a snapshot of states that are ordered by key.
func NewSnapshot(maxStale time.Duration, ordered ...*job.State) Snapshot {
	var live states.List
	for _, s := range ordered {
		live.Put(s)
	}
	return Snapshot{MaxStale: maxStale, live: live.View()}
}

// Jobs returns the states of the jobs, ordered by Key.
func (s Snapshot) Jobs() []*job.State { return s.live.All() }

// Expired returns the states of those that have been final for longer than the
// retention, ordered by Key.
func (s Snapshot) Expired() []*job.State { return s.expired.All() }

// visibility is where scrapes see an entry.
type visibility uint8

const (
	hidden visibility = iota
	live
	expired
)

// shown is what scrapes see: the states of the jobs that some source names, without
// those whose retention is over. Every final state is in at least one answer to a
// scrape, whatever happens between the poll and the scrape: it is owed until it has
// been delivered. Until then no retention ends, and a job that no source names any
// more stays.
type shown struct {
	live, expired states.List
	retention     time.Duration // of final jobs; 0 is for ever
	expiring      dueHeap       // final entries that are live, by the end of their retention
	owed          []*entry      // only ever appended to or replaced: snapshots have parts of it
}

// snapshot returns what scrapes see at now.
func (s *shown) snapshot(now time.Time) Snapshot {
	for len(s.expiring) > 0 && !s.expiring[0].due.After(now) {
		e := heap.Pop(&s.expiring).(*entry)
		e.place, e.visibility = idle, expired
		s.live.Remove(e.state.Key)
		s.expired.Put(e.state)
	}
	return Snapshot{live: s.live.View(), expired: s.expired.View(), owed: s.owed}
}

// update shows the state of an entry that scrapes see, which may be another one now.
func (s *shown) update(e *entry) {
	switch e.visibility {
	case live:
		s.live.Put(e.state)
	case expired:
		s.expired.Put(e.state)
	}
}

// show lets scrapes see an entry.
func (s *shown) show(e *entry) {
	if e.visibility == hidden {
		e.visibility = live
		s.live.Put(e.state)
	}
}

// hide takes an entry out of what scrapes see.
func (s *shown) hide(e *entry) {
	switch e.visibility {
	case live:
		s.live.Remove(e.state.Key)
	case expired:
		s.expired.Remove(e.state.Key)
	}
	e.visibility, e.owed = hidden, false
}

// owe records that no scrape has shown the final state of an entry yet.
func (s *shown) owe(e *entry) {
	if !e.owed && !e.delivered && e.visibility == live {
		e.owed = true
		s.owed = append(s.owed, e)
	}
}

// delivered records that a snapshot is in a complete answer, and returns the entries
// that are no longer owed.
func (s *shown) delivered(snapshot Snapshot) (settled []*entry) {
	for _, e := range snapshot.owed {
		if e.owed {
			e.owed, e.delivered = false, true
			settled = append(settled, e)
		}
	}
	var left []*entry
	for _, e := range s.owed {
		if e.owed {
			left = append(left, e)
		}
	}
	s.owed = left
	return settled
}

// expires returns when the retention of an entry is over; ok is false if it is not to
// be: it is not final, or owed.
func (s *shown) expires(e *entry) (t time.Time, ok bool) {
	if s.retention <= 0 || e.owed || e.visibility != live || !e.state.Final() {
		return t, false
	}
	return e.overSince().Add(s.retention), true
}

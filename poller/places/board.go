package places

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
	owed          []*Entry // in live, final, and not in a snapshot that was delivered before
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

// Owes reports whether the snapshot shows ends of jobs that no snapshot before did that
// was delivered.
func (s Snapshot) Owes() bool { return len(s.owed) > 0 }

// Visibility is where scrapes see an entry.
type Visibility uint8

// Where an entry is: in no snapshot, among Snapshot.Jobs, or among Snapshot.Expired.
const (
	hidden Visibility = iota
	live
	Expired
)

// Board is what scrapes see: the states of the jobs that some source names, without
// those whose retention is over. Every final state is in at least one answer to a
// scrape, whatever happens between the poll and the scrape: it is owed until it has
// been delivered. Until then no retention ends, and a job that no source names any
// more stays.
type Board struct {
	Live, Expired states.List
	Retention     time.Duration // of final jobs; 0 is for ever
	expiring      dueHeap       // final entries that are live, by the end of their retention
	owed          []*Entry      // only ever appended to or replaced: snapshots have parts of it
}

// Snapshot returns what scrapes see at now.
func (s *Board) Snapshot(now time.Time) Snapshot {
	for len(s.expiring) > 0 && !s.expiring[0].Due.After(now) {
		e := heap.Pop(&s.expiring).(*Entry)
		e.Place, e.Visibility = Idle, Expired
		s.Live.Remove(e.State.Key)
		s.Expired.Put(e.State)
	}
	return Snapshot{live: s.Live.View(), expired: s.Expired.View(), owed: s.owed}
}

// Update shows the state of an entry that scrapes see, which may be another one now.
func (s *Board) Update(e *Entry) {
	switch e.Visibility {
	case live:
		s.Live.Put(e.State)
	case Expired:
		s.Expired.Put(e.State)
	}
}

// Show lets scrapes see an entry.
func (s *Board) Show(e *Entry) {
	if e.Visibility == hidden {
		e.Visibility = live
		s.Live.Put(e.State)
	}
}

// Hide takes an entry out of what scrapes see.
func (s *Board) Hide(e *Entry) {
	switch e.Visibility {
	case live:
		s.Live.Remove(e.State.Key)
	case Expired:
		s.Expired.Remove(e.State.Key)
	}
	e.Visibility, e.Owed = hidden, false
}

// Owe records that no scrape has shown the final state of an entry yet.
func (s *Board) Owe(e *Entry) {
	if !e.Owed && !e.Delivered && e.Visibility == live {
		e.Owed = true
		s.owed = append(s.owed, e)
	}
}

// Delivered records that a snapshot is in a complete answer, and returns the entries
// that are no longer owed.
func (s *Board) Delivered(snapshot Snapshot) (settled []*Entry) {
	for _, e := range snapshot.owed {
		if e.Owed {
			e.Owed, e.Delivered = false, true
			settled = append(settled, e)
		}
	}
	var left []*Entry
	for _, e := range s.owed {
		if e.Owed {
			left = append(left, e)
		}
	}
	s.owed = left
	return settled
}

// expires returns when the retention of an entry is over; ok is false if it is not to
// be: it is not final, or owed.
func (s *Board) expires(e *Entry) (t time.Time, ok bool) {
	if s.Retention <= 0 || e.Owed || e.Visibility != live || !e.State.Final() {
		return t, false
	}
	return e.overSince().Add(s.Retention), true
}

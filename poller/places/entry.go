// Package places holds where every job stands, for the poller, which knows the rules by
// which they move: the entries, one for each job, in the lanes of an endpoint, with their
// queues; the listings, and the entries that wait for them; and what scrapes see of all
// that. Nothing in it waits, calls or locks, and nothing may be called at the same time.
package places

import (
	"container/heap"
	"context"
	"slices"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/claims"
)

// Place is where an entry stands on its way from one poll to the next. It is in one
// place at a time; Move takes it to another.
type Place uint8

// The places, in the order in which an entry may come to them.
const (
	Idle     Place = iota // nothing will happen by itself: only probes ask for it, or it is final
	Parked                // in its lane, until it is due
	Awaiting              // due, until the listing that showed it does so again
	Queued                // in a queue of its lane, until a worker takes it
	Polling               // being asked for
	Expiring              // final, until its retention is over
	Gone                  // no longer watched, for ever
)

// Entry is one job that is watched, or was probed.
type Entry struct {
	State  *job.State
	Source *claims.Claimant // of the first claim; nil: only probes ask for it
	Lane   *Lane

	Place      Place
	Visibility Visibility
	Owed       bool  // final, and in no complete answer to a scrape yet
	Delivered  bool  // its end was in one
	Stuck      bool  // unfinished and over its threshold at the last answer
	Misses     uint8 // not found, in a row
	Backoff    uint8 // from the last call to due, in intervals: more than 1 if it was not found
	index      int32 // in the heap, or among the awaiting, where it is
	Probes     int32 // that wait for it

	Due      time.Time     // not asked for again before; if expiring, when it is to leave
	Answered time.Duration // when the last answer was asked for, since the start; 0 if none was
	Since    int64         // when it was first watched, in microseconds since the epoch
	Probed   time.Time     // when a probe last asked for it; zero if none did

	Listing *Listing           // that showed it last; nil if none does
	Batch   *Batch             // of the scrape that waits for its poll
	Over    chan struct{}      // closed when its poll is over, or will not come; nil if no probe waits
	Cancel  context.CancelFunc // of the poll under way; nil if there is none
	Odd     string             // what was logged last of Report.ParseIssue and Report.RawStatus
}

// Watched reports whether a source names the job.
func (e *Entry) Watched() bool { return e.Source != nil }

// Scraped reports whether scrapes show the job, or would if its retention were not
// over.
func (e *Entry) Scraped() bool { return e.Visibility != hidden }

// overSince returns the time from which the retention of a final job counts. A job that
// was watched before it ended need not have been seen unfinished.
func (e *Entry) overSince() time.Time {
	if e.Since < e.State.End.UnixMicro() && e.State.LastSuccess.After(e.State.End) {
		return e.State.LastSuccess
	}
	return e.State.OverSince()
}

// Renew makes an entry due at once, as if it had never failed.
func (e *Entry) Renew() { e.Due, e.Misses, e.Backoff = time.Time{}, 0, 0 }

// Restore takes in what was stored of a job.
func (e *Entry) Restore(s *job.State) {
	e.State.FirstUnfinished = s.FirstUnfinished
	if s.Final() {
		s.Source = e.State.Source
		e.State, e.Delivered = s, s.Shown
	}
}

// Move takes an entry to another place. Only a queue from which a worker takes the
// first entry is left alone: the worker has done so.
func (s *Board) Move(e *Entry, to Place) {
	switch e.Place {
	case Parked:
		heap.Remove(&e.Lane.parked, int(e.index))
	case Expiring:
		heap.Remove(&s.expiring, int(e.index))
	case Awaiting:
		e.Lane.Awaiting--
		e.Listing.forget(e)
	case Queued:
		if to != Polling && to != Gone { // lanes drop those that are gone, many at a time
			q := e.Lane.queueOf(e)
			*q = slices.DeleteFunc(*q, func(o *Entry) bool { return o == e })
		}
	}
	e.Place = to
	switch to {
	case Parked:
		heap.Push(&e.Lane.parked, e)
	case Expiring:
		heap.Push(&s.expiring, e)
	case Awaiting:
		e.Lane.Awaiting++
		e.index = int32(len(e.Listing.Awaiting)) //nolint:gosec // there are fewer jobs
		e.Listing.Awaiting = append(e.Listing.Awaiting, e)
	case Queued:
		q := e.Lane.queueOf(e)
		*q = append(*q, e)
	}
}

// Rest moves an entry to where its next time will be noticed, if nothing is to happen
// now. One that only probes ask for waits for the next of them.
func (s *Board) Rest(e *Entry) {
	leaves, ok := s.expires(e)
	switch {
	case ok:
		s.Move(e, Idle)
		e.Due = leaves
		s.Move(e, Expiring)
	case e.Watched() && !e.State.Final():
		s.Move(e, Parked)
	default:
		s.Move(e, Idle)
	}
}

// dueHeap has the entry that is due first at the top.
type dueHeap []*Entry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].Due.Before(h[j].Due) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = int32(i), int32(j) //nolint:gosec // there are fewer jobs
}

func (h *dueHeap) Push(x any) {
	e := x.(*Entry)
	e.index = int32(len(*h)) //nolint:gosec // there are fewer jobs
	*h = append(*h, e)
}

func (h *dueHeap) Pop() any {
	old := *h
	last := len(old) - 1
	e := old[last]
	old[last] = nil
	*h = old[:last]
	return e
}

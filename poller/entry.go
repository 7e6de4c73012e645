package poller

import (
	"container/heap"
	"context"
	"slices"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/claims"
)

// place is where an entry stands on its way from one poll to the next. It is in one
// place at a time; move takes it to another.
type place uint8

const (
	idle     place = iota // nothing will happen by itself: only probes ask for it, or it is final
	parked                // in its lane, until it is due
	awaiting              // due, until the listing that showed it does so again
	queued                // in a queue of its lane, until a worker takes it
	polling               // being asked for
	expiring              // final, until its retention is over
	gone                  // no longer watched, for ever
)

// entry is one job that is watched, or was probed.
type entry struct {
	state  *job.State
	source *claims.Claimant // of the first claim; nil: only probes ask for it
	lane   *lane

	place      place
	visibility visibility
	owed       bool  // final, and in no complete answer to a scrape yet
	delivered  bool  // its end was in one
	stuck      bool  // unfinished and over its threshold at the last answer
	misses     uint8 // not found, in a row
	backoff    uint8 // from the last call to due, in intervals: more than 1 if it was not found
	index      int32 // in the heap, or among the awaiting, where it is
	probes     int32 // that wait for it

	due      time.Time // not asked for again before; if expiring, when it is to leave
	answered int64     // when the last answer was asked for, in nanoseconds since the epoch
	since    int64     // when it was first watched, in microseconds since the epoch
	probed   time.Time // when a probe last asked for it; zero if none did

	listing *task              // that showed it last; nil if none does
	batch   *batch             // of the scrape that waits for its poll
	over    chan struct{}      // closed when its poll is over, or will not come; nil if no probe waits
	cancel  context.CancelFunc // of the poll under way; nil if there is none
	odd     string             // what was logged last of Report.ParseIssue and Report.RawStatus
}

// watched reports whether a source names the job.
func (e *entry) watched() bool { return e.source != nil }

// scraped reports whether scrapes show the job, or would if its retention were not
// over.
func (e *entry) scraped() bool { return e.visibility != hidden }

// overSince returns the time from which the retention of a final job counts. A job that
// was watched before it ended need not have been seen unfinished.
func (e *entry) overSince() time.Time {
	if e.since < e.state.End.UnixMicro() && e.state.LastSuccess.After(e.state.End) {
		return e.state.LastSuccess
	}
	return e.state.OverSince()
}

// renew makes an entry due at once, as if it had never failed.
func (e *entry) renew() { e.due, e.misses, e.backoff = time.Time{}, 0, 0 }

// move takes an entry to another place. Only a queue from which a worker takes the
// first entry is left alone: the worker has done so.
func (s *shown) move(e *entry, to place) {
	switch e.place {
	case parked:
		heap.Remove(&e.lane.parked, int(e.index))
	case expiring:
		heap.Remove(&s.expiring, int(e.index))
	case awaiting:
		e.lane.awaiting--
		e.listing.forget(e)
	case queued:
		if to != polling && to != gone { // lanes drop those that are gone, many at a time
			q := e.lane.queueOf(e)
			*q = slices.DeleteFunc(*q, func(o *entry) bool { return o == e })
		}
	}
	e.place = to
	switch to {
	case parked:
		heap.Push(&e.lane.parked, e)
	case expiring:
		heap.Push(&s.expiring, e)
	case awaiting:
		e.lane.awaiting++
		e.index = int32(len(e.listing.awaiting)) //nolint:gosec // there are fewer jobs
		e.listing.awaiting = append(e.listing.awaiting, e)
	case queued:
		q := e.lane.queueOf(e)
		*q = append(*q, e)
	}
}

// rest moves an entry to where its next time will be noticed, if nothing is to happen
// now. One that only probes ask for waits for the next of them.
func (s *shown) rest(e *entry) {
	leaves, ok := s.expires(e)
	switch {
	case ok:
		s.move(e, idle)
		e.due = leaves
		s.move(e, expiring)
	case e.watched() && !e.state.Final():
		s.move(e, parked)
	default:
		s.move(e, idle)
	}
}

// dueHeap has the entry that is due first at the top.
type dueHeap []*entry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = int32(i), int32(j) //nolint:gosec // there are fewer jobs
}

func (h *dueHeap) Push(x any) {
	e := x.(*entry)
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

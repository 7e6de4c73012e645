package places

import (
	"container/heap"
	"iter"
	"slices"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/limits"
)

// Site is where the jobs of a project are asked for: its limits, and one lane for each
// endpoint.
type Site struct {
	Name    string
	Fetcher Fetcher
	Pace    *limits.Pace
	Workers int
	Tasks   []*Listing // due, and not begun
	Running int        // tasks
	Tasked  bool       // a task made the last call, or tried to
	Waiting int        // workers, for their turn to poll
	Lanes   map[string]*Lane
}

// Lane is the jobs of one project at one endpoint. An endpoint that asks to be left
// alone pauses its lane.
type Lane struct {
	Project  *Site
	Provider string
	Jobs     int // that sources name, final ones too

	parked   dueHeap  // unfinished, not wanted now
	Queue    []*Entry // wanted and not yet asked for, the longest-waiting first
	Probed   []*Entry // likewise, those that only probes ask for: they come last
	Awaiting int      // wanted, until a listing shows them
	Tasks    []*Listing
	InFlight int
	Asked    int // of those in flight, the ones that a source names

	Pause limits.Pause

	Failing map[job.Reason]int // how many jobs' last poll ended so
}

// Due takes the entries that are due by a time from where they are parked.
func (l *Lane) Due(by time.Time) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for len(l.parked) > 0 && !l.parked[0].Due.After(by) {
			e := heap.Pop(&l.parked).(*Entry)
			e.Place = Idle
			if !yield(e) {
				return
			}
		}
	}
}

// queueOf returns the queue in which an entry waits.
func (l *Lane) queueOf(e *Entry) *[]*Entry {
	if e.Watched() {
		return &l.Queue
	}
	return &l.Probed
}

// Next returns the queue of which the next job comes; nil if none does.
func (l *Lane) Next() *[]*Entry {
	switch {
	case len(l.Queue) > 0:
		return &l.Queue
	case len(l.Probed) > 0:
		return &l.Probed
	}
	return nil
}

// Clean takes entries off the queues that are no longer to wait there.
func (l *Lane) Clean() {
	left := func(e *Entry) bool { return e.Place != Queued }
	l.Queue = slices.DeleteFunc(l.Queue, left)
	l.Probed = slices.DeleteFunc(l.Probed, left)
}

// Pending is how many jobs are due or being asked for.
func (l *Lane) Pending() int { return len(l.Queue) + len(l.Probed) + l.Awaiting + l.InFlight }

// Ahead returns for how long after a scrape the pages of the listings that it waits for
// will come, going by their last runs.
func (l *Lane) Ahead() (d time.Duration) {
	for _, t := range l.Tasks {
		if t.Expected() {
			d = max(d, t.Span)
		}
	}
	return d
}

// Merge returns the entries of two queues, the longest-waiting first.
func Merge(a, b []*Entry) []*Entry {
	if len(a) == 0 || len(b) == 0 {
		return append(a, b...)
	}
	all := make([]*Entry, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0].Due.Before(a[0].Due) {
			all, b = append(all, b[0]), b[1:]
		} else {
			all, a = append(all, a[0]), a[1:]
		}
	}
	return append(append(all, a...), b...)
}

// Queued is how many jobs may be asked for now.
func (pr *Site) Queued() (n int) {
	now := time.Now()
	for _, l := range pr.Lanes {
		if !l.Pause.On(now) {
			n += len(l.Queue) + len(l.Probed)
		}
	}
	return n
}

// InFlight is how many workers are busy.
func (pr *Site) InFlight() int {
	n := pr.Running
	for _, l := range pr.Lanes {
		n += l.InFlight
	}
	return n
}

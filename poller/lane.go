package poller

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

// project is a project's limits, and its jobs in one lane for each endpoint.
type project struct {
	Project
	pace    *pace
	workers int
	tasks   []*task // due, and not begun
	running int     // tasks
	waiting int     // workers, for their turn to poll
	lanes   map[string]*lane
}

// lane is the jobs of one project at one endpoint. An endpoint that asks to be
// left alone pauses its lane.
type lane struct {
	project  *project
	provider string
	jobs     int // all that are configured, final ones too

	due      dueHeap  // unfinished, not wanted now
	queue    []*entry // wanted and not yet asked, the longest-waiting first
	probed   []*entry // likewise, of jobs that only probes ask for: those come last
	inFlight int
	asked    int // of those in flight, the configured ones

	pausedAt    time.Time
	pausedUntil time.Time
	pauseReason job.Reason
	overloads   int // pauses in a row for which the cloud named no time

	failing map[job.Reason]int // how many jobs' last poll ended so
}

// entry is one job and where it stands.
type entry struct {
	state      *job.State
	configured bool
	queued     bool      // in a queue of its lane
	gone       bool      // no longer watched
	owed       bool      // final, and in no answer to a scrape yet
	departing  bool      // no longer watched, but owed: in the states until it is delivered
	since      time.Time // when it was first watched
	stuck      bool      // it was unfinished after its threshold, at the last answer
	probed     time.Time // when a probe last asked for it; zero if none did
	probes     int       // that wait for it
	index      int       // in Poller.states; -1 if it is not there
	lane       *lane
	due        time.Time // not asked again before; of a final job, when its retention is over
	at         int       // in the heap, if it is in one
	misses     int       // not found, in a row
	spacing    int       // from the last call to due, in intervals
	batch      *batch
	over       chan struct{}      // closed when its poll is over, or will not come; nil if nobody waits
	cancel     context.CancelFunc // of the poll under way; nil if there is none
	odd        string             // what was logged last of Report.Odd and Report.Word
}

// lane gives the lane of a provider's jobs.
func (pr *project) lane(provider string) *lane {
	l, ok := pr.lanes[provider]
	if !ok {
		l = &lane{project: pr, provider: provider, failing: map[job.Reason]int{}}
		pr.lanes[provider] = l
	}
	return l
}

// want moves the jobs that are due before soon into the queue, and into the
// batch if they can be polled now.
func (l *lane) want(p *Poller, b *batch, now, soon time.Time) {
	held := len(l.queue)
	for len(l.due) > 0 && !l.due[0].due.After(soon) {
		l.enqueue(heap.Pop(&l.due).(*entry))
	}
	if l.paused(now) {
		l.hold(p, l.queue[held:])
		return
	}
	for _, e := range l.queue {
		if e.batch == nil {
			e.batch = b
			b.left++
		}
	}
}

func (l *lane) enqueue(e *entry) {
	e.queued = true
	if e.configured {
		l.queue = append(l.queue, e)
	} else {
		l.probed = append(l.probed, e)
	}
}

// waiting is the queue of which the next job comes; nil if none does.
func (l *lane) waiting() *[]*entry {
	switch {
	case len(l.queue) > 0:
		return &l.queue
	case len(l.probed) > 0:
		return &l.probed
	}
	return nil
}

// clean takes jobs off the queue that are no longer watched. Of those that are
// configured there are none: a reload makes the queue anew.
func (l *lane) clean() {
	l.probed = slices.DeleteFunc(l.probed, func(e *entry) bool { return e.gone })
}

// hold marks jobs that are due and cannot be asked for.
func (l *lane) hold(p *Poller, waiting []*entry) {
	for _, e := range waiting {
		if e.state.Err != l.pauseReason {
			p.set(e, e.state.Unanswered(l.pauseReason))
		}
		p.release(e)
	}
}

// pause stops the lane's calls because of e. asked is when the call began: one
// that was under way when the pause began prolongs it only if the cloud names a
// time. It reports whether that was logged: once for a pause, and not for each call
// under way.
func (l *lane) pause(p *Poller, e *cloud.Error, asked, now time.Time) (logged bool) {
	d := e.RetryAfter
	if d == 0 {
		if !asked.After(l.pausedAt) {
			return false
		}
		d = overloadPause(l.overloads)
		l.overloads++
	}
	until := now.Add(d)
	if !until.After(l.pausedUntil) {
		return false
	}
	logged = d > 2*l.pausedUntil.Sub(now)
	l.pausedAt, l.pausedUntil, l.pauseReason = now, until, e.Reason
	if logged {
		p.logPause(l, e, d)
	}
	l.hold(p, l.queue)
	l.hold(p, l.probed)
	return logged
}

// overloadPause is how long to leave an endpoint alone that did not say:
// 2 s, doubled for each pause before it, up to cloud.MaxPause, and up to half
// as long again at random.
func overloadPause(before int) time.Duration {
	d := min(2*time.Second<<min(before, 10), cloud.MaxPause)
	return min(d+rand.N(d/2), cloud.MaxPause)
}

func (l *lane) paused(now time.Time) bool { return now.Before(l.pausedUntil) }

func (l *lane) pending() int { return len(l.queue) + len(l.probed) + l.inFlight }

// dueHeap has the job that is due first at the top.
type dueHeap []*entry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

func (h *dueHeap) Push(x any) {
	e := x.(*entry)
	e.at = len(*h)
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

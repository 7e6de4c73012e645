package poller

import (
	"container/heap"
	"iter"
	"slices"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/limits"
)

// project is a project's limits, and its jobs in one lane for each endpoint.
type project struct {
	Project
	pace    *limits.Pace
	workers int
	tasks   []*task // due, and not begun
	running int     // tasks
	tasked  bool    // a task made the last call, or tried to
	waiting int     // workers, for their turn to poll
	lanes   map[string]*lane
}

// lane is the jobs of one project at one endpoint. An endpoint that asks to be left
// alone pauses its lane.
type lane struct {
	project  *project
	provider string
	jobs     int // that sources name, final ones too

	parked   dueHeap  // unfinished, not wanted now
	queue    []*entry // wanted and not yet asked for, the longest-waiting first
	probed   []*entry // likewise, those that only probes ask for: they come last
	awaiting int      // wanted, until a listing shows them
	tasks    []*task
	inFlight int
	asked    int // of those in flight, the ones that a source names

	pause limits.Pause

	failing map[job.Reason]int // how many jobs' last poll ended so
}

// lane returns the lane of a provider's jobs.
func (p *Poller) lane(pr *project, provider string) *lane {
	l, ok := pr.lanes[provider]
	if !ok {
		l = &lane{project: pr, provider: provider, failing: map[job.Reason]int{}}
		pr.lanes[provider] = l
		p.metrics.Expect(provider)
	}
	return l
}

// wantOf moves the jobs of a lane that are due before soon into the queue, or to where they wait for
// a listing, and into the batch if they can be polled now.
func (p *Poller) wantOf(l *lane, b *batch, now, soon time.Time) {
	held := len(l.queue)
	if l.pause.On(now) {
		for e := range l.due(soon) {
			p.shown.move(e, queued)
		}
		p.hold(l, l.queue[held:])
		return
	}
	p.await(l, b)
	var later []*entry
	for e := range l.due(soon.Add(l.ahead())) {
		switch expected := e.listing.expected(); {
		case expected && e.listing.shown(e), !expected && e.due.After(soon):
			later = append(later, e)
		case expected:
			p.shown.move(e, awaiting)
			b.join(e)
		default:
			p.shown.move(e, queued)
		}
	}
	for _, e := range later {
		p.shown.move(e, parked)
	}
	for _, e := range l.queue {
		b.join(e)
	}
}

// due takes the entries that are due by a time from where they are parked.
func (l *lane) due(by time.Time) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for len(l.parked) > 0 && !l.parked[0].due.After(by) {
			e := heap.Pop(&l.parked).(*entry)
			e.place = idle
			if !yield(e) {
				return
			}
		}
	}
}

// queueOf returns the queue in which an entry waits.
func (l *lane) queueOf(e *entry) *[]*entry {
	if e.watched() {
		return &l.queue
	}
	return &l.probed
}

// next returns the queue of which the next job comes; nil if none does.
func (l *lane) next() *[]*entry {
	switch {
	case len(l.queue) > 0:
		return &l.queue
	case len(l.probed) > 0:
		return &l.probed
	}
	return nil
}

// clean takes entries off the queues that are no longer to wait there.
func (l *lane) clean() {
	left := func(e *entry) bool { return e.place != queued }
	l.queue = slices.DeleteFunc(l.queue, left)
	l.probed = slices.DeleteFunc(l.probed, left)
}

// hold marks jobs that are due and cannot be asked for.
func (p *Poller) hold(l *lane, waiting []*entry) {
	for _, e := range waiting {
		if e.state.Err != l.pause.Reason {
			p.set(e, e.state.Unanswered(l.pause.Reason))
		}
		p.release(e)
	}
}

// stop pauses the lane's calls because of f, if that asks for it. asked is when the call
// began. It reports whether that was logged.
func (p *Poller) stop(l *lane, f *job.Failure, asked, now time.Time) (logged bool) {
	d, began, news := l.pause.Begin(f, asked, now)
	if news {
		p.logPause(l, f, d)
	}
	if began {
		for _, t := range l.tasks {
			p.letGo(t, false)
		}
		p.hold(l, l.queue)
		p.hold(l, l.probed)
	}
	return news
}

func (l *lane) pending() int { return len(l.queue) + len(l.probed) + l.awaiting + l.inFlight }

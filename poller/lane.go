package poller

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"time"

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

// lane is the jobs of one project at one endpoint. An endpoint that asks to be left
// alone pauses its lane.
type lane struct {
	project  *project
	provider string
	jobs     int // that sources name, final ones too

	parked   dueHeap  // unfinished, not wanted now
	queue    []*entry // wanted and not yet asked for, the longest-waiting first
	probed   []*entry // likewise, those that only probes ask for: they come last
	inFlight int
	asked    int // of those in flight, the ones that a source names

	pausedAt    time.Time
	pausedUntil time.Time
	pauseReason job.Reason
	overloads   int // pauses in a row for which the cloud named no time

	failing map[job.Reason]int // how many jobs' last poll ended so
}

// lane returns the lane of a provider's jobs.
func (p *Poller) lane(pr *project, provider string) *lane {
	l, ok := pr.lanes[provider]
	if !ok {
		l = &lane{project: pr, provider: provider, failing: map[job.Reason]int{}}
		pr.lanes[provider] = l
		p.metrics.expect(provider)
	}
	return l
}

// want moves the jobs that are due before soon into the queue, and into the batch if
// they can be polled now.
func (l *lane) want(p *Poller, b *batch, now, soon time.Time) {
	held := len(l.queue)
	for len(l.parked) > 0 && !l.parked[0].due.After(soon) {
		e := heap.Pop(&l.parked).(*entry)
		e.place = idle
		p.move(e, queued)
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

// clean takes entries off the queues that are gone.
func (l *lane) clean() {
	isGone := func(e *entry) bool { return e.place == gone }
	l.queue = slices.DeleteFunc(l.queue, isGone)
	l.probed = slices.DeleteFunc(l.probed, isGone)
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

// pause stops the lane's calls because of f. asked is when the call began: one that
// was under way when the pause began prolongs it only if the cloud names a time. It
// reports whether that was logged: once for a pause, and not for each call under way.
func (l *lane) pause(p *Poller, f *job.Failure, asked, now time.Time) (logged bool) {
	d := f.RetryAfter
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
	l.pausedAt, l.pausedUntil, l.pauseReason = now, until, f.Reason
	if logged {
		p.logPause(l, f, d)
	}
	l.hold(p, l.queue)
	l.hold(p, l.probed)
	return logged
}

// overloadPause is how long to leave an endpoint alone that did not say: 2 s, doubled
// for each pause before it, up to job.MaxPause, and up to half as long again at
// random.
func overloadPause(before int) time.Duration {
	d := min(2*time.Second<<min(before, 10), job.MaxPause)
	return min(d+rand.N(d/2), job.MaxPause)
}

func (l *lane) paused(now time.Time) bool { return now.Before(l.pausedUntil) }

func (l *lane) pending() int { return len(l.queue) + len(l.probed) + l.inFlight }

// resume ends a pause, because the project is called differently now.
func (l *lane) resume() { l.pausedUntil, l.overloads = time.Time{}, 0 }

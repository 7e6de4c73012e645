package poller

import (
	"slices"
	"time"
)

// Jobs that a listing showed wait for the next run of it, which answers for all of them
// with a few calls, instead of being asked for one by one. They do so from a scrape that
// finds them due on, while the listing is due, too, or under way. A page that shows them
// lets them go. Those that it does not show, and all of them when it fails or keeps them
// waiting, join the queue of the jobs that are asked for singly.

// patience is how long a listing that is due may take to begin, and each of its pages to
// come, before the jobs that wait for it are asked for singly.
const patience = time.Second

// expected reports whether the listing will soon show its jobs.
func (t *task) expected() bool { return t != nil && (t.queued || t.runs) && !t.late }

// shown reports whether the run that is under way has shown a job already. If that is due
// again, which takes a run that is longer than the interval, the next run is to show it.
func (t *task) shown(e *entry) bool { return t.runs && e.answered >= t.began }

// await moves those of the queue whose listing is expected to where they wait for it.
func (p *Poller) await(l *lane, b *batch) {
	if !slices.ContainsFunc(l.tasks, (*task).expected) {
		return
	}
	l.queue = slices.DeleteFunc(l.queue, func(e *entry) bool {
		if !e.listing.expected() || e.listing.shown(e) {
			return false
		}
		e.place = idle
		p.shown.move(e, awaiting)
		b.join(e)
		return true
	})
}

// ahead returns for how long after a scrape the pages of the listings that it waits for
// will come, going by their last runs.
func (l *lane) ahead() (d time.Duration) {
	for _, t := range l.tasks {
		if t.expected() {
			d = max(d, t.span)
		}
	}
	return d
}

// letGo makes the jobs that wait for a listing go on without it. If the listing is
// complete, it does not show them any more.
func (p *Poller) letGo(t *task, complete bool) {
	waiting := t.awaiting
	if t.awaiting = nil; len(waiting) == 0 {
		return
	}
	now := time.Now()
	soon := now.Add(grace(p.settings.Interval))
	l := waiting[0].lane // an endpoint of a project has one
	l.awaiting -= len(waiting)
	due := waiting[:0]
	for _, e := range waiting {
		e.place = idle
		if complete {
			e.listing = nil
		}
		if e.due.After(soon) {
			p.release(e)
			p.shown.rest(e)
			continue
		}
		e.place = queued
		due = append(due, e)
	}
	slices.SortFunc(due, func(a, b *entry) int { return a.due.Compare(b.due) })
	l.queue = merge(l.queue, due)
	if l.pause.On(now) {
		p.hold(l, due)
	}
	p.work(l.project)
}

// merge returns the entries of two queues, the longest-waiting first.
func merge(a, b []*entry) []*entry {
	if len(a) == 0 || len(b) == 0 {
		return append(a, b...)
	}
	all := make([]*entry, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0].due.Before(a[0].due) {
			all, b = append(all, b[0]), b[1:]
		} else {
			all, a = append(all, a[0]), a[1:]
		}
	}
	return append(append(all, a...), b...)
}

// expect lets go of the jobs that wait for a listing if nothing has come of it by then:
// a time after from.
func (p *Poller) expect(t *task, from time.Time) {
	t.patience = from.Add(patience)
	if t.timer == nil {
		t.timer = time.AfterFunc(time.Until(t.patience), func() { p.overdue(t) })
		return
	}
	t.timer.Reset(time.Until(t.patience))
}

func (p *Poller) overdue(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.patience.IsZero() || time.Now().Before(t.patience) {
		return // something has come meanwhile
	}
	t.patience, t.late = time.Time{}, true
	p.letGo(t, false)
}

// arrived takes note that what expect was about has come, or will not.
func (t *task) arrived() {
	t.patience = time.Time{}
	if t.timer != nil {
		t.timer.Stop()
	}
}

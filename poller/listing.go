package poller

import (
	"slices"
	"time"

	"cloudjob_exporter/poller/places"
)

// Jobs that a listing showed wait for the next run of it, which answers for all of them
// with a few calls, instead of being asked for one by one. They do so from a scrape that
// finds them due on, while the listing is due, too, or under way. A page that shows them
// lets them go. Those that it does not show, and all of them when it fails or keeps them
// waiting, join the queue of the jobs that are asked for singly.

// patience is how long a listing that is due may take to begin, and each of its pages to
// come, before the jobs that wait for it are asked for singly.
const patience = time.Second

// await moves those of the queue whose listing is expected to where they wait for it.
func (p *Poller) await(l *places.Lane, b *places.Batch) {
	if !slices.ContainsFunc(l.Tasks, (*places.Listing).Expected) {
		return
	}
	l.Queue = slices.DeleteFunc(l.Queue, func(e *places.Entry) bool {
		if !e.Listing.Expected() || e.Listing.Shown(e) {
			return false
		}
		e.Place = places.Idle
		p.board.Move(e, places.Awaiting)
		b.Join(e)
		return true
	})
}

// letGo makes the jobs that wait for a listing go on without it. If the listing is
// complete, it does not show them any more.
func (p *Poller) letGo(t *places.Listing, complete bool) {
	waiting := t.Awaiting
	if t.Awaiting = nil; len(waiting) == 0 {
		return
	}
	now := time.Now()
	soon := now.Add(places.Grace(p.settings.Interval))
	l := waiting[0].Lane // an endpoint of a project has one
	l.Awaiting -= len(waiting)
	due := waiting[:0]
	for _, e := range waiting {
		e.Place = places.Idle
		if complete {
			e.Listing = nil
		}
		if e.Due.After(soon) {
			p.release(e)
			p.board.Rest(e)
			continue
		}
		e.Place = places.Queued
		due = append(due, e)
	}
	slices.SortFunc(due, func(a, b *places.Entry) int { return a.Due.Compare(b.Due) })
	l.Queue = places.Merge(l.Queue, due)
	if l.Pause.On(now) {
		p.hold(l, due)
	}
	p.work(l.Project)
}

// expect lets go of the jobs that wait for a listing if nothing has come of it by then:
// a time after from.
func (p *Poller) expect(t *places.Listing, from time.Time) {
	t.Patience = from.Add(patience)
	if t.Timer == nil {
		t.Timer = time.AfterFunc(time.Until(t.Patience), func() { p.overdue(t) })
		return
	}
	t.Timer.Reset(time.Until(t.Patience))
}

func (p *Poller) overdue(t *places.Listing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.Patience.IsZero() || time.Now().Before(t.Patience) {
		return // something has come meanwhile
	}
	t.Patience, t.Late = time.Time{}, true
	p.letGo(t, false)
}

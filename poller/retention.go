package poller

import (
	"container/heap"
	"slices"
	"time"

	"cloudjob_exporter/job"
)

// Every final state is in at least one answer to a scrape, whatever happens
// between the poll and the scrape: it is owed until it has been delivered. Until
// then no retention ends, and a job that is no longer watched departs only after.

// owe records that no scrape has shown the final state of a job yet.
func (p *Poller) owe(e *entry) {
	if !e.owed && e.index >= 0 {
		e.owed = true
		p.owed = append(p.owed, e)
	}
}

// scraped reports whether scrapes show the job.
func (e *entry) scraped() bool { return e.configured || e.departing }

// Delivered tells the poller that a snapshot of Poll is in a complete answer to a
// scrape.
func (p *Poller) Delivered(s Snapshot) {
	if len(s.owed) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range s.owed {
		if e.owed {
			e.owed = false
			p.park(e)
		}
	}
	var left []*entry
	for _, e := range p.owed {
		if e.owed {
			left = append(left, e)
		}
	}
	p.owed = left
	p.depart()
}

// kept returns the time from which the retention of a final job counts. A job
// that was watched before it ended need not have been seen unfinished.
func (e *entry) kept() time.Time {
	if e.since.Before(e.state.End) && e.state.Heard.After(e.state.End) {
		return e.state.Heard
	}
	return e.state.OverSince()
}

// expire takes the jobs whose retention is over out of the states.
func (p *Poller) expire(now time.Time) {
	gone := map[*job.State]bool{}
	for len(p.expiring) > 0 && !p.expiring[0].due.After(now) {
		e := heap.Pop(&p.expiring).(*entry)
		e.index = -1
		gone[e.state] = true
		p.expired = append(p.expired, e.state)
	}
	p.remove(gone)
}

// depart takes the jobs out of the states that are no longer watched nor owed, and
// forgets them, but for those that are probed.
func (p *Poller) depart() {
	gone := map[*job.State]bool{}
	p.departing = slices.DeleteFunc(p.departing, func(e *entry) bool {
		if e.owed {
			return false
		}
		gone[e.state] = true
		e.departing, e.index = false, -1
		if pr := p.projects[e.state.Project]; e.probed.IsZero() || pr == nil {
			p.drop(e)
		} else {
			p.place(e, nil)
		}
		return true
	})
	p.remove(gone)
}

// remove takes states out of those that scrapes show.
func (p *Poller) remove(gone map[*job.State]bool) {
	if len(gone) == 0 {
		return
	}
	stay := make([]*job.State, 0, len(p.states)-len(gone))
	for _, s := range p.states {
		if !gone[s] {
			p.entries[s.Key].index = len(stay)
			stay = append(stay, s)
		}
	}
	p.states, p.shared = stay, false
}

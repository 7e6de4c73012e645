package poller

import (
	"container/heap"
	"time"

	"cloudjob_exporter/job"
)

// expire takes the jobs whose retention is over out of the states.
func (p *Poller) expire(now time.Time) {
	if len(p.expiring) == 0 || p.expiring[0].due.After(now) {
		return
	}
	leave := map[*job.State]bool{}
	for len(p.expiring) > 0 && !p.expiring[0].due.After(now) {
		e := heap.Pop(&p.expiring).(*entry)
		e.index = -1
		leave[e.state] = true
		p.expired = append(p.expired, e.state)
	}
	stay := make([]*job.State, 0, len(p.states)-len(leave))
	for _, s := range p.states {
		if !leave[s] {
			p.entries[s.Key].index = len(stay)
			stay = append(stay, s)
		}
	}
	p.states, p.shared = stay, false
}

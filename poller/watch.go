package poller

import (
	"iter"
	"time"

	"cloudjob_exporter/job"
)

// atOnce is how many jobs are added or removed while the lock is held.
const atOnce = 256

// Watch brings into effect which jobs sources name now, by difference: what is known
// of a job stays as long as any source names it, in the same project and version. If
// a job is removed from one source and added by another in the same call, no scrape
// sees it missing. The lock is released now
// and then.
func (p *Poller) Watch(changes ...Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, warned := 0, 0
	for e := range edits(changes) {
		if n++; n%atOnce == 0 {
			p.clean()
			p.mu.Unlock()
			p.mu.Lock()
		}
		p.edit(e, &warned)
	}
	p.clean()
	if warned > maxDuplicates {
		p.logDuplicates(warned - maxDuplicates)
	}
}

// edit is all that changes about one job.
type edit struct {
	key    job.Key
	remove []Source
	add    []addition
}

type addition struct {
	source Source
	job    *job.Job
}

// edits yields the changes job by job. Jobs that are in several places are gathered
// first, if anything is removed at all.
func edits(changes []Change) iter.Seq[edit] {
	removed := map[job.Key]*edit{}
	for _, c := range changes {
		for _, k := range c.Remove {
			if removed[k] == nil {
				removed[k] = &edit{key: k}
			}
			removed[k].remove = append(removed[k].remove, c.Source)
		}
	}
	return func(yield func(edit) bool) {
		for _, c := range changes {
			for _, j := range c.Add {
				a := addition{c.Source, j}
				if e := removed[j.Key]; e != nil {
					e.add = append(e.add, a)
				} else if !yield(edit{key: j.Key, add: []addition{a}}) {
					return
				}
			}
		}
		for _, e := range removed {
			if !yield(*e) {
				return
			}
		}
	}
}

// edit changes the claims of one job, and what follows from the first of them.
func (p *Poller) edit(c edit, warned *int) {
	e := p.entries[c.key]
	var first claim
	if e != nil && e.watched() {
		first = claim{e.source, e.state.Job}
	}
	for _, s := range c.remove {
		first = p.claims.remove(first, s, c.key)
	}
	for _, a := range c.add {
		if p.projects[a.job.Project] == nil {
			continue // the caller has let go of it, too, or will
		}
		before := first
		first = p.claims.add(first, a.source, a.job)
		p.warnOfDuplicate(before, first, a, warned)
	}
	p.reconcile(e, first)
}

// reconcile makes the entry of a job, nil if there is none, what its first claim says.
func (p *Poller) reconcile(e *entry, first claim) {
	switch {
	case first.by == nil && e == nil:
		return
	case first.by == nil:
		p.unwatch(e)
		return
	case e == nil:
		p.add(first)
		return
	case e.state.Project != first.job.Project || e.state.APIVersion != first.job.APIVersion:
		p.drop(e) // it is another job
		p.add(first)
		return
	}
	if e.state.Job != first.job {
		changed := *e.state
		changed.Job = first.job
		e.state = &changed
		p.shown.update(e)
	}
	if e.watched() {
		e.source = first.by
		return
	}
	again := e.place == queued
	p.move(e, idleUnlessPolling(e))
	e.source = first.by
	e.lane.jobs++
	p.shown.show(e)
	if e.state.Final() {
		p.shown.owe(e) // only probes may have shown it
	}
	switch {
	case again:
		p.move(e, queued)
	case e.place != polling:
		p.rest(e)
	}
}

// idleUnlessPolling returns where an entry is put aside: a poll goes on.
func idleUnlessPolling(e *entry) place {
	if e.place == polling {
		return polling
	}
	return idle
}

// add makes the entry of a job that was not known.
func (p *Poller) add(first claim) {
	e := p.newEntry(first.job)
	e.source = first.by
	e.lane.jobs++
	p.shown.show(e)
	if e.state.Final() {
		p.shown.owe(e)
	}
	p.rest(e)
}

// newEntry makes an entry that nobody watches yet.
func (p *Poller) newEntry(j *job.Job) *entry {
	e := &entry{state: &job.State{Job: j}, since: time.Now().UnixMicro()}
	if p.store != nil {
		if s, ok := p.store.Final(j); ok {
			e.state, e.delivered = s, s.Shown
		}
	}
	e.lane = p.lane(p.projects[j.Project], j.Provider)
	e.lane.failing[e.state.Err]++
	p.entries[j.Key] = e
	return e
}

// unwatch lets go of a job that no source names any more. It stays in scrapes while
// its end is owed to one, and is remembered while it is probed.
func (p *Poller) unwatch(e *entry) {
	if e.watched() {
		again := e.place == queued
		p.move(e, idleUnlessPolling(e))
		e.source = nil
		e.lane.jobs--
		if again && !e.probed.IsZero() {
			p.move(e, queued)
		}
	}
	if e.owed {
		return
	}
	p.shown.hide(e)
	if e.probed.IsZero() || p.projects[e.state.Project] == nil {
		p.drop(e)
	}
}

// drop forgets an entry. Its poll, if one is under way, is canceled.
func (p *Poller) drop(e *entry) {
	p.shown.hide(e)
	if e.place == queued {
		p.dirty[e.lane] = struct{}{}
	}
	p.move(e, gone)
	if e.watched() {
		e.lane.jobs--
	}
	e.lane.failing[e.state.Err]--
	delete(p.entries, e.state.Key)
	if e.cancel != nil {
		e.cancel()
	}
	p.release(e)
}

// clean takes what was dropped off the queues.
func (p *Poller) clean() {
	for l := range p.dirty {
		l.clean()
	}
	clear(p.dirty)
}

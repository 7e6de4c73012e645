package poller

import (
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/claims"
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
	for e := range claims.Edits(changes) {
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

// edit changes the claims of one job, and what follows from the first of them.
func (p *Poller) edit(c claims.Edit, warned *int) {
	e := p.entries[c.Key]
	var first claims.Claim
	if e != nil && e.watched() {
		first = claims.Claim{By: e.source, Job: e.state.Job}
	}
	for _, s := range c.Remove {
		first = p.claims.Remove(first, s, c.Key)
	}
	for _, a := range c.Add {
		if p.projects[a.Job.Project] == nil {
			continue // the caller has let go of it, too, or will
		}
		before := first
		first = p.claims.Add(first, a.Source, a.Job)
		p.warnOfDuplicate(before, first, a, warned)
	}
	p.reconcile(e, first)
	for _, a := range c.Add {
		if a.Answer != nil {
			p.answer(a.Answer)
		}
	}
}

// reconcile makes the entry of a job, nil if there is none, what its first claim says.
func (p *Poller) reconcile(e *entry, first claims.Claim) {
	switch {
	case first.By == nil && e == nil:
		return
	case first.By == nil:
		p.unwatch(e)
		return
	case e == nil:
		p.add(first)
		return
	case e.state.Project != first.Job.Project || e.state.APIVersion != first.Job.APIVersion:
		p.drop(e) // it is another job
		p.add(first)
		return
	}
	p.describe(e, first.Job, first.By.Name)
	if e.watched() {
		e.source = first.By
		return
	}
	again := e.place == queued
	p.shown.move(e, idleUnlessPolling(e))
	e.source = first.By
	e.lane.jobs++
	p.shown.show(e)
	if e.state.Final() {
		p.shown.owe(e) // only probes may have shown it
	}
	switch {
	case again:
		p.shown.move(e, queued)
	case e.place != polling:
		p.shown.rest(e)
	}
}

// describe records which source of a job counts, and how that wants it to be watched.
func (p *Poller) describe(e *entry, j *job.Job, source string) {
	if e.state.Job != j || e.state.Source != source {
		changed := *e.state
		changed.Job, changed.Source = j, source
		e.state = &changed
		p.shown.update(e)
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
func (p *Poller) add(first claims.Claim) {
	e := p.newEntry(first.Job, first.By.Name)
	e.source = first.By
	e.lane.jobs++
	p.shown.show(e)
	if e.state.Final() {
		p.shown.owe(e)
	}
	p.shown.rest(e)
}

// newEntry makes an entry that nobody watches yet.
func (p *Poller) newEntry(j *job.Job, source string) *entry {
	e := &entry{state: &job.State{Job: j, Source: source}, since: time.Now().UnixMicro()}
	if p.store != nil {
		if s, ok := p.store.Load(j); ok {
			e.restore(s)
		}
	}
	e.lane = p.lane(p.projects[j.Project], j.Provider)
	e.lane.failing[e.state.Err]++
	p.entries[j.Key] = e
	return e
}

// restore takes in what was stored of a job.
func (e *entry) restore(s *job.State) {
	e.state.FirstUnfinished = s.FirstUnfinished
	if s.Final() {
		s.Source = e.state.Source
		e.state, e.delivered = s, s.Shown
	}
}

// unwatch lets go of a job that no source names any more. It stays in scrapes while
// its end is owed to one, and is remembered while it is probed.
func (p *Poller) unwatch(e *entry) {
	if e.watched() {
		again := e.place == queued || e.place == awaiting
		p.shown.move(e, idleUnlessPolling(e))
		e.source = nil
		e.lane.jobs--
		p.describe(e, e.state.Job, "")
		if again && !e.probed.IsZero() {
			p.shown.move(e, queued)
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
	p.shown.move(e, gone)
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

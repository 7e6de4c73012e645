package poller

import (
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/claims"
	"cloudjob_exporter/poller/places"
)

// atOnce is how many jobs are added or removed while the lock is held.
const atOnce = 256

// maxDuplicates is how many jobs that sources disagree about are logged at a time.
const maxDuplicates = 20

// Watch brings into effect which jobs sources name now, by difference: what is known
// of a job stays as long as any source names it, in the same project and version. If
// a job is removed from one source and added by another in the same call, no scrape
// sees it missing. Jobs of other shards are ignored here, so that no source need know of
// shards. The lock is released now and then.
func (p *Poller) Watch(changes ...Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, warned := 0, 0
	for e := range claims.Edits(changes) {
		if !p.shard.Owns(e.Key) {
			continue
		}
		if n++; n%atOnce == 0 {
			p.clean()
			p.mu.Unlock()
			p.mu.Lock()
		}
		p.edit(e, &warned)
	}
	p.clean()
	if warned > maxDuplicates {
		p.news.MoreDuplicates(warned - maxDuplicates)
	}
}

// edit changes the claims of one job, and what follows from the first of them.
func (p *Poller) edit(c claims.Edit, warned *int) {
	e := p.entries[c.Key]
	var first claims.Claim
	if e != nil && e.Watched() {
		first = claims.Claim{By: e.Source, Job: e.State.Job}
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
		if second, ok := claims.Duplicate(before, first, a); ok {
			if *warned++; *warned <= maxDuplicates {
				p.news.Duplicate(c.Key, first.By.Source, second)
			}
		}
	}
	p.reconcile(e, first)
	for _, a := range c.Add {
		if a.Answer != nil && !p.alreadyKnown(a.Answer) {
			p.answer(a.Answer)
		}
	}
}

// alreadyKnown reports whether an answer is known that comes with a job. If another source has
// named the job before, the page of the listing was an answer about it already.
func (p *Poller) alreadyKnown(a *Answer) bool {
	e := p.entries[a.Key]
	return e != nil && e.Answered != 0 && p.sinceStart(a.Asked) <= e.Answered
}

// reconcile makes the entry of a job, nil if there is none, what its first claim says.
func (p *Poller) reconcile(e *places.Entry, first claims.Claim) {
	switch {
	case first.By == nil && e == nil:
		return
	case first.By == nil:
		p.unwatch(e)
		return
	case e == nil:
		p.add(first)
		return
	case e.State.Project != first.Job.Project || e.State.APIVersion != first.Job.APIVersion:
		p.drop(e) // it is another job
		p.add(first)
		return
	}
	p.describe(e, first.Job, first.By.Name)
	if e.Watched() {
		e.Source = first.By
		return
	}
	again := e.Place == places.Queued
	p.board.Move(e, idleUnlessPolling(e))
	e.Source = first.By
	e.Lane.Jobs++
	p.board.Show(e)
	if e.State.Final() {
		p.board.Owe(e) // only probes may have shown it
	}
	switch {
	case again:
		p.board.Move(e, places.Queued)
	case e.Place != places.Polling:
		p.board.Rest(e)
	}
}

// describe records which source of a job counts, and how that wants it to be watched.
func (p *Poller) describe(e *places.Entry, j *job.Job, source string) {
	if e.State.Job != j || e.State.Source != source {
		changed := *e.State
		changed.Job, changed.Source = j, source
		e.State = &changed
		p.board.Update(e)
	}
}

// idleUnlessPolling returns where an entry is put aside: a poll goes on.
func idleUnlessPolling(e *places.Entry) places.Place {
	if e.Place == places.Polling {
		return places.Polling
	}
	return places.Idle
}

// add makes the entry of a job that was not known.
func (p *Poller) add(first claims.Claim) {
	e := p.newEntry(first.Job, first.By.Name)
	e.Source = first.By
	e.Lane.Jobs++
	p.board.Show(e)
	if e.State.Final() {
		p.board.Owe(e)
	}
	p.board.Rest(e)
}

// newEntry makes an entry that nobody watches yet.
func (p *Poller) newEntry(j *job.Job, source string) *places.Entry {
	e := &places.Entry{State: &job.State{Job: j, Source: source}, Since: time.Now().UnixMicro()}
	if p.store != nil {
		if s, ok := p.store.Load(j); ok {
			e.Restore(s)
		}
	}
	e.Lane = p.lane(p.projects[j.Project], j.Provider)
	e.Lane.Failing[e.State.Err]++
	p.entries[j.Key] = e
	return e
}

// unwatch lets go of a job that no source names any more. It stays in scrapes while
// its end is owed to one, and is remembered while it is probed.
func (p *Poller) unwatch(e *places.Entry) {
	if e.Watched() {
		again := e.Place == places.Queued || e.Place == places.Awaiting
		p.board.Move(e, idleUnlessPolling(e))
		e.Source = nil
		e.Lane.Jobs--
		p.describe(e, e.State.Job, "")
		if again && !e.Probed.IsZero() {
			p.board.Move(e, places.Queued)
		}
	}
	if e.Owed {
		return
	}
	p.board.Hide(e)
	if e.Probed.IsZero() || p.projects[e.State.Project] == nil {
		p.drop(e)
	}
}

// drop forgets an entry. Its poll, if one is under way, is canceled.
func (p *Poller) drop(e *places.Entry) {
	p.board.Hide(e)
	if e.Place == places.Queued {
		p.dirty[e.Lane] = struct{}{}
	}
	p.board.Move(e, places.Gone)
	if e.Watched() {
		e.Lane.Jobs--
	}
	e.Lane.Failing[e.State.Err]--
	delete(p.entries, e.State.Key)
	if e.Cancel != nil {
		e.Cancel()
	}
	p.release(e)
}

// clean takes what was dropped off the queues.
func (p *Poller) clean() {
	for l := range p.dirty {
		l.Clean()
	}
	clear(p.dirty)
}

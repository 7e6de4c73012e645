package poller

import (
	"context"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/places"
)

// Poll polls the jobs that are due, waits for them until ctx is done, and gives
// what is known by then of every job. Polls that are not over go on.
func (p *Poller) Poll(ctx context.Context) Snapshot {
	p.mu.Lock()
	p.scrapes++
	p.lastPoll = time.Now()
	p.wantTasks(time.Now())
	p.want(time.Now())
	wait := make([]*places.Batch, 0, len(p.batches))
	for b := range p.batches {
		wait = append(wait, b)
	}
	p.mu.Unlock()

	for _, b := range wait {
		select {
		case <-b.Done:
		case <-ctx.Done():
		case <-p.ctx.Done():
		}
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	p.scrapes--
	p.lastScrape = time.Now()
	p.lastPoll = p.lastScrape
	return p.snapshot()
}

// Snapshot returns what is known now, and polls nothing.
func (p *Poller) Snapshot() Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.snapshot()
}

// State gives what is known now of one job that is watched.
func (p *Poller) State(k job.Key) (s *job.State, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.entries[k]
	if !ok {
		return nil, false
	}
	return e.State, true
}

func (p *Poller) snapshot() Snapshot {
	s := p.board.Snapshot(time.Now())
	s.MaxStale, s.Interval, s.LastScrape = p.settings.MaxStale, p.settings.Interval, p.lastPoll
	return s
}

// Delivered tells the poller that a snapshot of Poll is in a complete answer to a
// scrape.
func (p *Poller) Delivered(s Snapshot) {
	if !s.Owes() {
		return
	}
	for _, state := range p.settle(s) {
		stored := *state
		stored.Shown = true
		p.store.Put(&stored)
	}
}

// settle takes note of what was delivered, and returns what of it is to be stored.
func (p *Poller) settle(s Snapshot) (store []*job.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.board.Delivered(s) {
		if p.store != nil {
			store = append(store, e.State)
		}
		if e.Watched() {
			p.board.Rest(e)
		} else {
			p.unwatch(e)
		}
	}
	return store
}

// want queues all jobs that are due for the scrape that begins now, and sees to
// it that somebody works on them.
func (p *Poller) want(now time.Time) {
	b := &places.Batch{Done: make(chan struct{})}
	soon := now.Add(places.Grace(p.settings.Interval))
	for _, pr := range p.projects {
		for _, l := range pr.Lanes {
			p.wantOf(l, b, now, soon)
			p.metrics.Scraped(l.Provider, l.Jobs, len(l.Queue)+l.Awaiting+l.Asked)
		}
		p.work(pr)
	}
	if b.Left > 0 {
		p.batches[b] = struct{}{}
	}
}

// set replaces the state of a job.
func (p *Poller) set(e *places.Entry, s *job.State) {
	before := e.State
	e.Lane.Failing[before.Err]--
	e.Lane.Failing[s.Err]++
	e.State = s
	p.board.Update(e)
	if s.Final() {
		p.board.Owe(e)
	}
	p.news.Changed(s, before, e.Lane.Failing[before.Err] == 0)
}

// release takes a job out of its batch: its poll is over, or will not come.
func (p *Poller) release(e *places.Entry) {
	if e.Over != nil {
		close(e.Over)
		e.Over = nil
	}
	b := e.Batch
	e.Batch = nil
	if b == nil {
		return
	}
	if b.Left--; b.Left == 0 {
		close(b.Done)
		delete(p.batches, b)
	}
}

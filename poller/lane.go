package poller

import (
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/places"
)

// lane returns the lane of a provider's jobs.
func (p *Poller) lane(pr *places.Site, provider string) *places.Lane {
	l, ok := pr.Lanes[provider]
	if !ok {
		l = &places.Lane{Project: pr, Provider: provider, Failing: map[job.Reason]int{}}
		pr.Lanes[provider] = l
		p.metrics.Expect(provider)
	}
	return l
}

// wantOf moves the jobs of a lane that are due before soon into the queue, or to where
// they wait for a listing, and into the batch if they can be polled now.
func (p *Poller) wantOf(l *places.Lane, b *places.Batch, now, soon time.Time) {
	held := len(l.Queue)
	if l.Pause.On(now) {
		for e := range l.Due(soon) {
			p.board.Move(e, places.Queued)
		}
		p.hold(l, l.Queue[held:])
		return
	}
	p.await(l, b)
	var later []*places.Entry
	for e := range l.Due(soon.Add(l.Ahead())) {
		switch expected := e.Listing.Expected(); {
		case expected && e.Listing.Shown(e), !expected && e.Due.After(soon):
			later = append(later, e)
		case expected:
			p.board.Move(e, places.Awaiting)
			b.Join(e)
		default:
			p.board.Move(e, places.Queued)
		}
	}
	for _, e := range later {
		p.board.Move(e, places.Parked)
	}
	for _, e := range l.Queue {
		b.Join(e)
	}
}

// hold marks jobs that are due and cannot be asked for.
func (p *Poller) hold(l *places.Lane, waiting []*places.Entry) {
	for _, e := range waiting {
		if e.State.Err != l.Pause.Reason {
			p.set(e, e.State.Unanswered(l.Pause.Reason))
		}
		p.release(e)
	}
}

// stop pauses the lane's calls because of f, if that asks for it. asked is when the call
// began. It reports whether that was logged.
func (p *Poller) stop(l *places.Lane, f *job.Failure, asked, now time.Time) (logged bool) {
	d, began, news := l.Pause.Begin(f, asked, now)
	if news {
		p.news.Paused(l.Provider, l.Project.Name, f, d)
	}
	if began {
		for _, t := range l.Tasks {
			p.letGo(t, false)
		}
		p.hold(l, l.Queue)
		p.hold(l, l.Probed)
	}
	return news
}

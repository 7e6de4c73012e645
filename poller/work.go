package poller

import (
	"cmp"
	"context"
	"errors"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/metrics"
	"cloudjob_exporter/poller/places"
)

// demand is how long queued polls go on after the last scrape: without scrapes
// the cloud is asked for nothing.
const demand = time.Minute

// work starts as many workers as there is work for, within the project's limit.
func (p *Poller) work(pr *places.Site) {
	if p.ctx.Err() != nil {
		return
	}
	ready := len(pr.Tasks) + pr.Queued() + pr.InFlight()
	for ; pr.Workers < min(p.settings.Concurrency, ready); pr.Workers++ {
		p.wg.Go(func() { p.worker(pr) })
	}
}

// worker runs tasks and polls until nothing is queued that may be asked for.
func (p *Poller) worker(pr *places.Site) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { pr.Workers-- }()
	for p.ctx.Err() == nil && pr.Workers <= p.settings.Concurrency {
		if t := p.nextTask(pr); t != nil {
			p.run(pr, t)
			pr.Tasked = true
			continue
		}
		pr.Tasked = false
		queue := p.next(pr)
		if queue == nil || pr.Waiting >= pr.Queued() { // as many wait already as there is to do
			return
		}
		p.pollNext(pr, (*queue)[0].Due)
	}
}

// pollNext polls the next job, which is due then. It is called with the lock,
// which it does not hold while it waits.
func (p *Poller) pollNext(pr *places.Site, due time.Time) {
	pr.Waiting++
	p.mu.Unlock()
	err := cmp.Or(sleepUntil(p.ctx, due), p.wait(pr))
	p.mu.Lock()
	pr.Waiting--
	if err != nil || pr.InFlight() >= p.settings.Concurrency {
		return // closed, no longer configured, or now with fewer calls in flight
	}
	if c := p.take(pr); c != nil {
		p.mu.Unlock()
		c.poll()
		p.mu.Lock()
		p.done(c)
	}
}

// next is the queue whose first job is to be asked for next: the configured ones
// before those that only probes ask for, and of two lanes the one that has waited
// longer. It is nil if no job may be asked for.
func (p *Poller) next(pr *places.Site) *[]*places.Entry {
	now := time.Now()
	if p.unwatched(now) {
		return nil
	}
	var next *[]*places.Entry
	for _, l := range pr.Lanes {
		queue := l.Next()
		if queue == nil || l.Pause.On(now) {
			continue
		}
		if next == nil || before((*queue)[0], (*next)[0]) {
			next = queue
		}
	}
	return next
}

func before(a, b *places.Entry) bool {
	if a.Watched() != b.Watched() {
		return a.Watched()
	}
	return a.Due.Before(b.Due)
}

// unwatched tells that nobody has scraped for so long that nothing is asked for.
func (p *Poller) unwatched(now time.Time) bool {
	return p.scrapes == 0 && now.Sub(p.lastScrape) > max(p.settings.Interval, demand)
}

// call is one poll under way.
type call struct {
	*places.Entry
	job     *job.Job
	from    *places.Lane // the lane it was taken from; a reload may move the entry to another
	by      Fetcher
	scraped bool // a source named the job
	ctx     context.Context
	asked   time.Time // when the cloud was called
	report  job.Report
	err     error
}

// take takes the next job off its queue; nil if none may be polled now. What
// happened while the worker waited counts: a pause, a reload, no more scrapes.
func (p *Poller) take(pr *places.Site) *call {
	queue := p.next(pr)
	if queue == nil || (*queue)[0].Due.After(time.Now()) {
		return nil
	}
	e, l := (*queue)[0], (*queue)[0].Lane
	(*queue)[0] = nil
	*queue = (*queue)[1:]
	p.board.Move(e, places.Polling)
	l.InFlight++
	c := &call{Entry: e, job: e.State.Job, from: l, by: pr.Fetcher, scraped: e.Watched()}
	if c.scraped {
		l.Asked++
	}
	if e.Batch == nil && c.scraped { // no scrape queued it, but the next one shall wait for it
		e.Batch = &places.Batch{Left: 1, Done: make(chan struct{})}
		p.batches[e.Batch] = struct{}{}
	}
	c.ctx, e.Cancel = context.WithCancel(p.ctx)
	return c
}

// poll asks for one job.
func (c *call) poll() {
	c.asked = time.Now()
	c.report, c.err = c.by.Fetch(c.ctx, c.job)
}

// done takes in how a poll ended.
func (p *Poller) done(c *call) {
	c.Cancel()
	c.Cancel = nil
	c.from.InFlight--
	if c.scraped {
		c.from.Asked--
	}
	defer p.release(c.Entry)
	switch {
	case c.Place == places.Gone:
		return
	case errors.Is(c.err, context.Canceled): // closed: nothing was learnt
	case c.State.Final(), p.outdated(c.Entry, c.asked):
		p.superseded(c)
	case c.err != nil && c.by != c.from.Project.Fetcher: // nor is it by settings that are gone
		c.Renew()
	case c.err != nil:
		p.failed(c, job.AsFailure(c.err))
	default:
		p.learn(c.Entry, c.report, c.asked, metrics.Call)
	}
	p.board.Rest(c.Entry)
}

// superseded takes in a poll of a job about which a listing has answered since: nothing
// is learnt about the job.
func (p *Poller) superseded(c *call) {
	if c.err == nil || c.by != c.from.Project.Fetcher {
		return
	}
	f := job.AsFailure(c.err)
	p.metrics.Errors.WithLabelValues(c.job.Provider, string(f.Reason)).Inc()
	if f.Pauses() {
		p.stop(c.from, f, c.asked, time.Now())
	}
}

// failed takes in a poll that brought no answer.
func (p *Poller) failed(c *call, f *job.Failure) {
	p.metrics.Errors.WithLabelValues(c.job.Provider, string(f.Reason)).Inc()
	before := c.State
	p.set(c.Entry, before.Unanswered(f.Reason))
	first := c.Lane.Failing[f.Reason] == 1
	c.Backoff = 1
	if f.Reason == job.NotFound {
		first = !before.Missing
		c.Entry.Answered = p.sinceStart(c.asked)
		c.Backoff = min(uint8(1)<<c.Misses, 10)
		c.Misses = min(c.Misses+1, 4)
	}
	c.Entry.Due = c.asked.Add(time.Duration(c.Backoff) * p.settings.Interval)
	paused := f.Pauses() && p.stop(c.from, f, c.asked, time.Now())
	if !paused && before.Err != f.Reason {
		p.news.Failed(c.State, f, first)
	}
}

// sleepUntil waits for t. It gives the error of ctx if that is done first.
func sleepUntil(ctx context.Context, t time.Time) error {
	d := time.Until(t)
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait waits until a project may be called, at the pace that holds then. It is
// an error if the project is no longer configured so, or the poller is closed.
func (p *Poller) wait(pr *places.Site) error {
	for {
		p.mu.Lock()
		now := pr.Pace
		p.mu.Unlock()
		err := now.Wait()
		p.mu.Lock()
		same := pr.Pace == now
		p.mu.Unlock()
		if err == nil || same {
			return err
		}
	}
}

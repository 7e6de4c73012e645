package poller

import (
	"cmp"
	"context"
	"errors"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/metrics"
)

// demand is how long queued polls go on after the last scrape: without scrapes
// the cloud is asked for nothing.
const demand = time.Minute

// work starts as many workers as there is work for, within the project's limit.
func (p *Poller) work(pr *project) {
	if p.ctx.Err() != nil {
		return
	}
	ready := len(pr.tasks) + pr.queued() + pr.inFlight()
	for ; pr.workers < min(p.settings.Concurrency, ready); pr.workers++ {
		p.wg.Go(func() { p.worker(pr) })
	}
}

// queued is how many jobs may be asked for now.
func (pr *project) queued() (n int) {
	now := time.Now()
	for _, l := range pr.lanes {
		if !l.pause.On(now) {
			n += len(l.queue) + len(l.probed)
		}
	}
	return n
}

// worker runs tasks and polls until nothing is queued that may be asked for.
func (p *Poller) worker(pr *project) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { pr.workers-- }()
	for p.ctx.Err() == nil && pr.workers <= p.settings.Concurrency {
		if t := p.nextTask(pr); t != nil {
			p.run(pr, t)
			pr.tasked = true
			continue
		}
		pr.tasked = false
		queue := p.next(pr)
		if queue == nil || pr.waiting >= pr.queued() { // as many wait already as there is to do
			return
		}
		p.pollNext(pr, (*queue)[0].due)
	}
}

// pollNext polls the next job, which is due then. It is called with the lock,
// which it does not hold while it waits.
func (p *Poller) pollNext(pr *project, due time.Time) {
	pr.waiting++
	p.mu.Unlock()
	err := cmp.Or(sleepUntil(p.ctx, due), p.wait(pr))
	p.mu.Lock()
	pr.waiting--
	if err != nil || pr.inFlight() >= p.settings.Concurrency {
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
func (p *Poller) next(pr *project) *[]*entry {
	now := time.Now()
	if p.unwatched(now) {
		return nil
	}
	var next *[]*entry
	for _, l := range pr.lanes {
		queue := l.next()
		if queue == nil || l.pause.On(now) {
			continue
		}
		if next == nil || before((*queue)[0], (*next)[0]) {
			next = queue
		}
	}
	return next
}

func before(a, b *entry) bool {
	if a.watched() != b.watched() {
		return a.watched()
	}
	return a.due.Before(b.due)
}

// unwatched tells that nobody has scraped for so long that nothing is asked for.
func (p *Poller) unwatched(now time.Time) bool {
	return p.scrapes == 0 && now.Sub(p.lastScrape) > max(p.settings.Interval, demand)
}

// call is one poll under way.
type call struct {
	*entry
	job     *job.Job
	from    *lane // the lane it was taken from; a reload may move the entry to another
	by      Fetcher
	scraped bool // a source named the job
	ctx     context.Context
	asked   time.Time // when the cloud was called
	report  job.Report
	err     error
}

// take takes the next job off its queue; nil if none may be polled now. What
// happened while the worker waited counts: a pause, a reload, no more scrapes.
func (p *Poller) take(pr *project) *call {
	queue := p.next(pr)
	if queue == nil || (*queue)[0].due.After(time.Now()) {
		return nil
	}
	e, l := (*queue)[0], (*queue)[0].lane
	(*queue)[0] = nil
	*queue = (*queue)[1:]
	p.shown.move(e, polling)
	l.inFlight++
	c := &call{entry: e, job: e.state.Job, from: l, by: pr.Fetcher, scraped: e.watched()}
	if c.scraped {
		l.asked++
	}
	if e.batch == nil && c.scraped { // no scrape queued it, but the next one shall wait for it
		e.batch = &batch{left: 1, done: make(chan struct{})}
		p.batches[e.batch] = struct{}{}
	}
	c.ctx, e.cancel = context.WithCancel(p.ctx)
	return c
}

// poll asks for one job.
func (c *call) poll() {
	c.asked = time.Now()
	c.report, c.err = c.by.Fetch(c.ctx, c.job)
}

// done takes in how a poll ended.
func (p *Poller) done(c *call) {
	c.cancel()
	c.cancel = nil
	c.from.inFlight--
	if c.scraped {
		c.from.asked--
	}
	defer p.release(c.entry)
	switch {
	case c.place == gone:
		return
	case errors.Is(c.err, context.Canceled): // closed: nothing was learnt
	case c.state.Final(), c.asked.UnixNano() < c.entry.answered:
		p.superseded(c)
	case c.err != nil && c.by != c.from.project.Fetcher: // nor is it by settings that are gone
		c.renew()
	case c.err != nil:
		p.failed(c, job.AsFailure(c.err))
	default:
		p.learn(c.entry, c.report, c.asked, metrics.Call)
	}
	p.shown.rest(c.entry)
}

// superseded takes in a poll of a job about which a listing has answered since: nothing
// is learnt about the job.
func (p *Poller) superseded(c *call) {
	if c.err == nil || c.by != c.from.project.Fetcher {
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
	before := c.state
	p.set(c.entry, before.Unanswered(f.Reason))
	first := p.firstFailure(c.entry, before, f)
	c.backoff = 1
	if f.Reason == job.NotFound {
		c.entry.answered = c.asked.UnixNano()
		c.backoff = min(uint8(1)<<c.misses, 10)
		c.misses = min(c.misses+1, 4)
	}
	c.entry.due = c.asked.Add(time.Duration(c.backoff) * p.settings.Interval)
	paused := f.Pauses() && p.stop(c.from, f, c.asked, time.Now())
	if !paused && before.Err != f.Reason {
		p.logFailure(c.entry, f, first)
	}
}

// inFlight is how many workers are busy.
func (pr *project) inFlight() int {
	n := pr.running
	for _, l := range pr.lanes {
		n += l.inFlight
	}
	return n
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
func (p *Poller) wait(pr *project) error {
	for {
		p.mu.Lock()
		now := pr.pace
		p.mu.Unlock()
		err := now.Wait()
		p.mu.Lock()
		same := pr.pace == now
		p.mu.Unlock()
		if err == nil || same {
			return err
		}
	}
}

package poller

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"cloudjob_exporter/job"
)

// world is what the poller of a scenario sees: clouds, users who scrape, and
// the configuration. It knows of each call whether it is allowed.
type world struct {
	began  time.Time
	truths map[identity]truth
	store  *journal
	poller *Poller   // of the process that runs
	shard  job.Shard // of the same

	mu         sync.Mutex
	violations []string
	settings   Settings
	projects   map[string]*credentials
	lives      map[job.Key]*life
	departing  map[job.Key]*life   // no longer configured, and owed a scrape
	faults     map[[2]string]fault // of a project and provider
	scraping   int
	scraped    time.Time // end of the last scrape
	swept      time.Time // when jobs that nobody probes any more were last forgotten
	calls      int
	unlisted   map[identity]bool // what the lists leave out
	ended      map[string]int    // jobs that ended after they were seen unfinished, by project, in this process
}

func (w *world) violated(format string, args ...any) {
	w.violations = append(w.violations, fmt.Sprintf("after %v: ", time.Since(w.began))+fmt.Sprintf(format, args...))
}

// mark takes in that a pause, on which nothing is asked, may have been given as
// the reason why a job that is due was not polled.
func (w *world) mark(l *life, now time.Time) {
	c := w.projects[l.job.Project]
	grace := min(w.settings.Interval/10, 500*time.Millisecond)
	if c == nil || l.asking || now.Before(l.due(w.settings.Interval).Add(-grace)) {
		return
	}
	if l.marks == nil {
		l.marks = map[job.Reason]bool{}
	}
	maps.Copy(l.marks, c.pause(l.job.Provider).reasons)
}

// credentials is a Fetcher: a project's access to its cloud. Other credentials
// are another Fetcher.
type credentials struct {
	*world
	project    string
	generation int
	replaced   time.Time // since when others are in use; zero if they still are
	flight     *flight   // of the project, with whichever credentials
	pauses     map[string]*pauseModel
}

// flight is the calls under way at a time.
type flight struct{ now, most int }

// pauseModel is for how long an endpoint is to be left alone.
type pauseModel struct {
	at       time.Time
	shortest time.Time           // no call until then
	longest  time.Time           // calls after that
	reasons  map[job.Reason]bool // of this pause and those before it
}

func (c *credentials) pause(provider string) *pauseModel {
	if c.pauses[provider] == nil {
		c.pauses[provider] = &pauseModel{reasons: map[job.Reason]bool{}}
	}
	return c.pauses[provider]
}

func (c *credentials) Fetch(ctx context.Context, j *job.Job) (job.Report, error) {
	if err := ctx.Err(); err != nil {
		return job.Report{}, err // nothing was sent
	}
	asked := time.Now()
	l, latency := c.begin(j, asked)
	err := sleepUntil(ctx, asked.Add(latency))
	return c.end(l, j, asked, err)
}

// begin checks a call against all that is known.
func (c *credentials) begin(j *job.Job, now time.Time) (*life, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	l, ok := c.lives[j.Key]
	if !ok || identityOf(l.job) != identityOf(j) {
		c.violated("%v is asked for, and not watched", identityOf(j))
		l = &life{job: j}
	}
	switch wait := l.due(c.settings.Interval).Sub(now); {
	case l.listedAt.Equal(now):
	case l.known.status.Final():
		c.violated("%s is asked for, though it is final", j.ID)
	case l.asking:
		c.violated("%s is asked for twice at a time", j.ID)
	case wait > 0:
		c.violated("%s is asked for %v too early, misses %d", j.ID, wait, l.misses)
	}
	if !c.replaced.IsZero() && now.After(c.replaced) {
		c.violated("%s is asked for with credentials that were replaced %v ago", j.ID, now.Sub(c.replaced))
	}
	c.mayBeCalled(j.Provider, now)
	c.mark(l, now)
	l.begins(now)
	return l, c.faults[[2]string{c.project, j.Provider}].latency
}

// mayBeCalled checks a call, whatever it is for.
func (c *credentials) mayBeCalled(provider string, now time.Time) {
	if p := c.pause(provider); now.After(p.at) && now.Before(p.shortest) {
		c.violated("%s of %s is called %v before a pause ends", provider, c.project, p.shortest.Sub(now))
	}
	if idle := now.Sub(c.scraped); c.scraping == 0 && idle > max(c.settings.Interval, time.Minute) {
		c.violated("%s of %s is called %v after the last scrape", provider, c.project, idle)
	}
	f := c.flight
	if f.now++; f.now == 1 {
		f.most = c.settings.Concurrency
	}
	if f.most = max(f.most, c.settings.Concurrency); f.now > f.most {
		c.violated("%d calls in flight", f.now)
	}
}

// end tells the poller and the model how a call ended.
func (c *credentials) end(l *life, j *job.Job, asked time.Time, canceled error) (job.Report, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flight.now--
	if canceled != nil {
		l.asking = false
		return job.Report{}, canceled
	}
	now := time.Now()
	truth := c.truths[identityOf(j)].at(now.Sub(c.began))
	e := c.faults[[2]string{c.project, j.Provider}].err
	if e == nil && truth.absent {
		e = &job.Failure{Reason: job.NotFound}
	}
	if l.superseded(asked) {
		l.asking = false
		if e == nil {
			return truth.report(c.began), nil
		}
		if c.replaced.IsZero() {
			c.pause(j.Provider).begin(e, asked, now)
		}
		copied := *e
		return job.Report{}, &copied
	}
	if e != nil {
		if c.replaced.IsZero() {
			l.failed(asked, now, e.Reason)
			c.pause(j.Provider).begin(e, asked, now)
		} else {
			l.asking = false
			l.renewed()
		}
		copied := *e
		return job.Report{}, &copied
	}
	r := truth.report(c.began)
	c.count(l, r)
	l.answered(asked, now, r)
	return r, nil
}

// count takes in that an answer may say that a job has ended.
func (w *world) count(l *life, r job.Report) {
	if r.Status.Final() && l.unfinished && w.shard.Owns(l.job.Key) {
		w.ended[l.job.Project]++
	}
}

// begin is told of an error, which may begin a pause or prolong it.
func (p *pauseModel) begin(e *job.Failure, asked, now time.Time) {
	shortest, longest := e.RetryAfter, e.RetryAfter
	if e.RetryAfter == 0 {
		if !e.Pauses() {
			return
		}
		shortest, longest = 2*time.Second, job.MaxPause
	}
	p.reasons[e.Reason] = true
	if until := now.Add(longest); until.After(p.longest) {
		p.longest = until
	}
	if e.RetryAfter == 0 && !asked.After(p.at) {
		return // it was under way when the pause began, and does not prolong it
	}
	if until := now.Add(shortest); until.After(p.shortest) {
		p.at, p.shortest = now, until
	}
}

package poller

import (
	"context"
	"time"

	"cloudjob_exporter/job"
)

// A list API of a scenario shows the jobs of a project at an endpoint, each on a page of
// its own, as far as the cloud knows them and does not leave them out.

// listings are those of a project.
func (c *credentials) listings(every time.Duration) []Task {
	var tasks []Task
	for provider, version := range map[string]string{"cfw": "", "elb": "v3"} {
		name := c.project + "/" + provider
		tasks = append(tasks, Task{
			Name: name, Project: c.project, Provider: provider, Interval: every,
			Run: func(ctx context.Context, turn func() error) error {
				for _, j := range jobPlaces {
					if j.Project != c.project || j.Provider != provider || j.APIVersion != version {
						continue
					}
					if err := turn(); err != nil {
						return err
					}
					if err := c.page(ctx, &j, name); err != nil {
						return err
					}
				}
				return nil
			},
		})
	}
	return tasks
}

// page asks for one page, and hands over what it says.
func (c *credentials) page(ctx context.Context, j *job.Job, listing string) error {
	asked := time.Now()
	c.mu.Lock()
	c.calls++
	c.mayBeCalled(j.Provider, asked)
	latency := c.faults[[2]string{c.project, j.Provider}].latency
	c.mu.Unlock()

	err := sleepUntil(ctx, asked.Add(latency))

	c.mu.Lock()
	c.flight.now--
	now := time.Now()
	if e := c.faults[[2]string{c.project, j.Provider}].err; err == nil && e != nil {
		if c.replaced.IsZero() {
			c.pause(j.Provider).begin(e, asked, now)
		}
		copied := *e
		err = &copied
	}
	var answers []Answer
	if err == nil {
		answers = c.listed(j, asked, listing)
	}
	p := c.poller
	c.mu.Unlock()
	p.Answered(answers)
	return err
}

// listed returns what a list says about a job, if it shows it, and tells the model.
func (w *world) listed(j *job.Job, asked time.Time, listing string) []Answer {
	truth := w.truths[identityOf(j)].at(time.Since(w.began))
	if truth.absent || w.unlisted[identityOf(j)] {
		return nil
	}
	r := truth.report(w.began)
	if l := w.lives[j.Key]; l != nil && identityOf(l.job) == identityOf(j) {
		w.learnt(l, asked, time.Now(), r)
	}
	return []Answer{{Key: j.Key, Project: j.Project, APIVersion: j.APIVersion, Report: r, Asked: asked, Listing: listing}}
}

// report is the answer of a cloud.
func (m moment) report(began time.Time) job.Report {
	r := job.Report{Status: m.status, Begin: began}
	switch {
	case m.status.Final():
		r.End = began.Add(m.at)
	case m.status == job.Unknown:
		r.RawStatus = "PAUSED"
	}
	return r
}

// learnt is told of what a list says about a job.
func (w *world) learnt(l *life, asked, now time.Time, r job.Report) {
	if l.known.status.Final() || asked.Before(l.heardOf) {
		return
	}
	w.count(l, r)
	l.listedAt = now
	asking, last := l.asking, l.asked
	l.answered(asked, now, r)
	if l.asking = asking; last.After(asked) {
		l.asked = last
	} else {
		l.spacing = 1
	}
}

// superseded reports whether nothing is learnt of a call, since a list has answered a
// later question.
func (l *life) superseded(asked time.Time) bool {
	return l.known.status.Final() || asked.Before(l.heardOf)
}

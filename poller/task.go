package poller

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/places"
)

// replaceTasks takes over the tasks of a plan. One that failed and whose project
// has changed is due at once.
func (p *Poller) replaceTasks(tasks []Task, changed map[*places.Site]bool) {
	old := p.tasks
	p.tasks = make(map[string]*places.Listing, len(tasks))
	for _, pr := range p.projects {
		pr.Tasks = nil
		for _, l := range pr.Lanes {
			l.Tasks = nil
		}
	}
	now := time.Now()
	for _, configured := range tasks {
		t, ok := old[configured.Name]
		if !ok {
			t = &places.Listing{}
		}
		delete(old, configured.Name)
		pr := p.projects[configured.Project]
		t.Due = t.Due.Add(configured.Interval - t.Interval)
		if t.Failed && changed[pr] {
			t.Due = time.Time{}
		}
		t.Task = configured
		p.tasks[configured.Name] = t
		if t.Queued = t.Queued && t.Soon(now); t.Queued {
			pr.Tasks = append(pr.Tasks, t)
		} else if !t.Runs {
			p.letGo(t, false)
		}
		l := p.lane(pr, t.Provider)
		l.Tasks = append(l.Tasks, t)
	}
	for _, t := range old { // one that runs will end with an error, or be of no use
		t.Queued, t.Late = false, true
		t.Arrived()
		p.letGo(t, false)
	}
}

// wantTasks queues the tasks that are due.
func (p *Poller) wantTasks(now time.Time) {
	for _, t := range p.tasks {
		if pr := p.projects[t.Project]; !t.Queued && !t.Runs && t.Soon(now) {
			t.Queued, t.Late = true, false
			pr.Tasks = append(pr.Tasks, t)
			p.expect(t, later(now, t.Due))
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// nextTask takes the next task off a project's queue that may make calls now; nil
// if there is none. Tasks leave one of the calls in flight to polls, or every other one
// if there is only one at a time.
func (p *Poller) nextTask(pr *places.Site) *places.Listing {
	if pr.Running >= max(p.settings.Concurrency-1, 1) || p.settings.Concurrency == 1 && pr.Tasked && pr.Queued() > 0 {
		return nil
	}
	now := time.Now()
	i := slices.IndexFunc(pr.Tasks, func(t *places.Listing) bool { return !p.lane(pr, t.Provider).Pause.On(now) })
	if i < 0 || p.unwatched(now) {
		return nil
	}
	t := pr.Tasks[i]
	pr.Tasks = slices.Delete(pr.Tasks, i, i+1)
	t.Queued, t.Runs, t.Late = false, true, false
	t.Began = p.sinceStart(now)
	t.Due = later(t.Due, now).Add(t.Interval)
	t.Arrived()
	pr.Running++
	return t
}

// run runs a task that nextTask gave, with the lock, which is not held
// meanwhile. It takes the place of a poll among the calls in flight.
func (p *Poller) run(pr *places.Site, t *places.Listing) {
	r := &taskRun{Listing: t, p: p, lane: p.lane(pr, t.Provider), by: pr.Fetcher, asked: time.Now()}
	run, begins := t.Run, t.Due.Add(-t.Interval)
	p.mu.Unlock()
	err := sleepUntil(p.ctx, begins)
	if err == nil {
		err = run(p.ctx, r.turn)
	}
	p.mu.Lock()
	pr.Running--
	t.Runs, t.Failed = false, err != nil
	t.Arrived()
	f := job.AsFailure(err)
	switch {
	case errors.Is(err, ErrPutOff), err != nil && r.by != pr.Fetcher: // which was by the settings of before
		t.Due = time.Time{}
	case f.Pauses():
		p.stop(r.lane, f, r.asked, time.Now())
		t.PutOff(r.lane.Pause.Until())
	default:
		t.Paused = 0
	}
	if err == nil && !r.first.IsZero() {
		t.Span = min(r.asked.Sub(r.first), t.Interval/2)
	}
	p.letGo(t, err == nil)
}

// taskRun is one run of a task.
type taskRun struct {
	*places.Listing
	p            *Poller
	lane         *places.Lane
	by           Fetcher
	first, asked time.Time // when its first call began, and its last one
}

// turn waits until the task may make a call, which it makes then. A pause puts the task
// off, which is not to wait for minutes and then go on where nobody scrapes any more. So
// does a reload that changes its project. The jobs that the call is to show are not
// asked for singly while it waits: they would wait as long.
func (r *taskRun) turn() error {
	p, l := r.p, r.lane
	p.mu.Lock()
	r.Arrived()
	p.mu.Unlock()
	if p.wait(l.Project) != nil {
		return fmt.Errorf("%w: the project is gone", ErrPutOff)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case l.Project.Fetcher != r.by:
		return fmt.Errorf("%w: the project has changed", ErrPutOff)
	case l.Project.InFlight() > p.settings.Concurrency: // the limit is lower now
		return fmt.Errorf("%w: there are as many calls in flight as there may be", ErrPutOff)
	case l.Pause.On(now):
		return fmt.Errorf("%w: calls to %s are paused: %s", ErrPutOff, l.Provider, l.Pause.Reason)
	case p.unwatched(now):
		return fmt.Errorf("%w: nobody scrapes any more", ErrPutOff)
	}
	if r.asked = now; r.first.IsZero() {
		r.first = now
	}
	p.expect(r.Listing, now)
	return nil
}

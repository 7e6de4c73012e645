package poller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloudjob_exporter/cloud"
)

// Task is something else than a job's status that a cloud is asked for, at
// intervals, while somebody scrapes. It shares the limits and the pauses of its
// project's endpoint.
type Task struct {
	Name              string // unique; the same name at the next Apply goes on with its interval
	Project, Provider string
	Interval          time.Duration
	// Run does it. It calls turn before each call to the cloud, to wait until
	// one may be made; an error means that none may be, and Run ends.
	Run func(ctx context.Context, turn func() error) error
}

type task struct {
	Task
	due    time.Time
	queued bool // in its project's queue
	runs   bool
	failed bool // the last time
}

// replaceTasks takes over the tasks of a plan. One that is queued stays so; one
// that failed and whose project has changed is due at once.
func (p *Poller) replaceTasks(tasks []Task, changed map[*project]bool) {
	old := p.tasks
	p.tasks = make(map[string]*task, len(tasks))
	for _, configured := range tasks {
		t, ok := old[configured.Name]
		if !ok {
			t = &task{}
		}
		pr := p.projects[configured.Project]
		t.due = t.due.Add(configured.Interval - t.Interval)
		if t.failed && changed[pr] {
			t.due = time.Time{}
		}
		t.Task = configured
		p.tasks[configured.Name] = t
		if t.queued {
			pr.tasks = append(pr.tasks, t)
		}
	}
}

// wantTasks queues the tasks that are due, or will be in a moment, as jobs are.
func (p *Poller) wantTasks(now time.Time) {
	for _, t := range p.tasks {
		pr := p.projects[t.Project]
		if t.queued || t.runs || t.due.After(now.Add(grace(t.Interval))) || pr.lane(t.Provider).paused(now) {
			continue
		}
		t.queued = true
		pr.tasks = append(pr.tasks, t)
	}
}

// nextTask takes the next task off a project's queue; nil if there is none.
func (pr *project) nextTask() *task {
	if len(pr.tasks) == 0 {
		return nil
	}
	t := pr.tasks[0]
	pr.tasks = pr.tasks[1:]
	t.queued, t.runs = false, true
	pr.running++
	return t
}

// run runs a task that nextTask gave, with the lock, which is not held
// meanwhile. It takes the place of a poll among the calls in flight.
func (p *Poller) run(pr *project, t *task) {
	l, by, run, due := pr.lane(t.Provider), pr.Fetcher, t.Run, t.due
	p.mu.Unlock()
	_ = sleepUntil(p.ctx, due) // if the poller is closed, so is the way of every call
	began := time.Now()
	asked := began
	err := run(p.ctx, func() error {
		defer func() { asked = time.Now() }()
		return p.turn(l)
	})
	p.mu.Lock()
	pr.running--
	t.runs, t.failed = false, err != nil
	t.due = began.Add(t.Interval)
	var e *cloud.Error
	switch {
	case err != nil && by != pr.Fetcher: // by the settings that were before
		t.due = time.Time{}
	case errors.As(err, &e) && (e.RetryAfter > 0 || e.Overloaded()):
		l.pause(p, e, asked, time.Now())
	}
}

// turn waits until a task may make a call. A pause ends the task, which is not
// to wait for minutes and then go on where nobody scrapes any more. So does a
// reload that takes away its project.
func (p *Poller) turn(l *lane) error {
	if err := p.wait(l.project); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case l.paused(now):
		return fmt.Errorf("calls to %s are paused: %s", l.provider, l.pauseReason)
	case p.unwatched(now):
		return errors.New("nobody scrapes any more")
	}
	return nil
}

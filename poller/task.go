package poller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cloudjob_exporter/job"
)

// Task is something else than a job's status that a cloud is asked for, at
// intervals, while somebody scrapes. It shares the limits and the pauses of its
// project's endpoint.
type Task struct {
	Name              string // unique; the same name at the next Apply goes on with its interval
	Project, Provider string
	Interval          time.Duration
	// Run does it. It calls turn before each call to the cloud, to wait until
	// one may be made; an error, which is ErrPutOff, means that none may be, and
	// Run ends with it.
	Run func(ctx context.Context, turn func() error) error
}

// ErrPutOff says that a task was not to make its next call now. It is due again
// as soon as it may.
var ErrPutOff = errors.New("put off")

type task struct {
	Task
	due    time.Time
	queued bool // in its project's queue
	runs   bool
	failed bool // the last time
}

// replaceTasks takes over the tasks of a plan. One that failed and whose project
// has changed is due at once.
func (p *Poller) replaceTasks(tasks []Task, changed map[*project]bool) {
	old := p.tasks
	p.tasks = make(map[string]*task, len(tasks))
	for _, pr := range p.projects {
		pr.tasks = nil
	}
	now := time.Now()
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
		if t.queued = t.queued && t.soon(now); t.queued {
			pr.tasks = append(pr.tasks, t)
		}
	}
}

// soon reports whether the task is due, or nearly so, as for a job. It need not
// wait for the rest.
func (t *task) soon(now time.Time) bool { return !t.due.After(now.Add(grace(t.Interval))) }

// wantTasks queues the tasks that are due.
func (p *Poller) wantTasks(now time.Time) {
	for _, t := range p.tasks {
		if pr := p.projects[t.Project]; !t.queued && !t.runs && t.soon(now) {
			t.queued = true
			pr.tasks = append(pr.tasks, t)
		}
	}
}

// nextTask takes the next task off a project's queue that may make calls now; nil
// if there is none.
func (p *Poller) nextTask(pr *project) *task {
	now := time.Now()
	i := slices.IndexFunc(pr.tasks, func(t *task) bool { return !p.lane(pr, t.Provider).paused(now) })
	if i < 0 || p.unwatched(now) {
		return nil
	}
	t := pr.tasks[i]
	pr.tasks = slices.Delete(pr.tasks, i, i+1)
	t.queued, t.runs = false, true
	if t.due.Before(now) {
		t.due = now
	}
	t.due = t.due.Add(t.Interval)
	pr.running++
	return t
}

// run runs a task that nextTask gave, with the lock, which is not held
// meanwhile. It takes the place of a poll among the calls in flight.
func (p *Poller) run(pr *project, t *task) {
	l, by, run, asked := p.lane(pr, t.Provider), pr.Fetcher, t.Run, time.Now()
	p.mu.Unlock()
	err := run(p.ctx, func() error {
		err := p.turn(l, by)
		asked = time.Now()
		return err
	})
	p.mu.Lock()
	pr.running--
	t.runs, t.failed = false, err != nil
	f := job.AsFailure(err)
	switch {
	case errors.Is(err, ErrPutOff), err != nil && by != pr.Fetcher: // which was by the settings of before
		t.due = time.Time{}
	case f.Pauses():
		l.pause(p, f, asked, time.Now())
	}
}

// turn waits until a task may make a call. A pause puts the task off, which is
// not to wait for minutes and then go on where nobody scrapes any more. So does a
// reload that changes its project.
func (p *Poller) turn(l *lane, by Fetcher) error {
	if p.wait(l.project) != nil {
		return fmt.Errorf("%w: the project is gone", ErrPutOff)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case l.project.Fetcher != by:
		return fmt.Errorf("%w: the project has changed", ErrPutOff)
	case l.paused(now):
		return fmt.Errorf("%w: calls to %s are paused: %s", ErrPutOff, l.provider, l.pauseReason)
	case p.unwatched(now):
		return fmt.Errorf("%w: nobody scrapes any more", ErrPutOff)
	}
	return nil
}

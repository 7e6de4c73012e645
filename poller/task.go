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
	due     time.Time
	running bool
}

// replaceTasks takes over the tasks of a plan.
func (p *Poller) replaceTasks(tasks []Task) {
	old := p.tasks
	p.tasks = make(map[string]*task, len(tasks))
	for _, configured := range tasks {
		t, ok := old[configured.Name]
		if !ok {
			t = &task{}
		}
		t.Task = configured
		p.tasks[configured.Name] = t
	}
}

// runTasks starts the tasks that are due.
func (p *Poller) runTasks(now time.Time) {
	if p.ctx.Err() != nil {
		return
	}
	for _, t := range p.tasks {
		l := p.projects[t.Project].lane(t.Provider)
		if t.running || t.due.After(now) || l.paused(now) {
			continue
		}
		t.running, t.due = true, now.Add(t.Interval)
		run := t.Run
		p.wg.Go(func() {
			err := run(p.ctx, func() error { return p.turn(l) })
			p.mu.Lock()
			defer p.mu.Unlock()
			t.running = false
			var e *cloud.Error
			if errors.As(err, &e) && (e.RetryAfter > 0 || e.Overloaded()) {
				l.pause(p, e, now, time.Now())
			}
		})
	}
}

// turn waits until a task may make a call. A pause ends the task, which is not
// to wait for minutes and then go on where nobody scrapes any more.
func (p *Poller) turn(l *lane) error {
	if err := l.project.limiter.Wait(p.ctx); err != nil {
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

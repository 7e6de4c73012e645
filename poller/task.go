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

	awaiting []*entry      // that it is to show
	began    int64         // the run that is under way, in nanoseconds since the epoch
	late     bool          // this time no job waits for it
	patience time.Time     // until then; zero while nothing is expected of it
	timer    *time.Timer   // for that
	span     time.Duration // of the last run, from its first call to its last one
}

// replaceTasks takes over the tasks of a plan. One that failed and whose project
// has changed is due at once.
func (p *Poller) replaceTasks(tasks []Task, changed map[*project]bool) {
	old := p.tasks
	p.tasks = make(map[string]*task, len(tasks))
	for _, pr := range p.projects {
		pr.tasks = nil
		for _, l := range pr.lanes {
			l.tasks = nil
		}
	}
	now := time.Now()
	for _, configured := range tasks {
		t, ok := old[configured.Name]
		if !ok {
			t = &task{}
		}
		delete(old, configured.Name)
		pr := p.projects[configured.Project]
		t.due = t.due.Add(configured.Interval - t.Interval)
		if t.failed && changed[pr] {
			t.due = time.Time{}
		}
		t.Task = configured
		p.tasks[configured.Name] = t
		if t.queued = t.queued && t.soon(now); t.queued {
			pr.tasks = append(pr.tasks, t)
		} else if !t.runs {
			p.letGo(t, false)
		}
		l := p.lane(pr, t.Provider)
		l.tasks = append(l.tasks, t)
	}
	for _, t := range old { // one that runs will end with an error, or be of no use
		t.queued, t.late = false, true
		t.arrived()
		p.letGo(t, false)
	}
}

// soon reports whether the task is due, or nearly so, as for a job. It waits for the
// rest: then no job that it shows is ever due before it.
func (t *task) soon(now time.Time) bool { return !t.due.After(now.Add(grace(t.Interval))) }

// wantTasks queues the tasks that are due.
func (p *Poller) wantTasks(now time.Time) {
	for _, t := range p.tasks {
		if pr := p.projects[t.Project]; !t.queued && !t.runs && t.soon(now) {
			t.queued, t.late = true, false
			pr.tasks = append(pr.tasks, t)
			p.expect(t, later(now, t.due))
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
func (p *Poller) nextTask(pr *project) *task {
	if pr.running >= max(p.settings.Concurrency-1, 1) || p.settings.Concurrency == 1 && pr.tasked && pr.queued() > 0 {
		return nil
	}
	now := time.Now()
	i := slices.IndexFunc(pr.tasks, func(t *task) bool { return !p.lane(pr, t.Provider).pause.On(now) })
	if i < 0 || p.unwatched(now) {
		return nil
	}
	t := pr.tasks[i]
	pr.tasks = slices.Delete(pr.tasks, i, i+1)
	t.queued, t.runs, t.late = false, true, false
	t.began = now.UnixNano()
	t.due = later(t.due, now).Add(t.Interval)
	t.arrived()
	pr.running++
	return t
}

// run runs a task that nextTask gave, with the lock, which is not held
// meanwhile. It takes the place of a poll among the calls in flight.
func (p *Poller) run(pr *project, t *task) {
	r := &taskRun{task: t, p: p, lane: p.lane(pr, t.Provider), by: pr.Fetcher, asked: time.Now()}
	run, begins := t.Run, t.due.Add(-t.Interval)
	p.mu.Unlock()
	err := sleepUntil(p.ctx, begins)
	if err == nil {
		err = run(p.ctx, r.turn)
	}
	p.mu.Lock()
	pr.running--
	t.runs, t.failed = false, err != nil
	t.arrived()
	f := job.AsFailure(err)
	switch {
	case errors.Is(err, ErrPutOff), err != nil && r.by != pr.Fetcher: // which was by the settings of before
		t.due = time.Time{}
	case f.Pauses():
		p.stop(r.lane, f, r.asked, time.Now())
	}
	if err == nil && !r.first.IsZero() {
		t.span = min(r.asked.Sub(r.first), t.Interval/2)
	}
	p.letGo(t, err == nil)
}

// taskRun is one run of a task.
type taskRun struct {
	*task
	p            *Poller
	lane         *lane
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
	r.arrived()
	p.mu.Unlock()
	if p.wait(l.project) != nil {
		return fmt.Errorf("%w: the project is gone", ErrPutOff)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case l.project.Fetcher != r.by:
		return fmt.Errorf("%w: the project has changed", ErrPutOff)
	case l.pause.On(now):
		return fmt.Errorf("%w: calls to %s are paused: %s", ErrPutOff, l.provider, l.pause.Reason)
	case p.unwatched(now):
		return fmt.Errorf("%w: nobody scrapes any more", ErrPutOff)
	}
	if r.asked = now; r.first.IsZero() {
		r.first = now
	}
	p.expect(r.task, now)
	return nil
}

// forget takes an entry off those that wait for the task.
func (t *task) forget(e *entry) {
	last := len(t.awaiting) - 1
	moved := t.awaiting[last]
	t.awaiting[e.index], moved.index = moved, e.index
	t.awaiting[last] = nil
	t.awaiting = t.awaiting[:last]
}

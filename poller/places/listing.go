package places

import (
	"context"
	"errors"
	"time"

	"cloudjob_exporter/job"
)

// Fetcher asks a cloud for one job. It is called from many goroutines at once.
// Its error is a *job.Failure, or that of ctx.
type Fetcher interface {
	Fetch(ctx context.Context, j *job.Job) (job.Report, error)
}

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

// Listing is a task, and the jobs that it shows.
type Listing struct {
	Task
	Due    time.Time
	Queued bool // in its project's queue
	Runs   bool
	Failed bool // the last time
	Paused int  // runs in a row that the endpoint answered with a pause

	Awaiting []*Entry      // that it is to show
	Began    time.Duration // the run that is under way, since the start of the poller
	Late     bool          // this time no job waits for it
	Patience time.Time     // until then; zero while nothing is expected of it
	Timer    *time.Timer   // for that
	Span     time.Duration // of the last run, from its first call to its last one
}

// Grace is how far ahead of its time something counts as due. The scrape waits
// for the rest of the interval, so that a call never comes early. Without it, a
// scrape interval equal to the poll interval would hit every job some
// milliseconds before it is due, and poll only at every other scrape.
func Grace(interval time.Duration) time.Duration { return min(interval/10, 500*time.Millisecond) }

// Soon reports whether the task is due, or nearly so, as for a job. It waits for the
// rest: then no job that it shows is ever due before it.
func (t *Listing) Soon(now time.Time) bool { return !t.Due.After(now.Add(Grace(t.Interval))) }

// Expected reports whether the listing will soon show its jobs.
func (t *Listing) Expected() bool { return t != nil && (t.Queued || t.Runs) && !t.Late }

// Shown reports whether the run that is under way has shown a job already. If that is due
// again, which takes a run that is longer than the interval, the next run is to show it.
func (t *Listing) Shown(e *Entry) bool { return t.Runs && e.Answered >= t.Began }

// PutOff makes a listing that was answered with a pause due some intervals after the end
// of the pause, up to ten, if the run before was, too. If it were due at the end, it
// would begin the next pause, and nothing else would ever be asked for.
func (t *Listing) PutOff(until time.Time) {
	const most = 10
	if t.Paused > 0 {
		if due := until.Add(time.Duration(min(1<<t.Paused, most)) * t.Interval); due.After(t.Due) {
			t.Due = due
		}
	}
	t.Paused = min(t.Paused+1, most)
}

// Arrived takes note that what expect was about has come, or will not.
func (t *Listing) Arrived() {
	t.Patience = time.Time{}
	if t.Timer != nil {
		t.Timer.Stop()
	}
}

// forget takes an entry off those that wait for the task.
func (t *Listing) forget(e *Entry) {
	last := len(t.Awaiting) - 1
	moved := t.Awaiting[last]
	t.Awaiting[e.index], moved.index = moved, e.index
	t.Awaiting[last] = nil
	t.Awaiting = t.Awaiting[:last]
}

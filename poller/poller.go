// Package poller decides which jobs are asked for, and when: it shares polls among
// scrapes, keeps to limits and pauses, and holds what is known of each job.
//
// A source, such as the configuration or the job files, claims the jobs that it
// names; the first source of a job says how it is watched. Each job has an entry,
// which stands in one place at a time:
//
//	 Watch                    a scrape, when due               a worker
//	-------> parked ------------------------------> queued --------------> polling
//	          ^  |                                    ^                       |
//	          |  |  a scrape, when due, if a          | it does not show the  |
//	          |  |  listing is to show the job        | job, fails, is slow   |
//	          |  +---------------------> awaiting ----+                       |
//	          |                              |                                |
//	          +------- a page shows it ------+                                |
//	          |                                                               |
//	          +------------------- unfinished, or no answer ------------------+
//	          |                                                               |
//	          |         idle, expiring <---------------- final ---------------+
//	          |               |
//	          +---------------+--- no source names it any more ------> gone
//
// The entries of one project at one endpoint form a lane, with its queues: those that
// only probes ask for come last. A lane pauses when its endpoint asks to be left
// alone. A project has workers, as many as calls may be in flight, and a pace, which
// is its rate limit: each worker waits for its turn before a call. The polls that one
// scrape has queued are its batch, for which it waits. A task is something else than
// a job that is asked for at intervals: a listing, of which each page is an answer about
// the jobs on it, whatever place they are in.
//
// What scrapes show is apart from that: states, of which a snapshot can be had at any
// time, and a final state that is owed to one scrape before it may leave.
package poller

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/claims"
	"cloudjob_exporter/poller/metrics"
)

type (
	// Rank orders the kinds of sources.
	Rank = claims.Rank
	// Source names jobs that are to be watched.
	Source = claims.Source
	// Change is what a source names from now on, and no longer.
	Change = claims.Change
)

// The kinds of sources, first the one that counts most.
const (
	Configuration = claims.Configuration
	JobFiles      = claims.JobFiles
	Registration  = claims.Registration
	Discovery     = claims.Discovery
)

// Fetcher asks a cloud for one job. It is called from many goroutines at once.
// Its error is a *job.Failure, or that of ctx.
type Fetcher interface {
	Fetch(ctx context.Context, j *job.Job) (job.Report, error)
}

// Settings are the limits of polling. Their meaning is that of the section
// "poll" of the configuration.
type Settings struct {
	Interval    time.Duration
	MaxStale    time.Duration
	Retention   time.Duration // how long after its end a final job stays in snapshots; 0 is for ever
	Concurrency int           // calls in flight, per project
	RateLimit   float64       // calls a second, per project; 0 is no limit
}

// Project is where some of the jobs are asked for. The same Fetcher at the next
// Apply means that nothing about the project has changed.
type Project struct {
	Name    string
	Fetcher Fetcher
}

// Store remembers across restarts which jobs were seen unfinished, and final states.
// Load and Put are called with a lock held, and must not wait for a disk. A state is put
// when the first answer says that the job is unfinished, when it is final, and once more
// when a scrape has shown that.
type Store interface {
	// Load returns the state of a job that was put. If that is not final, nothing of
	// it counts but when the job was first seen unfinished.
	Load(j *job.Job) (s *job.State, ok bool)
	Put(s *job.State)
	// InUse is called once. The keys are those of the jobs that are watched
	// whenever they are read; others may be forgotten in time.
	InUse(keys iter.Seq[job.Key])
}

// Poller polls jobs when it is asked for a snapshot, and never by itself. All
// its methods may be called at the same time.
type Poller struct {
	logger  log.Logger
	metrics *metrics.Metrics
	store   Store // nil: what is known ends with the process

	ctx    context.Context // of all polls; done when the poller is closed
	cancel context.CancelFunc
	wg     sync.WaitGroup // the workers

	mu         sync.Mutex // held for moments only, never over a call
	settings   Settings
	projects   map[string]*project
	entries    map[job.Key]*entry
	claims     *claims.Set
	shown      shown
	dirty      map[*lane]struct{} // that have entries in their queues that are gone
	tasks      map[string]*task
	swept      time.Time // when probed jobs were last looked through
	madeRoom   time.Time // likewise, because there were too many
	batches    map[*batch]struct{}
	scrapes    int       // waiting now
	lastScrape time.Time // end of the last one, or of a probe
	lastPoll   time.Time // begin or end of the last call of Poll
}

// New makes a poller without jobs and registers its metrics. Without a store
// (nil) it forgets everything when the process ends.
func New(logger log.Logger, reg prometheus.Registerer, store Store) *Poller {
	p := &Poller{
		logger:   logger,
		store:    store,
		projects: map[string]*project{},
		entries:  map[job.Key]*entry{},
		claims:   claims.New(),
		dirty:    map[*lane]struct{}{},
		batches:  map[*batch]struct{}{},
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.metrics = metrics.New(reg)
	reg.MustRegister(collector{p})
	if store != nil {
		store.InUse(p.watched)
	}
	return p
}

// watched yields the keys of all jobs that are watched, without the lock.
func (p *Poller) watched(yield func(job.Key) bool) {
	p.mu.Lock()
	keys := slices.Collect(maps.Keys(p.entries))
	p.mu.Unlock()
	for _, k := range keys {
		if !yield(k) {
			return
		}
	}
}

// Close ends all polls and waits for them. Snapshots that are being waited for
// are given as they are.
func (p *Poller) Close() {
	p.mu.Lock()
	p.cancel() // under the lock, so that no worker starts after it
	p.mu.Unlock()
	p.wg.Wait()
}

// Poll polls the jobs that are due, waits for them until ctx is done, and gives
// what is known by then of every job. Polls that are not over go on.
func (p *Poller) Poll(ctx context.Context) Snapshot {
	p.mu.Lock()
	p.scrapes++
	p.lastPoll = time.Now()
	p.wantTasks(time.Now())
	p.want(time.Now())
	wait := make([]*batch, 0, len(p.batches))
	for b := range p.batches {
		wait = append(wait, b)
	}
	p.mu.Unlock()

	for _, b := range wait {
		select {
		case <-b.done:
		case <-ctx.Done():
		case <-p.ctx.Done():
		}
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	p.scrapes--
	p.lastScrape = time.Now()
	p.lastPoll = p.lastScrape
	return p.snapshot()
}

// Snapshot returns what is known now, and polls nothing.
func (p *Poller) Snapshot() Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.snapshot()
}

// State gives what is known now of one job that is watched.
func (p *Poller) State(k job.Key) (s *job.State, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.entries[k]
	if !ok {
		return nil, false
	}
	return e.state, true
}

func (p *Poller) snapshot() Snapshot {
	s := p.shown.snapshot(time.Now())
	s.MaxStale, s.Interval, s.LastScrape = p.settings.MaxStale, p.settings.Interval, p.lastPoll
	return s
}

// Delivered tells the poller that a snapshot of Poll is in a complete answer to a
// scrape.
func (p *Poller) Delivered(s Snapshot) {
	if len(s.owed) == 0 {
		return
	}
	for _, state := range p.settle(s) {
		stored := *state
		stored.Shown = true
		p.store.Put(&stored)
	}
}

// settle takes note of what was delivered, and returns what of it is to be stored.
func (p *Poller) settle(s Snapshot) (store []*job.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.shown.delivered(s) {
		if p.store != nil {
			store = append(store, e.state)
		}
		if e.watched() {
			p.shown.rest(e)
		} else {
			p.unwatch(e)
		}
	}
	return store
}

// want queues all jobs that are due for the scrape that begins now, and sees to
// it that somebody works on them.
func (p *Poller) want(now time.Time) {
	b := &batch{done: make(chan struct{})}
	soon := now.Add(grace(p.settings.Interval))
	for _, pr := range p.projects {
		for _, l := range pr.lanes {
			p.wantOf(l, b, now, soon)
			p.metrics.Scraped(l.provider, l.jobs, len(l.queue)+l.awaiting+l.asked)
		}
		p.work(pr)
	}
	if b.left > 0 {
		p.batches[b] = struct{}{}
	}
}

// grace is how far ahead of its time something counts as due. The scrape waits
// for the rest of the interval, so that a call never comes early. Without it, a
// scrape interval equal to the poll interval would hit every job some
// milliseconds before it is due, and poll only at every other scrape.
func grace(interval time.Duration) time.Duration { return min(interval/10, 500*time.Millisecond) }

// set replaces the state of a job.
func (p *Poller) set(e *entry, s *job.State) {
	before := e.state
	e.lane.failing[before.Err]--
	e.lane.failing[s.Err]++
	e.state = s
	p.shown.update(e)
	if s.Final() {
		p.shown.owe(e)
	}
	p.logEnd(e, before)
}

// batch is the polls that one scrape queued.
type batch struct {
	left int
	done chan struct{} // closed when none is left
}

// join makes a scrape wait for the poll of a job, unless an earlier one does, which it
// waits for, too.
func (b *batch) join(e *entry) {
	if e.batch == nil {
		e.batch = b
		b.left++
	}
}

// release takes a job out of its batch: its poll is over, or will not come.
func (p *Poller) release(e *entry) {
	if e.over != nil {
		close(e.over)
		e.over = nil
	}
	b := e.batch
	e.batch = nil
	if b == nil {
		return
	}
	if b.left--; b.left == 0 {
		close(b.done)
		delete(p.batches, b)
	}
}

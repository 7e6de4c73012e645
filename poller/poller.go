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
// Package places has the entries, and where they stand. Those of one project at one
// endpoint form a lane, with its queues: those that only probes ask for come last. A lane
// pauses when its endpoint asks to be left alone. A project has workers, as many as calls
// may be in flight, and a pace, which is its rate limit: each worker waits for its turn
// before a call. The polls that one scrape has queued are its batch, for which it waits. A
// task is something else than a job that is asked for at intervals: a listing, of which
// each page is an answer about the jobs on it, whatever place they are in.
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
	"cloudjob_exporter/poller/news"
	"cloudjob_exporter/poller/places"
)

type (
	// Rank orders the kinds of sources.
	Rank = claims.Rank
	// Source names jobs that are to be watched.
	Source = claims.Source
	// Change is what a source names from now on, and no longer.
	Change = claims.Change
	// Fetcher asks a cloud for one job.
	Fetcher = places.Fetcher
	// Task is a listing, or what else a cloud is asked for at intervals.
	Task = places.Task
	// Snapshot is what is known of all jobs that scrapes show.
	Snapshot = places.Snapshot
)

// ErrPutOff says that a task was not to make its next call now.
var ErrPutOff = places.ErrPutOff

// NewSnapshot returns a snapshot of states that are ordered by key.
func NewSnapshot(maxStale time.Duration, ordered ...*job.State) Snapshot {
	return places.NewSnapshot(maxStale, ordered...)
}

// The kinds of sources, first the one that counts most.
const (
	Configuration = claims.Configuration
	JobFiles      = claims.JobFiles
	Registration  = claims.Registration
	Discovery     = claims.Discovery
)

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
	// Own is called once, before all others. The shard is that of the jobs that are watched.
	// That jobs of other shards were seen unfinished must be forgotten: such a job may end,
	// and be counted, where it is watched now, and be watched here again.
	Own(s job.Shard)
	// InUse is called once. The keys are those of the jobs that are watched
	// whenever they are read; others may be forgotten in time.
	InUse(keys iter.Seq[job.Key])
}

// Poller polls jobs when it is asked for a snapshot, and never by itself. All
// its methods may be called at the same time.
type Poller struct {
	news    news.Log
	metrics *metrics.Metrics
	started time.Time
	store   Store     // nil: what is known ends with the process
	shard   job.Shard // of the jobs that sources may name here

	ctx    context.Context // of all polls; done when the poller is closed
	cancel context.CancelFunc
	wg     sync.WaitGroup // the workers

	mu         sync.Mutex // held for moments only, never over a call
	settings   Settings
	projects   map[string]*places.Site
	entries    map[job.Key]*places.Entry
	claims     *claims.Set
	board      places.Board
	dirty      map[*places.Lane]struct{} // that have entries in their queues that are gone
	tasks      map[string]*places.Listing
	swept      time.Time // when probed jobs were last looked through
	madeRoom   time.Time // likewise, because there were too many
	batches    map[*places.Batch]struct{}
	scrapes    int       // waiting now
	lastScrape time.Time // end of the last one, or of a probe
	lastPoll   time.Time // begin or end of the last call of Poll
}

// New makes a poller without jobs and registers its metrics. Without a store
// (nil) it forgets everything when the process ends.
func New(logger log.Logger, reg prometheus.Registerer, store Store) *Poller {
	return NewShard(logger, reg, store, job.Shard{})
}

// NewShard makes a poller that watches the jobs of one shard only, whatever sources name.
// Probes are answered about all jobs: each names an exporter itself.
func NewShard(logger log.Logger, reg prometheus.Registerer, store Store, shard job.Shard) *Poller {
	p := &Poller{
		news:     news.Log{Logger: logger},
		started:  time.Now().Add(-time.Nanosecond), // nothing happens at 0
		store:    store,
		shard:    shard,
		projects: map[string]*places.Site{},
		entries:  map[job.Key]*places.Entry{},
		claims:   claims.New(),
		dirty:    map[*places.Lane]struct{}{},
		batches:  map[*places.Batch]struct{}{},
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.metrics = metrics.New(reg)
	reg.MustRegister(metrics.Sizes(p.sizes))
	if store != nil {
		store.Own(shard)
		store.InUse(p.watched)
	}
	return p
}

// Shard returns the shard whose jobs are watched.
func (p *Poller) Shard() job.Shard { return p.shard }

// sizes returns how many jobs are watched where.
func (p *Poller) sizes() (projects []string, sizes []metrics.Size) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, pr := range p.projects {
		projects = append(projects, name)
		for _, l := range pr.Lanes {
			sizes = append(sizes, metrics.Size{Provider: l.Provider, Project: name, Jobs: l.Jobs, Pending: l.Pending()})
		}
	}
	return projects, sizes
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

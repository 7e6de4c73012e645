package exposition

import (
	"slices"
	"sort"
	"sync"

	"cloudjob_exporter/job"
)

// minChunk is how many jobs a chunk has at least, if there are so many; it has
// four times as many at most. A job that ends costs the making of its chunk,
// and each chunk costs every answer a little.
const minChunk = 1024

// chunk is a run of jobs, and what is kept of those among them that are final.
// It does not change.
type chunk[T any] struct {
	jobs       []*job.State
	unfinished []*job.State // those among jobs
	kept       *T
}

// chunks keeps what was made of the final jobs of the last snapshot. The runs
// are bounded by keys, so that a job that comes or goes changes one chunk only.
type chunks[T any] struct {
	make     func(jobs []*job.State) *T // of the final ones among jobs
	smallest int                        // minChunk

	mu   sync.Mutex // held over make too: scrapes at a time share what it makes
	last []chunk[T]
}

// of gives the chunks of a snapshot.
func (c *chunks[T]) of(jobs []*job.State) []chunk[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.rebalance(cut(jobs, c.last))
	for i := range next {
		if next[i].kept == nil {
			next[i].unfinished = unfinished(next[i].jobs)
			next[i].kept = c.make(next[i].jobs)
		}
	}
	c.last = next
	return next
}

// cut cuts jobs where the chunks of the last snapshot begin, and takes over what
// is kept of those whose final jobs are the same.
func cut[T any](jobs []*job.State, last []chunk[T]) []chunk[T] {
	var next []chunk[T]
	for i, old := range last {
		n := len(jobs)
		if i+1 < len(last) {
			bound := last[i+1].jobs[0].Key
			n = sort.Search(n, func(j int) bool { return jobs[j].Compare(bound) >= 0 })
		}
		if n == 0 {
			continue
		}
		fresh := chunk[T]{jobs: jobs[:n]}
		switch {
		case slices.Equal(old.jobs, fresh.jobs):
			fresh.kept, fresh.unfinished = old.kept, old.unfinished
		case sameFinal(old.jobs, fresh.jobs):
			fresh.kept, fresh.unfinished = old.kept, unfinished(fresh.jobs)
		}
		next = append(next, fresh)
		jobs = jobs[n:]
	}
	if len(jobs) > 0 {
		next = append(next, chunk[T]{jobs: jobs})
	}
	return next
}

// rebalance joins chunks that have become too small with the one before, and
// cuts those that are too large in parts of twice the smallest size.
func (c *chunks[T]) rebalance(cut []chunk[T]) []chunk[T] {
	var next []chunk[T]
	for _, run := range cut {
		if last := len(next) - 1; last >= 0 && min(len(run.jobs), len(next[last].jobs)) < c.smallest {
			joined := next[last].jobs
			run = chunk[T]{jobs: joined[:len(joined)+len(run.jobs)]} // all are parts of one slice
			next = next[:last]
		}
		if len(run.jobs) <= 4*c.smallest {
			next = append(next, run)
			continue
		}
		for parts := (len(run.jobs)-1)/(2*c.smallest) + 1; parts > 0; parts-- {
			n := len(run.jobs) / parts
			next = append(next, chunk[T]{jobs: run.jobs[:n]})
			run.jobs = run.jobs[n:]
		}
	}
	return next
}

// sameFinal reports whether the final jobs of two runs are the same. States do
// not change, so the same pointer is the same state.
func sameFinal(a, b []*job.State) bool {
	for {
		switch {
		case len(a) > 0 && len(b) > 0 && a[0] == b[0]:
			a, b = a[1:], b[1:]
		case len(a) > 0 && !a[0].Final():
			a = a[1:]
		case len(b) > 0 && !b[0].Final():
			b = b[1:]
		default:
			return len(a) == 0 && len(b) == 0
		}
	}
}

func unfinished(jobs []*job.State) (some []*job.State) {
	for _, state := range jobs {
		if !state.Final() {
			some = append(some, state)
		}
	}
	return some
}

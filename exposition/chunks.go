package exposition

import (
	"compress/flate"
	"sort"
	"sync"

	"cloudjob_exporter/job"
)

// minChunk is how many jobs a chunk has at least, if there are so many; it has
// four times as many at most. A job that ends costs the deflating of its chunk,
// and each chunk costs every answer a little.
const minChunk = 1024

// chunk is a run of jobs, and the samples of those among them that are final:
// a fragment for each family. It does not change.
type chunk struct {
	jobs      []*job.State
	fragments []fragment
}

// chunks keeps the final jobs of the last snapshot deflated. The runs are
// bounded by keys, so that a job that comes or goes changes one chunk only.
type chunks struct {
	format   *formatter
	smallest int // minChunk

	mu   sync.Mutex // held over the deflating too: scrapes at a time share it
	kept []chunk
}

// of gives the chunks of a snapshot.
func (c *chunks) of(jobs []*job.State) []chunk {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.rebalance(cut(jobs, c.kept))
	var s *scratch
	for i := range next {
		if next[i].fragments != nil {
			continue
		}
		if s == nil {
			s = &scratch{deflater: newDeflater(flate.DefaultCompression)} // large, and rarely needed
		}
		next[i].fragments = c.format.deflateFinal(next[i].jobs, s)
	}
	c.kept = next
	return next
}

// cut cuts jobs where the chunks of the last snapshot begin, and takes over the
// fragments of those whose final jobs are the same.
func cut(jobs []*job.State, kept []chunk) []chunk {
	var next []chunk
	for i, old := range kept {
		n := len(jobs)
		if i+1 < len(kept) {
			bound := kept[i+1].jobs[0].Key
			n = sort.Search(n, func(j int) bool { return jobs[j].Compare(bound) >= 0 })
		}
		if n == 0 {
			continue
		}
		fresh := chunk{jobs: jobs[:n]}
		if sameFinal(old.jobs, fresh.jobs) {
			fresh.fragments = old.fragments
		}
		next = append(next, fresh)
		jobs = jobs[n:]
	}
	if len(jobs) > 0 {
		next = append(next, chunk{jobs: jobs})
	}
	return next
}

// rebalance joins chunks that have become too small with the one before, and
// cuts those that are too large in parts of twice the smallest size.
func (c *chunks) rebalance(cut []chunk) []chunk {
	var next []chunk
	for _, run := range cut {
		if last := len(next) - 1; last >= 0 && min(len(run.jobs), len(next[last].jobs)) < c.smallest {
			joined := next[last].jobs
			run = chunk{jobs: joined[:len(joined)+len(run.jobs)]} // all are parts of one slice
			next = next[:last]
		}
		if len(run.jobs) <= 4*c.smallest {
			next = append(next, run)
			continue
		}
		for parts := (len(run.jobs)-1)/(2*c.smallest) + 1; parts > 0; parts-- {
			n := len(run.jobs) / parts
			next = append(next, chunk{jobs: run.jobs[:n]})
			run.jobs = run.jobs[n:]
		}
	}
	return next
}

// sameFinal tells whether the final jobs of two runs are the same. States do
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

// deflateFinal makes the fragments of the final jobs of a run. What is final
// does not depend on the time.
func (f *formatter) deflateFinal(jobs []*job.State, s *scratch) []fragment {
	fragments := make([]fragment, len(f.families))
	for i := range f.families {
		s.text = s.text[:0]
		for _, state := range jobs {
			if state.Final() {
				s.text = f.appendJob(s.text, &f.families[i], state, s)
			}
		}
		fragments[i] = s.deflater.deflate(s.text)
	}
	return fragments
}

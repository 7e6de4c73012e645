package poller

import (
	"cmp"
	"slices"

	"cloudjob_exporter/job"
)

// Rank orders the kinds of sources: where two disagree about a job, the first
// counts.
type Rank uint8

// The kinds of sources, first the one that counts most. Probes come after all of
// them, and are no source.
const (
	Configuration Rank = iota
	JobFiles
	Registration
	Discovery
)

// Source names jobs that are to be watched.
type Source struct {
	Rank  Rank
	Order int    // among the sources of a rank
	Name  string // for people: of a file, say
}

func (s Source) compare(o Source) int {
	return cmp.Or(cmp.Compare(s.Rank, o.Rank), cmp.Compare(s.Order, o.Order), cmp.Compare(s.Name, o.Name))
}

// Change is what a source names from now on, and no longer. A job that it named
// before may be in Add again, with other parameters.
type Change struct {
	Source Source
	Add    []*job.Job // of projects that there are
	Remove []job.Key
}

// source is a Source that claims jobs.
type source struct {
	Source
	claims int
}

// claim is that a source names a job.
type claim struct {
	by  *source
	job *job.Job
}

// claims keeps track of which sources name which job. The first claim of each job
// is kept by its entry, the others here: there are few.
type claims struct {
	sources map[Source]*source
	others  map[job.Key][]claim // behind the first, in order
}

func newClaims() claims {
	return claims{sources: map[Source]*source{}, others: map[job.Key][]claim{}}
}

// add makes a source name a job whose first claim is given, and returns the first
// claim after that.
func (c *claims) add(first claim, s Source, j *job.Job) claim {
	by := c.sources[s]
	if by == nil {
		by = &source{Source: s}
		c.sources[s] = by
	}
	first = c.remove(first, s, j.Key)
	by.claims++
	c.sources[s] = by // remove may have forgotten it
	next := claim{by, j}
	if first.by == nil || s.compare(first.by.Source) < 0 {
		first, next = next, first
	}
	if next.by != nil {
		others := c.others[j.Key]
		at, _ := slices.BinarySearchFunc(others, next, func(a, b claim) int { return a.by.compare(b.by.Source) })
		c.others[j.Key] = slices.Insert(others, at, next)
	}
	return first
}

// remove makes a source name a job no longer, if it does.
func (c *claims) remove(first claim, s Source, k job.Key) claim {
	by := c.sources[s]
	others := c.others[k]
	switch {
	case by == nil || first.by == nil:
		return first
	case first.by == by:
		first = claim{}
		if len(others) > 0 {
			first, others = others[0], others[1:]
		}
	default:
		at := slices.IndexFunc(others, func(o claim) bool { return o.by == by })
		if at < 0 {
			return first
		}
		others = slices.Delete(others, at, at+1)
	}
	if len(others) == 0 {
		delete(c.others, k)
	} else {
		c.others[k] = others
	}
	if by.claims--; by.claims == 0 {
		delete(c.sources, s)
	}
	return first
}

// drop forgets claims behind the first ones.
func (c *claims) drop(which func(*job.Job) bool) {
	for k, others := range c.others {
		for _, o := range slices.Clone(others) {
			if which(o.job) {
				c.remove(claim{by: &source{}}, o.by.Source, k)
			}
		}
	}
}

// disagrees reports whether two sources name a job with different parameters.
func disagrees(a, b *job.Job) bool {
	return a.Project != b.Project || a.APIVersion != b.APIVersion || a.StuckAfter != b.StuckAfter
}

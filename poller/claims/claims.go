// Package claims keeps track of which sources name which job, and which of them counts.
package claims

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
	Name  string // for people, such as "job file jobs.d/a.yml"
}

func (s Source) compare(o Source) int {
	return cmp.Or(cmp.Compare(s.Rank, o.Rank), cmp.Compare(s.Order, o.Order), cmp.Compare(s.Name, o.Name))
}

// Claimant is a source that names jobs. There is one for each source, so that a pointer
// to it stands for the source.
type Claimant struct {
	Source
	claims int
}

// Claim is that a source names a job. The zero value is none.
type Claim struct {
	By  *Claimant
	Job *job.Job
}

// Set is the claims of all sources. The first claim of each job is kept by the caller,
// the others here: there are few.
type Set struct {
	sources map[Source]*Claimant
	others  map[job.Key][]Claim // behind the first, in order
}

// New returns an empty set.
func New() *Set {
	return &Set{sources: map[Source]*Claimant{}, others: map[job.Key][]Claim{}}
}

// Add makes a source name a job whose first claim is given, and returns the first
// claim after that.
func (c *Set) Add(first Claim, s Source, j *job.Job) Claim {
	by := c.sources[s]
	if by == nil {
		by = &Claimant{Source: s}
		c.sources[s] = by
	}
	first = c.Remove(first, s, j.Key)
	by.claims++
	c.sources[s] = by // Remove may have forgotten it
	next := Claim{by, j}
	if first.By == nil || s.compare(first.By.Source) < 0 {
		first, next = next, first
	}
	if next.By != nil {
		others := c.others[j.Key]
		at, _ := slices.BinarySearchFunc(others, next, func(a, b Claim) int { return a.By.compare(b.By.Source) })
		c.others[j.Key] = slices.Insert(others, at, next)
	}
	return first
}

// Remove makes a source name a job no longer, if it does.
func (c *Set) Remove(first Claim, s Source, k job.Key) Claim {
	by := c.sources[s]
	others := c.others[k]
	switch {
	case by == nil || first.By == nil:
		return first
	case first.By == by:
		first = Claim{}
		if len(others) > 0 {
			first, others = others[0], others[1:]
		}
	default:
		at := slices.IndexFunc(others, func(o Claim) bool { return o.By == by })
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

// Drop forgets claims behind the first ones.
func (c *Set) Drop(which func(*job.Job) bool) {
	for k, others := range c.others {
		for _, o := range slices.Clone(others) {
			if which(o.Job) {
				c.Remove(Claim{By: &Claimant{}}, o.By.Source, k)
			}
		}
	}
}

// Disagree reports whether two sources name a job with different parameters.
func Disagree(a, b *job.Job) bool {
	return a.Project != b.Project || a.APIVersion != b.APIVersion || a.StuckAfter != b.StuckAfter
}

// Duplicate returns the source whose claim does not count of two that disagree about a
// job, where a was added to a job whose first claim was before, and is first now.
func Duplicate(before, first Claim, a Addition) (second Source, ok bool) {
	theirs := Claim{By: &Claimant{Source: a.Source}, Job: a.Job}
	if first.By.Source == a.Source {
		theirs = before
	}
	if theirs.By == nil || theirs.By.Source == first.By.Source || !Disagree(first.Job, theirs.Job) {
		return Source{}, false
	}
	return theirs.By.Source, true
}

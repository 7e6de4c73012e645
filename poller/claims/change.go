package claims

import (
	"iter"

	"cloudjob_exporter/job"
)

// Change is what a source names from now on, and no longer. A job that it named
// before may be in Add again, with other parameters.
type Change struct {
	Source  Source
	Add     []*job.Job // of projects that there are
	Remove  []job.Key
	Answers []job.Answer // about some of the jobs in Add: what the source learnt of them, too
}

// Edit is all that changes about one job.
type Edit struct {
	Key    job.Key
	Remove []Source
	Add    []Addition
}

// Addition is that a source names a job from now on.
type Addition struct {
	Source Source
	Job    *job.Job
	Answer *job.Answer // nil: the source knows nothing else
}

// Edits yields the changes job by job. Jobs that are in several places are gathered
// first, if anything is removed at all.
func Edits(changes []Change) iter.Seq[Edit] {
	removed := map[job.Key]*Edit{}
	for _, c := range changes {
		for _, k := range c.Remove {
			if removed[k] == nil {
				removed[k] = &Edit{Key: k}
			}
			removed[k].Remove = append(removed[k].Remove, c.Source)
		}
	}
	return func(yield func(Edit) bool) {
		for _, c := range changes {
			answers := c.answers()
			for _, j := range c.Add {
				a := Addition{c.Source, j, answers[j.Key]}
				if e := removed[j.Key]; e != nil {
					e.Add = append(e.Add, a)
				} else if !yield(Edit{Key: j.Key, Add: []Addition{a}}) {
					return
				}
			}
		}
		for _, e := range removed {
			if !yield(*e) {
				return
			}
		}
	}
}

func (c *Change) answers() map[job.Key]*job.Answer {
	if len(c.Answers) == 0 {
		return nil
	}
	m := make(map[job.Key]*job.Answer, len(c.Answers))
	for i := range c.Answers {
		m[c.Answers[i].Key] = &c.Answers[i]
	}
	return m
}

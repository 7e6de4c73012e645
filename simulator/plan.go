package simulator

import (
	"slices"
	"time"
)

// Step is a status that a job takes up some time after its begin.
type Step struct {
	After  time.Duration
	Status string // the API's own word
}

// Plan is the life of a job: its steps, in order of time. Before the first one
// the cloud does not know the job, as real ones do not for some seconds.
type Plan []Step

// Hangs is the plan of a job that runs for ever.
func (a API) Hangs() Plan { return Plan{{0, a.words().running}} }

// Succeeds is the plan of a job that runs for d and then succeeds.
func (a API) Succeeds(d time.Duration) Plan {
	return Plan{{0, a.words().running}, {d, a.words().success}}
}

// Fails is the plan of a job that runs for d and then fails.
func (a API) Fails(d time.Duration) Plan {
	return Plan{{0, a.words().running}, {d, a.words().failed}}
}

// at is the step that counts at some time after the begin.
func (p Plan) at(elapsed time.Duration) (s Step, ok bool) {
	for _, step := range p {
		if step.After > elapsed {
			break
		}
		s, ok = step, true
	}
	return s, ok
}

// Job is a job of the cloud. What the cloud says about it follows from it and
// from the time alone.
type Job struct {
	API        API
	ProjectID  string
	ID         string
	Type       string // e.g. "createELB"; CFW does not tell it
	ResourceID string // what the job works on; CFW does not tell it
	Begin      time.Time
	Plan       Plan
	ErrorCode  string // told once the job has failed; CFW never tells it
	FailReason string // likewise
	Timeless   bool   // the cloud tells neither begin nor end

	// SubJobs have plans of their own. Their API and ProjectID are those of
	// the job they belong to, and so is their Begin if it is zero.
	SubJobs []Job

	// Forgotten is how long after its begin the cloud no longer knows the job. With
	// 0, only the retention of its API counts (ECS: a day after the end).
	Forgotten time.Duration
}

// Status returns the API's own word for the job's status at a time; ok is false
// if the cloud does not know the job then.
func (j Job) Status(at time.Time) (status string, ok bool) {
	v, ok := j.at(at)
	return v.status, ok
}

// view is a job as the cloud tells of it at one moment.
type view struct {
	Job
	words
	keeps      time.Duration // of its API
	status     string
	final      bool          // whether status ends the job
	after      time.Duration // from the begin to the status
	begin, end time.Time     // zero where the cloud does not tell
	changed    time.Time     // since when it has the status; likewise
	sub        []view
}

// updated returns when the job or one of its sub-jobs last changed its status.
func (v view) updated() time.Time {
	last := v.changed
	for _, s := range v.sub {
		if u := s.updated(); u.After(last) && !last.IsZero() {
			last = u
		}
	}
	return last
}

// at is what there is to tell; ok is false if the cloud does not know the job.
func (j Job) at(now time.Time) (v view, ok bool) {
	if v, ok = j.view(now); !ok {
		return view{}, false
	}
	if v.keeps > 0 && v.final && now.Sub(j.Begin.Add(v.after)) >= v.keeps {
		return view{}, false
	}
	return v, true
}

// view is at without retention, which is that of the job, not of its sub-jobs.
func (j Job) view(now time.Time) (v view, ok bool) {
	elapsed := now.Sub(j.Begin)
	step, ok := j.Plan.at(elapsed)
	if !ok || elapsed < 0 || j.Forgotten > 0 && elapsed >= j.Forgotten {
		return view{}, false
	}
	row := j.API.row()
	w := row.words
	v = view{Job: j, words: w, keeps: row.keeps, status: step.Status, after: step.After, final: slices.Contains(w.final, step.Status)}
	if !slices.Contains(w.failures, step.Status) {
		v.ErrorCode, v.FailReason = "", ""
	}
	if !j.Timeless {
		v.begin, v.changed = j.Begin, j.Begin.Add(step.After)
		if v.final {
			v.end = v.changed
		}
	}
	for _, s := range j.SubJobs {
		s.API, s.ProjectID = j.API, j.ProjectID
		if s.Begin.IsZero() {
			s.Begin = j.Begin
		}
		if sv, ok := s.view(now); ok {
			v.sub = append(v.sub, sv)
		}
	}
	return v, true
}

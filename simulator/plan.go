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

	// Forgotten is how long after its begin the cloud no longer knows the job; 0 is never.
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
	status     string
	success    string    // the word of its API for that
	begin, end time.Time // zero where the cloud does not tell
	sub        []view
}

// at is what there is to tell; ok is false if the cloud does not know the job.
func (j Job) at(now time.Time) (v view, ok bool) {
	elapsed := now.Sub(j.Begin)
	step, ok := j.Plan.at(elapsed)
	if !ok || elapsed < 0 || j.Forgotten > 0 && elapsed >= j.Forgotten {
		return view{}, false
	}
	w := j.API.words()
	v = view{Job: j, status: step.Status, success: w.success}
	if !slices.Contains(w.failures, step.Status) {
		v.ErrorCode, v.FailReason = "", ""
	}
	if !j.Timeless {
		v.begin = j.Begin
		if slices.Contains(w.final, step.Status) {
			v.end = j.Begin.Add(step.After)
		}
	}
	for _, s := range j.SubJobs {
		s.API, s.ProjectID = j.API, j.ProjectID
		if s.Begin.IsZero() {
			s.Begin = j.Begin
		}
		if sv, ok := s.at(now); ok {
			v.sub = append(v.sub, sv)
		}
	}
	return v, true
}

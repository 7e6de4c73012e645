package registration

import (
	"fmt"
	"math"
	"time"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/strictyaml"
)

// Request is what a pipeline says about a job, word for word.
type Request struct {
	Provider, Project, JobID string
	APIVersion               string // the provider's default if empty
	StuckAfter               string // that of the configuration if empty
}

// Reason is why a request was refused.
type Reason uint8

// The reasons.
const (
	Invalid       Reason = iota // something in it cannot be
	NoProject                   // the project is not configured
	NotRegistered               // there is no such registration
	Conflict                    // the job is watched otherwise
	Misdirected                 // the job belongs to another shard
	Full                        // there are max_jobs registrations
)

// Refusal is the error of a request that was refused.
type Refusal struct { //nolint:errname // it is an answer to somebody, and an error besides
	Reason Reason
	Err    error // for people, as a clause
}

func (r *Refusal) Error() string { return r.Err.Error() }

func refuse(why Reason, format string, args ...any) *Refusal {
	return &Refusal{why, fmt.Errorf(format, args...)}
}

// maxStuckAfter is the longest threshold that a store can keep.
const maxStuckAfter = time.Duration(math.MaxInt64)

// job returns the job that a request names, as the configuration c allows it, and the
// threshold if the request has one.
func (r *Request) job(c *config.Config) (j *job.Job, stuckAfter time.Duration, err error) {
	if r.StuckAfter != "" {
		if stuckAfter, err = config.ParseStuckAfter(r.StuckAfter); err == nil && stuckAfter < time.Millisecond {
			err = fmt.Errorf("%q is shorter than 1ms", r.StuckAfter)
		}
		if err != nil {
			return nil, 0, refuse(Invalid, "the parameter stuck_after: %w", err)
		}
	}
	if j, err = provider.NewJob(r.Provider, r.APIVersion, r.Project, r.JobID, stuckAfter); err != nil {
		return nil, 0, &Refusal{Invalid, err}
	}
	p := c.Project(r.Project)
	if p == nil {
		return nil, 0, noProject(c, r.Project)
	}
	if p.Endpoint(r.Provider) == "" {
		return nil, 0, refuse(Invalid, "project %q has no endpoint for %s; its cloud and region, or its endpoints, must say it", p.Name, r.Provider)
	}
	return j, stuckAfter, nil
}

func noProject(c *config.Config, name string) *Refusal {
	var names []string
	for i := range c.Projects {
		names = append(names, c.Projects[i].Name)
	}
	return refuse(NoProject, "there is no project %q, %s", name, strictyaml.Suggestion(name, names))
}

// misdirected returns why a job cannot be registered at the exporter of a shard; nil if
// it can.
func misdirected(s job.Shard, k job.Key) error {
	if s.Owns(k) {
		return nil
	}
	return refuse(Misdirected, "job %s belongs to shard %d of %d, and this is shard %d", k.ID, s.Of(k), s.Count(), s.Index)
}

// conflict returns why a job cannot be registered because of how a source that counts
// more watches it; nil if it can.
func conflict(by poller.Source, watched, j *job.Job) error {
	if by.Rank >= poller.Registration || !elsewhere(watched, j) {
		return nil
	}
	name := "a job file"
	if by.Rank == poller.Configuration {
		name = "the configuration"
	}
	return refuse(Conflict, "job %s is already watched by %s, in %s, which takes precedence over a registration", j.ID, name, place(watched))
}

// place is where a job is asked for, for people.
func place(j *job.Job) string {
	if j.APIVersion == "" {
		return fmt.Sprintf("project %q", j.Project)
	}
	return fmt.Sprintf("project %q, api_version %q", j.Project, j.APIVersion)
}

// Package job is the domain: what a job is, what a cloud said about it, and
// what may be said of it at a given moment.
package job

import (
	"cmp"
	"time"
)

// Key names a job among all that one exporter watches.
type Key struct {
	Provider string // the service that the job belongs to, such as "elb"; with _, never -
	ID       string // as the cloud gave it; not always a UUID
}

// Compare orders keys by ID, then by provider, as a registry orders the samples
// of a metric with these labels.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.ID, o.ID), cmp.Compare(k.Provider, o.Provider))
}

// DefaultStuckAfter is the threshold of jobs for which nobody gives another.
const DefaultStuckAfter = 30 * time.Minute

// Job is one job that a user asked to watch.
type Job struct {
	Key
	Project    string        // the name that the configuration gives to the project
	APIVersion string        // such as "v3" of elb; empty where a provider has one API only
	StuckAfter time.Duration // an unfinished job that runs longer is stuck
	Statuses   []Status      // the closed state set of the job's API; shared, never written to
	// Tentative is set if only a resource speaks for the job: that the cloud knows no such
	// job is then no news.
	Tentative bool
}

// Report is what one answer of a cloud said about a job.
type Report struct {
	Status        Status
	RawStatus     string    // the API's own word, where the table has no status for it; else empty
	Type          string    // job_type, e.g. "createELB"; empty if the API names none
	ErrorCode     string    // the job's own error code, not that of a call; empty if none
	FailReason    string    // free text for people; never a label
	Begin, End    time.Time // zero where the API gives none, or nothing that can be read
	FailedSubJobs int       // counted through every level
	ParseIssue    string    // what in the answer could not be read, for the log; else empty
}

// State is what is known of a job. It is immutable: a poll makes a new one.
type State struct {
	*Job
	Report

	// LastSuccess is when the cloud last gave a usable answer; zero if it never did.
	LastSuccess time.Time
	// FirstUnfinished is when an answer first said that the job is not final;
	// zero if none did.
	FirstUnfinished time.Time
	// Missing reports that the cloud's last word was that it knows no such job.
	Missing bool
	// Misses is the number of polls in a row at which it said so, up to 255.
	Misses uint8
	// Shown is set in a stored final state that has been in an answer to a scrape.
	Shown bool
	// Err says why the last poll failed; empty if it succeeded or none was made.
	Err Reason
	// Source is the name of the source that counts, for people, such as "job file
	// jobs.d/a.yml"; empty if none names the job, and only probes ask for it.
	Source string
}

// Answered makes the state that follows an answer at now. What an earlier answer
// told and this one leaves out (the start, the type) is kept.
func (s *State) Answered(r Report, now time.Time) *State {
	if r.Begin.IsZero() {
		r.Begin = s.Begin
	}
	if r.Type == "" {
		r.Type = s.Type
	}
	next := &State{Job: s.Job, Report: r, LastSuccess: now, FirstUnfinished: s.FirstUnfinished, Source: s.Source}
	if next.FirstUnfinished.IsZero() && !next.Final() {
		next.FirstUnfinished = now
	}
	return next
}

// Unanswered makes the state that follows a poll that failed, or could not be made.
func (s *State) Unanswered(why Reason) *State {
	next := *s
	next.Err = why
	next.Misses = 0
	if why == NotFound {
		next.Missing, next.Misses = true, s.Misses+1
		if next.Misses == 0 {
			next.Misses = s.Misses
		}
	}
	return &next
}

// Final reports whether the job has ended, as far as the cloud said. What is
// final stays so, and is never polled again.
func (s *State) Final() bool { return s.Report.Status.Final() }

// StatusAt is the status that may be claimed at now. It is Unknown if the cloud
// never answered, does not find the job, used a word that is in no table, or
// has not been heard of for longer than maxStale.
func (s *State) StatusAt(now time.Time, maxStale time.Duration) Status {
	switch {
	case s.Final():
		return s.Report.Status
	case s.LastSuccess.IsZero(), s.Missing, now.Sub(s.LastSuccess) > maxStale:
		return Unknown
	}
	return s.Report.Status
}

// Start is when the job began: begin_time, else when it was first seen
// unfinished; zero if neither is known.
func (s *State) Start() time.Time {
	if s.Begin.IsZero() {
		return s.FirstUnfinished
	}
	return s.Begin
}

// Ended is the end_time of a final job; zero until then, or if the API gave none.
func (s *State) Ended() time.Time {
	if !s.Final() {
		return time.Time{}
	}
	return s.End
}

// OverSince returns the time from which others may count how long a final job has
// been over: its end, or when that was learnt if the API gives no end, or if the
// job was seen unfinished before: then somebody waits for the news.
func (s *State) OverSince() time.Time {
	if s.End.IsZero() || !s.FirstUnfinished.IsZero() && s.LastSuccess.After(s.End) {
		return s.LastSuccess
	}
	return s.End
}

// DurationAt is how long the job took, or has taken at now if it is not final.
// There is none without a start, for a final job without an end, and where the
// end lies before the start.
func (s *State) DurationAt(now time.Time) (d time.Duration, ok bool) {
	start, end := s.Start(), now
	if s.Final() {
		end = s.Ended()
	}
	if start.IsZero() || end.IsZero() || end.Before(start) {
		return 0, false
	}
	return end.Sub(start), true
}

// StuckAt reports whether the job, not being over, has run for longer at now than it
// may.
func (s *State) StuckAt(now time.Time) bool {
	d, ok := s.DurationAt(now)
	return ok && !s.Final() && d > s.StuckAfter
}

// Failures is 1 if the job failed, plus its failed sub-jobs.
func (s *State) Failures() int {
	if s.Report.Status == Failed {
		return 1 + s.FailedSubJobs
	}
	return s.FailedSubJobs
}

// Up reports whether the last poll succeeded. A final job stays up.
func (s *State) Up() bool {
	return s.Final() || s.Err == "" && !s.LastSuccess.IsZero()
}

package poller

import (
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/claims"
	"cloudjob_exporter/poller/places"
)

// A failure is logged when it begins and when it ends, not at every poll; and
// where many jobs of a lane fail alike, for the first and the last of them. Only
// a job that is not found is news by itself: that one's ID may be wrong.

func (p *Poller) about(e *places.Entry) log.Logger {
	return log.With(p.logger, "provider", e.State.Provider, "project", e.State.Project, "job_id", e.State.ID)
}

// firstFailure reports whether a job is the first of its lane that fails so, or is
// not found.
func (p *Poller) firstFailure(e *places.Entry, before *job.State, f *job.Failure) bool {
	if f.Reason == job.NotFound {
		return !before.Missing
	}
	return e.Lane.Failing[f.Reason] == 1
}

func (p *Poller) logFailure(e *places.Entry, f *job.Failure, first bool) {
	at := level.Debug
	if first {
		at = level.Warn
	}
	_ = at(p.about(e)).Log("msg", "poll failed", "reason", f.Reason, "err", f)
}

// logEnd logs that a job no longer fails as it did before, whatever it does now.
func (p *Poller) logEnd(e *places.Entry, before *job.State) {
	now := e.State
	reason, last := before.Err, e.Lane.Failing[before.Err] == 0
	if now.Err == "" && before.Missing { // perhaps with a pause since
		reason, last = job.NotFound, true
	}
	line := []any{"msg", "polling recovered", "reason", reason}
	switch {
	case reason == "" || reason == now.Err:
		return
	case now.Err != "":
		line = []any{"msg", "poll error changed", "from", reason, "to", now.Err}
		last = last && reason != job.NotFound
	}
	at := level.Debug
	if last {
		at = level.Info
	}
	_ = at(p.about(e)).Log(line...)
}

// outcomes are the messages about jobs that are over.
var outcomes = map[job.Status]string{
	job.Success:  "job succeeded",
	job.Failed:   "job failed",
	job.Canceled: "job canceled",
}

// logAnswer logs that a job is over, or is stuck since the last answer. Of jobs that
// were over when they were first seen, only those that failed are news.
func (p *Poller) logAnswer(e *places.Entry) {
	s := e.State
	stuck := s.StuckAt(s.LastSuccess)
	became := stuck && !e.Stuck
	e.Stuck = stuck
	msg, over := outcomes[s.Report.Status]
	switch {
	case became:
		msg = "job stuck"
	case !over:
		return
	}
	at := level.Info
	if over && s.FirstUnfinished.IsZero() && s.Report.Status != job.Failed {
		at = level.Debug
	}
	line := []any{"msg", msg}
	add := func(key string, value any, known bool) {
		if known {
			line = append(line, key, value)
		}
	}
	d, known := s.DurationAt(s.LastSuccess)
	add("job_type", s.Type, s.Type != "")
	add("duration", d.Round(time.Second), known)
	add("stuck_after", s.StuckAfter, became)
	add("error_code", s.ErrorCode, s.ErrorCode != "")
	add("fail_reason", s.FailReason, s.FailReason != "")
	_ = at(p.about(e)).Log(line...)
}

// logOdd names once what in a job's answers could not be understood.
func (p *Poller) logOdd(e *places.Entry, r job.Report) {
	odd := r.ParseIssue
	if r.RawStatus != "" {
		odd = "unrecognized status " + r.RawStatus
	}
	if odd != "" && odd != e.Odd {
		_ = level.Warn(p.about(e)).Log("msg", "answer not fully understood", "what", odd)
	}
	e.Odd = odd
}

func (p *Poller) logPause(l *places.Lane, f *job.Failure, d time.Duration) {
	_ = level.Warn(p.logger).Log("msg", "calls paused", "provider", l.Provider, "project", l.Project.Name,
		"for", d.Round(time.Millisecond), "reason", f.Reason, "err", f)
}

// maxDuplicates is how many jobs that sources disagree about are logged at a time.
const maxDuplicates = 20

// warnOfDuplicate logs that a source now names a job that another one names, too, with
// other parameters.
func (p *Poller) warnOfDuplicate(before, first claims.Claim, a claims.Addition, warned *int) {
	second := claims.Claim{By: &claims.Claimant{Source: a.Source}, Job: a.Job}
	if first.By.Source == a.Source {
		second = before
	}
	if second.By == nil || second.By.Source == first.By.Source || !claims.Disagree(first.Job, second.Job) {
		return
	}
	if *warned++; *warned <= maxDuplicates {
		_ = level.Warn(p.logger).Log("msg", "duplicate job ignored", "provider", a.Job.Provider, "job_id", a.Job.ID,
			"first", first.By.Name, "second", second.By.Name)
	}
}

func (p *Poller) logDuplicates(more int) {
	_ = level.Warn(p.logger).Log("msg", "more duplicate jobs ignored", "jobs", more)
}

// Package news logs what polling learns that a person wants to know.
//
// A failure is logged when it begins and when it ends, not at every poll; and where many
// jobs fail alike, for the first and the last of them. Only a job that is not found is
// news by itself: that one's ID may be wrong.
package news

import (
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/claims"
)

// Log is where news goes.
type Log struct{ log.Logger }

func (l Log) about(s *job.State) log.Logger {
	return log.With(l.Logger, "provider", s.Provider, "project", s.Project, "job_id", s.ID)
}

// Failed logs that a poll failed otherwise than the one before. It is of interest if the
// job is the first of many that fails so, and if somebody says that there is such a job.
func (l Log) Failed(s *job.State, f *job.Failure, first bool) {
	at := level.Debug
	nobodySaysSo := s.Tentative && s.LastSuccess.IsZero() && f.Reason == job.NotFound
	if first && !nobodySaysSo {
		at = level.Warn
	}
	_ = at(l.about(s)).Log("msg", "poll failed", "reason", f.Reason, "err", f)
}

// Changed logs that a job no longer fails as it did before, whatever it does now; last
// reports whether no other job does.
func (l Log) Changed(now, before *job.State, last bool) {
	reason := before.Err
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
	_ = at(l.about(now)).Log(line...)
}

// outcomes are the messages about jobs that are over.
var outcomes = map[job.Status]string{
	job.Success:  "job succeeded",
	job.Failed:   "job failed",
	job.Canceled: "job canceled",
}

// Answered logs that a job is over, or that it became stuck at this answer. Of jobs that
// were over when they were first seen, only those that failed are news.
func (l Log) Answered(s *job.State, became bool) {
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
	_ = at(l.about(s)).Log(line...)
}

// Odd logs what in the answers about a job could not be understood.
func (l Log) Odd(s *job.State, what string) {
	_ = level.Warn(l.about(s)).Log("msg", "answer not fully understood", "what", what)
}

// Paused logs that calls to an endpoint stop for d.
func (l Log) Paused(provider, project string, f *job.Failure, d time.Duration) {
	_ = level.Warn(l.Logger).Log("msg", "calls paused", "provider", provider, "project", project,
		"for", d.Round(time.Millisecond), "reason", f.Reason, "err", f)
}

// Duplicate logs that two sources name a job with different parameters.
func (l Log) Duplicate(k job.Key, first, second claims.Source) {
	_ = level.Warn(l.Logger).Log("msg", "duplicate job ignored", "provider", k.Provider, "job_id", k.ID,
		"first", first.Name, "second", second.Name)
}

// MoreDuplicates logs how many more there are.
func (l Log) MoreDuplicates(jobs int) {
	_ = level.Warn(l.Logger).Log("msg", "more duplicate jobs ignored", "jobs", jobs)
}

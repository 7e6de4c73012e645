package poller

import (
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

// A failure is logged when it begins and when it ends, not at every poll; and
// where many jobs of a lane fail alike, for the first and the last of them. Only
// a job that is not found is news by itself: that one's ID may be wrong.

func (p *Poller) about(e *entry) log.Logger {
	return log.With(p.logger, "provider", e.state.Provider, "project", e.state.Project, "job_id", e.state.ID)
}

func (p *Poller) logFailure(e *entry, before *job.State, err *cloud.Error) {
	first := e.lane.failing[err.Reason] == 1
	if err.Reason == job.NotFound {
		first = !before.Lost
	}
	switch {
	case before.Err == err.Reason:
	case first:
		_ = level.Warn(p.about(e)).Log("msg", "poll failed", "reason", err.Reason, "err", err)
	default:
		_ = level.Debug(p.about(e)).Log("msg", "poll failed", "reason", err.Reason, "err", err)
	}
}

// logEnd tells that a job fails no more as it did before, whatever it does now.
func (p *Poller) logEnd(e *entry, before *job.State) {
	now := e.state
	line, reason, last := []any{"msg", "polls succeed again"}, before.Err, e.lane.failing[before.Err] == 0
	switch {
	case now.Err == "" && before.Lost: // perhaps with a pause since
		reason, last = job.NotFound, true
	case reason == "" || reason == now.Err:
		return
	case now.Err != "":
		line, last = []any{"msg", "polls no longer fail so", "now", now.Err}, last && reason != job.NotFound
	}
	at := level.Debug
	if last {
		at = level.Info
	}
	_ = at(p.about(e)).Log(append(line, "reason", reason)...)
}

func (p *Poller) logResult(e *entry) {
	if s := e.state; s.Final() {
		d, _ := s.DurationAt(s.Heard)
		_ = level.Debug(p.about(e)).Log("msg", "job ended", "status", s.Report.Status,
			"duration", d, "error_code", s.ErrorCode, "fail_reason", s.FailReason)
	}
}

// logOdd names once what in a job's answers could not be understood.
func (p *Poller) logOdd(c *call) {
	odd := c.report.Odd
	if c.report.Word != "" {
		odd = "unrecognized status " + c.report.Word
	}
	if odd != "" && odd != c.odd {
		_ = level.Warn(p.about(c.entry)).Log("msg", "answer not fully understood", "what", odd)
	}
	c.odd = odd
}

func (p *Poller) logPause(l *lane, err *cloud.Error, d time.Duration) {
	_ = level.Warn(p.logger).Log("msg", "calls paused", "provider", l.provider, "project", l.project.Name,
		"for", d.Round(time.Millisecond), "reason", err.Reason, "err", err)
}

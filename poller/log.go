package poller

import (
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

// A failure is logged when it begins and when it ends, not at every poll; and
// where many jobs of a lane fail alike, for the first of them.

func (p *Poller) about(e *entry) log.Logger {
	return log.With(p.logger, "provider", e.state.Provider, "project", e.state.Project, "job_id", e.state.ID)
}

func (p *Poller) logFailure(e *entry, before *job.State, err *cloud.Error) {
	if before.Err == err.Reason {
		return
	}
	at := level.Warn
	if n := e.lane.failing[err.Reason]; n > 1 && err.Reason != job.NotFound {
		at = level.Debug
	}
	_ = at(p.about(e)).Log("msg", "poll failed", "reason", err.Reason, "err", err)
}

func (p *Poller) logAnswer(e *entry, before *job.State) {
	if before.Err != "" {
		at := level.Debug
		if e.lane.failing[before.Err] == 0 {
			at = level.Info
		}
		_ = at(p.about(e)).Log("msg", "polls succeed again", "reason", before.Err)
	}
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

package registration

import (
	"sync"
	"time"

	"github.com/go-kit/log/level"

	"cloudjob_exporter/job"
)

// maxLogged is how many registrations are logged a minute, and how many that are over
// at a time; of more, the number is.
const maxLogged = 20

// quota bounds the lines about single registrations.
type quota struct {
	mu    sync.Mutex
	since time.Time // of the minute that counts
	lines int
	more  int // without a line
}

// take reports whether there may be one more line.
func (q *quota) take(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Sub(q.since) >= time.Minute {
		q.since, q.lines = now, 0
	}
	if q.lines < maxLogged {
		q.lines++
		return true
	}
	q.more++
	return false
}

// rest returns how many were without a line since it was last asked.
func (q *quota) rest() (more int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	more, q.more = q.more, 0
	return more
}

// logPut logs a registration, unless it says what an earlier one said.
func (s *Set) logPut(k job.Key, before, now *entry) {
	msg := "job registered"
	if before != nil {
		msg = "registration changed"
		if before.Project == now.Project && before.APIVersion == now.APIVersion && before.StuckAfter == now.StuckAfter {
			return
		}
	}
	var more []any
	if now.APIVersion != "" {
		more = append(more, "api_version", now.APIVersion)
	}
	if now.StuckAfter != 0 {
		more = append(more, "stuck_after", now.stuckAfter())
	}
	s.logEvent(msg, k, now.Project, more...)
}

func (s *Set) logEvent(msg string, k job.Key, project string, more ...any) {
	at := level.Debug
	if s.quota.take(time.Now()) {
		at = level.Info
	}
	_ = at(s.logger).Log(append([]any{"msg", msg, "provider", k.Provider, "project", project, "job_id", k.ID}, more...)...)
}

// logMore logs how many registrations have no line of their own.
func (s *Set) logMore() {
	if more := s.quota.rest(); more > 0 {
		_ = level.Info(s.logger).Log("msg", "more jobs registered, changed or deleted", "registrations", more)
	}
}

// logOver logs the nth registration that a sweep lets go.
func (s *Set) logOver(k job.Key, project string, n int) {
	if n <= maxLogged {
		_ = level.Info(s.logger).Log("msg", "registration expired", "provider", k.Provider, "project", project, "job_id", k.ID)
	}
}

func (s *Set) logMoreOver(n int) {
	if n > maxLogged {
		_ = level.Info(s.logger).Log("msg", "more registrations expired", "registrations", n-maxLogged)
	}
}

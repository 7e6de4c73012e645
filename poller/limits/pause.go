package limits

import (
	"math/rand/v2"
	"time"

	"cloudjob_exporter/job"
)

// Pause is for how long an endpoint is to be left alone, because it asked for that. The
// zero value is none.
type Pause struct {
	Reason job.Reason // of the last pause

	at, until time.Time
	overloads int // pauses in a row for which the cloud named no time
}

// On reports whether the endpoint is not to be called at now.
func (p *Pause) On(now time.Time) bool { return now.Before(p.until) }

// Until returns when the last pause ends, or ended.
func (p *Pause) Until() time.Time { return p.until }

// Begin takes in that a call, which began at asked, failed. began reports whether a
// pause began or became longer: a call that was under way when a pause began prolongs
// it only if the cloud names a time. news reports whether that is worth a line in a
// log: once for a pause, and not for each call under way.
func (p *Pause) Begin(f *job.Failure, asked, now time.Time) (d time.Duration, began, news bool) {
	d = f.RetryAfter
	if d == 0 {
		if !asked.After(p.at) {
			return 0, false, false
		}
		d = overload(p.overloads)
		p.overloads++
	}
	until := now.Add(d)
	if !until.After(p.until) {
		return 0, false, false
	}
	news = d > 2*p.until.Sub(now)
	p.at, p.until, p.Reason = now, until, f.Reason
	return d, true, news
}

// overload returns how long to leave an endpoint alone that did not say: 2 s, doubled
// for each pause before it, up to job.MaxPause, and up to half as long again at
// random.
func overload(before int) time.Duration {
	d := min(2*time.Second<<min(before, 10), job.MaxPause)
	return min(d+rand.N(d/2), job.MaxPause)
}

// Answered takes in that a call that began at asked was answered.
func (p *Pause) Answered(asked time.Time) {
	if asked.After(p.at) {
		p.overloads = 0
	}
}

// End ends the pause, because the endpoint is called differently now. Nothing of it
// counts for the calls that follow.
func (p *Pause) End() { *p = Pause{} }

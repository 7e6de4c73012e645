package poller

import (
	"slices"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/metrics"
	"cloudjob_exporter/poller/places"
)

// Answer is what a listing said about a job. It counts like the answer to a call for
// the job alone.
type Answer = job.Answer

// Answered takes in answers about jobs, whichever source names them. Those about jobs
// that are not watched, or in another project or version, are ignored, and so is one that
// was asked for before the last one that is known of the job. What is final stays so.
// The lock is released now and then.
func (p *Poller) Answered(answers []Answer) {
	for some := range slices.Chunk(answers, atOnce) {
		p.mu.Lock()
		for i := range some {
			p.answer(&some[i])
		}
		p.clean()
		p.mu.Unlock()
	}
}

// answer takes in one answer. The caller cleans the queues.
func (p *Poller) answer(a *Answer) {
	e := p.entries[a.Key]
	if e == nil || e.State.Project != a.Project || e.State.APIVersion != a.APIVersion ||
		e.State.Final() {
		return
	}
	if p.outdated(e, a.Asked) {
		p.shows(e, a)
		return
	}
	switch e.Place {
	case places.Queued:
		e.Place = places.Idle
		p.dirty[e.Lane] = struct{}{}
	case places.Polling: // the call goes on, and counts if it is the later one
	default:
		p.board.Move(e, places.Idle)
	}
	e.Listing = p.tasks[a.Listing]
	p.learn(e, a.Report, a.Asked, metrics.Listing)
	p.release(e)
	if e.Place != places.Polling {
		p.board.Rest(e)
	}
}

// outdated reports whether a later question than that which was asked then is answered.
func (p *Poller) outdated(e *places.Entry, asked time.Time) bool {
	return e.Answered != 0 && p.sinceStart(asked) < e.Answered
}

// shows takes note of the listing of an answer that comes too late: the next run of it
// will show the job, which is then not to be asked for singly at the same time again.
func (p *Poller) shows(e *places.Entry, a *Answer) {
	if t := p.tasks[a.Listing]; t != nil && e.Place != places.Awaiting {
		e.Listing = t
	}
}

// sinceStart returns how long after the start of the poller something was, whatever has
// become of the clock on the wall.
func (p *Poller) sinceStart(t time.Time) time.Duration { return t.Sub(p.started) }

// learn makes an answer the state of its job.
func (p *Poller) learn(e *places.Entry, r job.Report, asked time.Time, source string) {
	p.metrics.Answers.WithLabelValues(e.State.Provider, source).Inc()
	e.Lane.Pause.Answered(asked)
	if r.RawStatus != "" {
		p.metrics.Unrecognized.WithLabelValues(e.State.Provider).Inc()
	}
	p.notice(e, r)
	r.ParseIssue = ""
	before := e.State
	p.set(e, before.Answered(r, time.Now()))
	stuck := e.State.StuckAt(e.State.LastSuccess)
	p.news.Answered(e.State, stuck && !e.Stuck)
	e.Stuck = stuck
	p.count(e.State, before)
	p.remember(e.State, before)

	due := asked.Add(p.settings.Interval)
	if e.Backoff == 1 && e.Due.After(due) { // a call since then has failed
		due = e.Due
	}
	e.Due, e.Misses, e.Backoff = due, 0, 1
	e.Answered = p.sinceStart(asked)
}

// count counts a job that ends after it was seen unfinished. Of others nobody knows
// whether they were counted before. A job of another shard, which was probed here, is
// counted there.
func (p *Poller) count(now, before *job.State) {
	switch {
	case !p.shard.Owns(now.Key):
	case now.Final() && !before.FirstUnfinished.IsZero():
		p.metrics.Ended(now)
	case !now.Final() && (before.LastSuccess.IsZero() || now.Type != before.Type):
		p.metrics.Unfinished(now)
	}
}

// remember stores what has to outlive the process: that a job was seen unfinished, and
// how it ended.
func (p *Poller) remember(now, before *job.State) {
	if p.store != nil && (now.Final() || before.FirstUnfinished.IsZero() && p.shard.Owns(now.Key)) {
		p.store.Put(now)
	}
}

// notice logs once what in a job's answers could not be understood.
func (p *Poller) notice(e *places.Entry, r job.Report) {
	odd := r.ParseIssue
	if r.RawStatus != "" {
		odd = "unrecognized status " + r.RawStatus
	}
	if odd != "" && odd != e.Odd {
		p.news.Odd(e.State, odd)
	}
	e.Odd = odd
}

package poller

import (
	"time"

	"cloudjob_exporter/job"
)

// life is the model of one job for as long as one process watches it. It is
// told what the cloud was asked for and how it answered, and nothing else; from
// that it says what may be shown, and when the cloud may be asked again.
type life struct {
	job        *job.Job
	configured bool
	probed     time.Time // when a probe last asked for it; zero if none did
	since      time.Time // when this process began to watch it
	unfinished bool      // an answer has said so

	shown     bool      // its end was in a scrape, also of a process before
	owed      bool      // its end must be in the next scrape, whoever watches it then
	delivered time.Time // when it was; a scrape that ends at this instant may still have it

	known   view      // what the last call told
	before  view      // the same, before the instant changed
	changed time.Time // a scrape that ends at this instant may have missed the change

	marks map[job.Reason]bool // pauses may have left one of these as its error, since the last call

	asking   bool
	asked    time.Time // when the last call began; zero if there was none that counts
	listedAt time.Time // when a list last answered; a call of this instant may have been on its way
	heardOf  time.Time // when the question was asked that was last answered
	misses   int       // not found, in a row
	spacing  int       // until the next call, in intervals: more than 1 if the job is not found
}

// view is what is known of a job.
type view struct {
	status job.Status
	heard  time.Time // of the last answer; zero if there was none
	end    time.Time
	kept   time.Time // from when on the retention counts
	lost   bool      // the cloud's last word was that it knows no such job
	err    job.Reason
}

// shown is the one status that may be claimed at now.
func (v view) shown(now time.Time, maxStale time.Duration) job.Status {
	if v.status.Final() {
		return v.status
	}
	if v.heard.IsZero() || v.lost || now.After(v.heard.Add(maxStale)) {
		return job.Unknown
	}
	return v.status
}

// expired reports whether the job has left the scrapes at now, if its end has
// been in one.
func (v view) expired(now time.Time, retention time.Duration) bool {
	return v.status.Final() && retention > 0 && !now.Before(v.kept.Add(retention))
}

// views are what a scrape that ends at now may have seen.
func (l *life) views(now time.Time) []view {
	if now.Equal(l.changed) {
		return []view{l.known, l.before}
	}
	return []view{l.known}
}

// begins is told of a call.
func (l *life) begins(now time.Time) { l.asking, l.asked, l.spacing = true, now, 1 }

// answered is told that a call ended with an answer.
func (l *life) answered(asked, now time.Time, r job.Report) {
	l.misses, l.heardOf = 0, asked
	if !r.Status.Final() {
		l.unfinished = true
	} else if l.configured {
		l.owed = true
	}
	kept := r.End
	if kept.IsZero() || l.unfinished || l.since.Before(r.End) {
		kept = now // it was watched before it ended
	}
	l.change(asked, now, view{status: r.Status, heard: now, end: r.End, kept: kept})
}

// failed is told that a call ended without an answer.
func (l *life) failed(asked, now time.Time, why job.Reason) {
	next := l.known
	next.err = why
	if why == job.NotFound {
		next.lost = true
		l.heardOf = asked
		l.spacing = []int{1, 2, 4, 8, 10}[min(l.misses, 4)]
		l.misses++
	}
	l.change(asked, now, next)
}

func (l *life) change(asked, now time.Time, to view) {
	l.asking, l.asked, l.marks = false, asked, nil
	if !now.Equal(l.changed) {
		l.before, l.changed = l.known, now
	}
	l.known = to
}

// due is when the cloud may be asked again. It must be then, or as soon as
// somebody scrapes and no pause is on.
func (l *life) due(interval time.Duration) time.Time {
	return l.asked.Add(time.Duration(l.spacing) * interval)
}

// renewed is told that its project has changed: what failed may be asked for
// again at once.
func (l *life) renewed() { l.asked, l.misses = time.Time{}, 0 }

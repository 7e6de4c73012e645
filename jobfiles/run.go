package jobfiles

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/go-kit/log/level"
)

const (
	// rereadInterval is how often all files are read in any case: network file
	// systems do not tell what others change.
	rereadInterval = 5 * time.Minute
	// pollInterval is how often files are looked at while their folders cannot be
	// watched.
	pollInterval = 30 * time.Second
	// quietTime is how long nothing may happen before files are looked at, so that
	// who writes them can finish, and longestWait how long that may put it off.
	quietTime   = 25 * time.Millisecond
	longestWait = time.Second
	// maxRounds bounds how often in a row newly found folders make a search start
	// again; a link may go on changing.
	maxRounds = 5
)

// source tells when something that matters happens in folders.
type source interface {
	// watch makes these the folders to watch; those that do not exist are left out.
	// If anew, it takes nothing for granted that it did before. The search must be
	// repeated if a folder was added, as something may have happened in it just before.
	watch(folders map[string]*interest, anew bool) (added bool, err error)
	// events has one value or more after something happened.
	events() <-chan struct{}
	close()
}

// runner is the state of Run.
type runner struct {
	set      *Set
	changed  func()
	source   source
	fullDue  time.Time
	lastFail string // why folders could not be watched, as it was logged
}

func (r *runner) run(ctx context.Context) {
	r.fullDue = time.Now().Add(rereadInterval)
	for ctx.Err() == nil {
		wait, changed := r.pass()
		if changed {
			r.changed()
		}
		var events <-chan struct{}
		if r.source != nil {
			events = r.source.events()
		}
		timer := time.NewTimer(wait)
		select {
		case <-events:
			settle(ctx, events)
		case <-r.set.used:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

func (r *runner) close() {
	if r.source != nil {
		r.source.close()
	}
}

// settle waits until events have ended for a moment.
func settle(ctx context.Context, events <-chan struct{}) {
	quiet, longest := time.NewTimer(quietTime), time.NewTimer(longestWait)
	defer quiet.Stop()
	defer longest.Stop()
	for {
		select {
		case <-events:
			quiet.Reset(quietTime)
		case <-quiet.C:
			return
		case <-longest.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// pass watches the folders that matter now, and then looks at all files. It gives how
// long to wait for an event before the next pass.
func (r *runner) pass() (wait time.Duration, changed bool) {
	s := r.set
	s.mu.Lock()
	patterns, uses := s.patterns, s.uses
	s.mu.Unlock()
	full := !time.Now().Before(r.fullDue)
	found, err := r.watch(patterns, full) // without the lock: a mount may not answer
	r.report(err)

	s.mu.Lock()
	defer s.mu.Unlock()
	if uses != s.uses {
		return rereadInterval, false // Use knows better, and has woken Run
	}
	if full {
		r.fullDue = time.Now().Add(rereadInterval)
	}
	unsettled := time.Duration(0)
	if found != nil {
		unsettled = time.Duration(s.scan(found, full))
	} else {
		s.keep(err)
	}
	changed = len(s.changes) > 0

	wait = time.Until(r.fullDue)
	if err != nil {
		wait = min(wait, pollInterval)
	}
	if unsettled > 0 {
		wait = min(wait, unsettled)
	}
	return wait, changed
}

// watch searches, and watches all folders that the search went through. What it found
// is nil if the search was given up.
func (r *runner) watch(patterns []string, anew bool) (*search, error) {
	if r.source == nil {
		src, err := r.set.open()
		if err != nil {
			found, searchErr := r.set.search.find(patterns)
			return found, cmp.Or(searchErr, err)
		}
		r.source = src
	}
	for round := 1; ; round++ {
		found, err := r.set.search.find(patterns)
		if err != nil {
			return nil, err
		}
		if added, err := r.source.watch(found.folders, anew && round == 1); !added || err != nil || round == maxRounds {
			return found, err
		}
	}
}

// report logs that folders cannot be watched, once per reason. Who may pass through a
// folder but not read it cannot watch it either; that is no mishap. A search that was
// given up is logged as a broken file.
func (r *runner) report(err error) {
	if err == nil {
		r.lastFail = ""
		return
	}
	if text := err.Error(); text != r.lastFail && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errNoAnswer) {
		r.lastFail = text
		_ = level.Warn(r.set.logger).Log("msg", "folders of job files cannot be watched, they are looked at every "+pollInterval.String(), "err", text)
	}
}

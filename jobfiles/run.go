package jobfiles

import (
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
	quietTime   = 200 * time.Millisecond
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
		case <-r.set.loaded:
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
	defer s.mu.Unlock()
	full := !time.Now().Before(r.fullDue)
	if full {
		r.fullDue = time.Now().Add(rereadInterval)
	}
	found, err := r.watch(full)
	r.report(err)
	unsettled := time.Duration(s.scan(found, full))
	changed, s.changed = s.changed, false

	wait = time.Until(r.fullDue)
	if err != nil {
		wait = min(wait, pollInterval)
	}
	if unsettled > 0 {
		wait = min(wait, unsettled)
	}
	return wait, changed
}

// watch searches, and watches all folders that the search went through.
func (r *runner) watch(anew bool) (*search, error) {
	if r.source == nil {
		src, err := r.set.open()
		if err != nil {
			return find(r.set.patterns), err
		}
		r.source = src
	}
	for round := 1; ; round++ {
		found := find(r.set.patterns)
		if added, err := r.source.watch(found.folders, anew && round == 1); !added || err != nil || round == maxRounds {
			return found, err
		}
	}
}

// report logs that folders cannot be watched, once per reason. Who may pass through a
// folder but not read it cannot watch it either; that is no mishap.
func (r *runner) report(err error) {
	if err == nil {
		r.lastFail = ""
		return
	}
	if text := err.Error(); text != r.lastFail && !errors.Is(err, fs.ErrPermission) {
		r.lastFail = text
		_ = level.Warn(r.set.logger).Log("msg", "folders of job files cannot be watched, they are looked at every "+pollInterval.String(), "err", text)
	}
}

package cloud

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// maxTrials is how many calls of a project may try a credential at a time that
	// has not been accepted yet, less those that were refused already. The gateway
	// locks an access key after more than 5 refusals in a row ("FAQs" of API
	// Gateway).
	maxTrials = 4
	// trialSpacing is how long a trial is alone. While calls hang, the next trials
	// follow at this distance, so that a call waits less than 1 s for others.
	trialSpacing = 300 * time.Millisecond
	// trialLife is how long a trial without a response counts. A gateway refuses a
	// credential before it passes a request on, within milliseconds: what has taken
	// longer than this has been passed on and hangs.
	trialLife = 2 * time.Second
	// unansweredLife is how long a trial counts that was given up without a
	// response: nobody will know whether it was refused.
	unansweredLife = time.Minute
)

// gate stands in front of the services of a project and keeps refused credentials
// away from them. Until a service has accepted a credential, only a few calls, the
// trials, go ahead with it; the others wait. The first response from behind the
// authentication opens the door of a service for all calls with this credential; a
// refusal closes it for all and for a while. Every other outcome of a trial concerns
// its own caller alone, and the next call becomes a trial.
//
// The first trial also finds out whether the service speaks HTTP/2, before more
// connections are opened.
type gate struct {
	mu      sync.Mutex
	trials  []*trial      // of all services
	refused int           // calls since one was accepted
	changed chan struct{} // closed when those who wait should look again; nil if nobody waits
}

// trial is a call whose outcome is not known.
type trial struct {
	began time.Time
	until time.Time // it counts no longer then
}

// door is the gate of one service.
type door struct {
	gate    *gate
	proven  *credential // the one that was accepted last; nil if there is none
	shuts   int         // how often the door has shut; a call remembers the count it came in at
	pause   pause
	refusal *Error // what shut the door last
}

// shut returns the refusal that keeps the door shut, nil if it is not.
func (d *door) shut() error {
	d.gate.mu.Lock()
	defer d.gate.mu.Unlock()
	return d.shutLocked(time.Now())
}

func (d *door) shutLocked(now time.Time) error {
	if left := d.pause.left(now); left > 0 {
		return d.refusal.retryIn(left)
	}
	return nil
}

// release tells the door how a call with a credential ended, and returns the error to
// pass on: that of a refusal says how long the door is shut.
type release func(credential, verdict, error) error

// enter waits until a call may be made with a credential.
func (d *door) enter(ctx context.Context, with credential) (release, error) {
	for {
		admitted, changed, wait, err := d.try(time.Now(), with)
		if admitted != nil || err != nil {
			return admitted, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// try admits a call, or returns how long it has to wait, and what tells that it should
// try again before. It is an error if the door is shut.
func (d *door) try(now time.Time, with credential) (admitted release, changed <-chan struct{}, wait time.Duration, err error) {
	g := d.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := d.shutLocked(now); err != nil {
		return nil, nil, 0, err
	}
	shuts := d.shuts
	if d.proven != nil && d.proven.is(with) {
		return func(c credential, v verdict, err error) error { return d.left(nil, shuts, c, v, err) }, nil, 0, nil
	}
	if wait = g.untilTrial(now); wait <= 0 {
		t := &trial{began: now, until: now.Add(trialLife)}
		g.trials = append(g.trials, t)
		return func(c credential, v verdict, err error) error { return d.left(t, shuts, c, v, err) }, nil, 0, nil
	}
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	return nil, g.changed, wait, nil
}

// untilTrial returns how long the next trial has to wait, 0 if it may begin now.
func (g *gate) untilTrial(now time.Time) time.Duration {
	g.trials = slices.DeleteFunc(g.trials, func(t *trial) bool { return !now.Before(t.until) })
	if len(g.trials) == 0 {
		return 0
	}
	next, last := g.trials[0].until, g.trials[0].began
	for _, t := range g.trials {
		if t.until.Before(next) {
			next = t.until
		}
		if t.began.After(last) {
			last = t.began
		}
	}
	if len(g.trials) >= max(maxTrials-g.refused, 1) {
		return next.Sub(now)
	}
	return last.Add(trialSpacing).Sub(now)
}

// left records how a call ended. A refusal shuts the door, once for all calls that
// were under way.
func (d *door) left(t *trial, shuts int, with credential, v verdict, err error) error {
	g := d.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if v == refused {
		g.refused++
	}
	switch {
	case v == accepted:
		d.proven, g.refused = &with, 0
		d.pause.reset()
	case v == refused && shuts == d.shuts:
		d.proven = nil
		d.shuts++
		d.pause.refused(now)
		d.refusal = AsError("", err).retryIn(d.pause.left(now))
		err = d.refusal
	}
	switch {
	case t == nil:
	case v == unanswered:
		t.until = now.Add(unansweredLife)
	default:
		t.until = now
	}
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
	return err
}

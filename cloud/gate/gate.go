// Package gate keeps a credential that a cloud refuses away from its services, before
// the account is locked.
//
//	call ──> Enter ── proven credential ───────────────────────> service ──> release(verdict)
//	           │                                                    ^             │
//	           ├── another, and there is room for a trial ──────────┘             │
//	           ├── another, and there is none: wait <── any outcome of a trial ───┤
//	           └── shut: the refusal, for as long as the pause lasts <── Refused ─┘
//
// A [Gate] stands in front of the services of a project; each service has a [Door] in it.
// Until a service has accepted a credential, only a few calls, the trials, go ahead with
// it; the others wait. The first response from behind the authentication proves the
// credential, and opens the door for all calls with it; a refusal shuts the door for all
// and for a [Pause]. Every other outcome of a trial concerns its own caller alone, and the
// next call becomes a trial.
//
// The first trial also finds out whether the service speaks HTTP/2, before more
// connections are opened.
package gate

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

// Verdict is what the outcome of a call says about the credential.
type Verdict uint8

// The verdicts.
const (
	Undecided  Verdict = iota // nothing: it was not looked at, or the call did not arrive
	Accepted                  // the response came from behind the authentication
	Refused                   // it is wrong, or was withdrawn
	Unanswered                // nothing yet: the call may have arrived, and had no response
)

// Gate counts the trials at all services of a project. The zero value is ready for use.
type Gate struct {
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

// Door is the gate of one service, for credentials of type C. It may be used by any number
// of goroutines at once.
type Door[C interface{ Equal(C) bool }] struct {
	gate    *Gate
	held    func(refusal error, wait time.Duration) error
	proven  *C  // the one that was accepted last; nil if there is none
	shuts   int // how often the door has shut; a call remembers the count it came in at
	pause   Pause
	refusal error // what shut the door last
}

// NewDoor returns the door of a service. What held makes of a refusal, and of how long the
// door is shut, is the error for those whom it keeps out; held must not call the door.
func NewDoor[C interface{ Equal(C) bool }](g *Gate, held func(refusal error, wait time.Duration) error) *Door[C] {
	return &Door[C]{gate: g, held: held}
}

// Shut returns the error that keeps calls out, nil if the door is not shut.
func (d *Door[C]) Shut() error {
	d.gate.mu.Lock()
	defer d.gate.mu.Unlock()
	return d.shutLocked(time.Now())
}

func (d *Door[C]) shutLocked(now time.Time) error {
	if left := d.pause.Left(now); left > 0 {
		return d.held(d.refusal, left)
	}
	return nil
}

// Release tells the door how a call ended, and with which credential at last. It returns
// the error to pass on, which for a refusal has the time for which the door is shut.
type Release[C any] func(C, Verdict, error) error

// Enter waits until a call may be made with a credential. The caller must call what it
// returns once, unless there is an error: that of ctx, or of a door that is shut.
func (d *Door[C]) Enter(ctx context.Context, with C) (Release[C], error) {
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
func (d *Door[C]) try(now time.Time, with C) (admitted Release[C], changed <-chan struct{}, wait time.Duration, err error) {
	g := d.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := d.shutLocked(now); err != nil {
		return nil, nil, 0, err
	}
	shuts := d.shuts
	if d.proven != nil && (*d.proven).Equal(with) {
		return func(c C, v Verdict, err error) error { return d.left(nil, shuts, c, v, err) }, nil, 0, nil
	}
	if wait = g.untilTrial(now); wait <= 0 {
		t := &trial{began: now, until: now.Add(trialLife)}
		g.trials = append(g.trials, t)
		return func(c C, v Verdict, err error) error { return d.left(t, shuts, c, v, err) }, nil, 0, nil
	}
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	return nil, g.changed, wait, nil
}

// untilTrial returns how long the next trial has to wait, 0 if it may begin now.
func (g *Gate) untilTrial(now time.Time) time.Duration {
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
func (d *Door[C]) left(t *trial, shuts int, with C, v Verdict, err error) error {
	g := d.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if v == Refused {
		g.refused++
	}
	switch {
	case v == Accepted:
		d.proven, g.refused = &with, 0
		d.pause.Reset()
	case v == Refused && shuts == d.shuts:
		d.proven = nil
		d.shuts++
		d.pause.Refused(now)
		d.refusal = err
		err = d.held(err, d.pause.Left(now))
	}
	switch {
	case t == nil:
	case v == Unanswered:
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

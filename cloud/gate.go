package cloud

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// maxTrials is how many calls may try a credential at a time that has not been
	// accepted yet, less those that were refused already. The gateway locks an
	// access key after more than 5 refusals in a row ("FAQs" of API Gateway).
	maxTrials = 4
	// trialSpacing is how long a trial is alone. While calls hang, the next trials
	// follow at this distance, so that a call waits less than 1 s for others.
	trialSpacing = 300 * time.Millisecond
	// trialLife is how long a trial without a response counts. A gateway refuses a
	// credential before it passes a request on, within milliseconds: what has taken
	// longer than this has been passed on and hangs.
	trialLife = 6 * time.Second
)

// gate stands in front of a service and keeps refused credentials away from it.
// Until the service has accepted a credential, only a few calls, the trials, go
// ahead; the others wait. The first response from behind the authentication
// opens the gate for all, a refusal closes it for all and for a while. Every
// other outcome of a trial concerns its own caller alone, and the next call
// becomes a trial.
//
// The first trial also finds out whether the service speaks HTTP/2, before more
// connections are opened.
type gate struct {
	mu      sync.Mutex
	proven  bool
	refused int           // calls since one was accepted
	trials  []*trial      // under way, or given up without a response; the oldest first
	changed chan struct{} // closed when those who wait should look again; nil if nobody waits
	shuts   int           // how often the gate has shut; a call remembers the count it came in at
	pause   pause
	refusal *Error // what shut the gate last
}

type trial struct{ began time.Time }

// shut returns the refusal that keeps the gate shut, nil if it is not.
func (g *gate) shut() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if left := g.pause.left(time.Now()); left > 0 {
		return g.refusal.retryIn(left)
	}
	return nil
}

// leave tells the gate how a call ended, and returns the error to pass on: that of
// a refusal says how long the gate is shut.
type leave func(verdict, error) error

// enter waits until a call may be made.
func (g *gate) enter(ctx context.Context) (leave, error) {
	for {
		if err := g.shut(); err != nil {
			return nil, err
		}
		admitted, changed, wait := g.try(time.Now())
		if admitted != nil {
			return admitted, nil
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
// try again before.
func (g *gate) try(now time.Time) (admitted leave, changed <-chan struct{}, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if wait = g.untilTrial(now); wait <= 0 {
		return g.admit(now), nil, 0
	}
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	return nil, g.changed, wait
}

// untilTrial returns how long the next call has to wait, 0 if it may be made now.
func (g *gate) untilTrial(now time.Time) time.Duration {
	g.trials = slices.DeleteFunc(g.trials, func(t *trial) bool { return now.Sub(t.began) >= trialLife })
	switch n := len(g.trials); {
	case g.proven || n == 0:
		return 0
	case n >= max(maxTrials-g.refused, 1):
		return g.trials[0].began.Add(trialLife).Sub(now)
	default:
		return g.trials[n-1].began.Add(trialSpacing).Sub(now)
	}
}

// admit lets a call in, as a trial if the credential is not proven.
func (g *gate) admit(now time.Time) leave {
	shuts := g.shuts
	if g.proven {
		return func(v verdict, err error) error { return g.left(nil, shuts, v, err) }
	}
	t := &trial{began: now}
	g.trials = append(g.trials, t)
	return func(v verdict, err error) error { return g.left(t, shuts, v, err) }
}

// left records how a call ended. A refusal shuts the gate, once for all calls
// that were under way. A trial without a response may still be refused, though
// nobody will know: it counts for the rest of its life.
func (g *gate) left(t *trial, shuts int, v verdict, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if v == refused {
		g.refused++
	}
	switch {
	case v == accepted:
		g.proven, g.refused = true, 0
		g.pause.reset()
	case v == refused && shuts == g.shuts:
		now := time.Now()
		g.proven = false
		g.shuts++
		g.pause.refused(now)
		g.refusal = AsError("", err).retryIn(g.pause.left(now))
		err = g.refusal
	}
	if v != unanswered {
		g.trials = slices.DeleteFunc(g.trials, func(other *trial) bool { return other == t })
	}
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
	return err
}

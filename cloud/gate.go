package cloud

import (
	"context"
	"sync"
	"time"

	"cloudjob_exporter/job"
)

// gate stands before a service and keeps refused credentials away from it: the
// gateway locks an access key after more than 5 failures in a row ("FAQs" of
// API Gateway). Until a credential has been accepted once, one call goes first
// and the others wait for its outcome. It also lets the first connection find
// out whether the service speaks HTTP/2 before the others are opened.
type gate struct {
	service string // whose answers count

	mu      sync.Mutex
	proven  bool
	trial   chan struct{} // closed when the call that went first is over; nil if there is none
	shuts   int           // how often the gate has shut; a call remembers the count it came in at
	pause   pause
	refusal *Error // what shut the gate last
}

// enter waits until a call may be made. The caller tells leave how it ended.
func (g *gate) enter(ctx context.Context) (leave func(*Error), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	waited := false
	if trial := g.trial; trial != nil && !g.proven {
		g.mu.Unlock()
		select {
		case <-trial:
			waited = true
		case <-ctx.Done():
			err = ctx.Err()
		}
		g.mu.Lock()
	}
	if err != nil {
		return nil, err
	}
	if left := g.pause.left(time.Now()); left > 0 {
		return nil, g.refusal.retryIn(left)
	}
	shuts := g.shuts
	if g.proven || waited {
		return func(e *Error) { g.leave(shuts, e) }, nil
	}
	trial := make(chan struct{})
	g.trial = trial
	return func(e *Error) {
		g.leave(shuts, e)
		g.endTrial(trial)
	}, nil
}

// leave takes in how a call ended: a 401 shuts the gate, once for all calls
// that were under way; any other answer proves the credential; no answer says
// nothing, and nor does a login or a metadata service that failed: those have a
// pause of their own.
func (g *gate) leave(shuts int, e *Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	answered := e == nil || e.StatusCode != 0 && e.Service == g.service
	switch {
	case !answered:
	case e == nil, e.Reason != job.Auth:
		g.proven = true
		g.pause.reset()
	case shuts == g.shuts:
		now := time.Now()
		g.proven = false
		g.shuts++
		g.pause.refused(now)
		e.RetryAfter = g.pause.left(now)
		g.refusal = e.retryIn(e.RetryAfter) // the caller may still change its own
	}
}

func (g *gate) endTrial(trial chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(trial)
	if g.trial == trial {
		g.trial = nil
	}
}

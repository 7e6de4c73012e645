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
// and the others wait for its outcome: one without an answer is theirs, too, and
// the next call that comes is the next to go first. It also lets the first
// connection find out whether the service speaks HTTP/2 before the others are
// opened.
type gate struct {
	service string // whose answers count

	mu      sync.Mutex
	proven  bool
	trial   *trial // the call that goes first; nil if there is none
	shuts   int    // how often the gate has shut; a call remembers the count it came in at
	pause   pause
	refusal *Error // what shut the gate last
}

// trial is a call that went first.
type trial struct {
	over    chan struct{} // closed when it is
	failure *Error        // why it had no answer; nil if it had one, or if its caller gave up
}

// enter waits until a call may be made. The caller tells leave how it ended.
func (g *gate) enter(ctx context.Context) (leave func(*Error), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.trial != nil && !g.proven {
		if err := g.wait(ctx, g.trial); err != nil {
			return nil, err
		}
	}
	if left := g.pause.left(time.Now()); left > 0 {
		return nil, g.refusal.retryIn(left)
	}
	shuts := g.shuts
	if g.proven {
		return func(e *Error) { g.leave(shuts, e) }, nil
	}
	t := &trial{over: make(chan struct{})}
	g.trial = t
	return func(e *Error) {
		if !g.leave(shuts, e) && ctx.Err() == nil {
			t.failure = e
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.trial = nil
		close(t.over)
	}, nil
}

// wait waits for the end of a trial, without the lock, and gives its failure.
func (g *gate) wait(ctx context.Context, t *trial) error {
	g.mu.Unlock()
	defer g.mu.Lock()
	select {
	case <-t.over:
	case <-ctx.Done():
		return ctx.Err()
	}
	if t.failure != nil {
		return t.failure
	}
	return nil
}

// leave takes in how a call ended: a 401 shuts the gate, once for all calls
// that were under way; any other answer proves the credential; no answer says
// nothing, and nor does a login or a metadata service that failed: those have a
// pause of their own. It tells whether there was an answer.
func (g *gate) leave(shuts int, e *Error) (answered bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	answered = e == nil || e.StatusCode != 0 && e.Service == g.service
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
		g.refusal = e
	}
	return answered
}

package cloud

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"cloudjob_exporter/cloud/gate"
	"cloudjob_exporter/job"
)

const (
	// shortestLease is how long a credential that was just fetched is used, whatever it
	// says.
	shortestLease = time.Minute
	// renewAhead is the most by which a credential is renewed before it expires.
	renewAhead = 30 * time.Minute
)

// lease is a credential that is fetched, lasts for a while, and is fetched
// again: an IAM token, or the temporary key of an ECS agency. One fetch serves
// any number of callers, and one that fails is not tried again for a while, how
// long depends on who failed it:
//
//   - IAM refused the login: 1 min, doubling to 15 min, because it locks an
//     account after 5 failures.
//   - There was no such answer (network, timeout, 5xx, 429, a proxy, the metadata
//     service, which locks nobody): 1 min, or Retry-After if that is longer.
//   - Nothing was sent, because a file could not be read: no pause. The next
//     caller reads it again, which costs nothing.
type lease struct {
	service string
	fetch   func(ctx context.Context) (credential, time.Time, error)

	mu         sync.Mutex
	current    *credential // nil if there is none
	expires    time.Time
	renewAt    time.Time
	generation int           // fetches that brought something
	fetching   chan struct{} // closed when the fetch under way is over; nil if there is none
	pause      gate.Pause
	failure    *Error // of the fetch that began the pause
}

func (l *lease) credential(ctx context.Context, refused credential) (credential, error) {
	entered := -1 // what came since then is given, be it the refused one again: there is no other
	for {
		l.mu.Lock()
		if entered < 0 {
			entered = l.generation
		}
		now := time.Now()
		usable := l.current != nil && (l.generation > entered || !l.current.Equal(refused)) && now.Before(l.expires)
		held := l.pause.Left(now)
		switch {
		case usable && (now.Before(l.renewAt) || l.fetching != nil || held > 0):
			c := *l.current
			l.mu.Unlock()
			return c, nil
		case held > 0:
			failure := l.failure
			l.mu.Unlock()
			return credential{}, failure.retryIn(held)
		case l.fetching != nil:
			fetching := l.fetching
			l.mu.Unlock()
			select {
			case <-fetching:
			case <-ctx.Done():
				return credential{}, ctx.Err()
			}
		default:
			l.fetching = make(chan struct{})
			good, until := l.current, l.expires
			l.mu.Unlock()
			c, expires, err := l.fetch(ctx)
			err = l.done(ctx, c, expires, err)
			switch {
			case err == nil:
				return c, nil
			case usable && ctx.Err() == nil && time.Now().Before(until):
				return *good, nil
			}
			return credential{}, err
		}
	}
}

// done takes in the outcome of a fetch and wakes those who wait for it.
func (l *lease) done(ctx context.Context, c credential, expires time.Time, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.fetching)
	l.fetching = nil

	now := time.Now()
	switch {
	case err == nil:
		// What was just given out is good for a moment at least: if it seems to
		// have expired already, one of the two clocks is off. Without this, no
		// login would ever be the last one.
		expires = later(expires, now.Add(shortestLease))
		l.current, l.expires = &c, expires
		l.renewAt = renewTime(now, expires)
		l.generation++
		l.pause.Reset()
		return nil
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return err // this caller gave up; the next one tries
	}
	e := AsError(l.service, err)
	switch {
	case e.unsent():
		return e
	case e.refusedLogin():
		l.pause.Refused(now)
	default:
		l.pause.Unreachable(now, e.RetryAfter)
	}
	l.failure = e.retryIn(l.pause.Left(now))
	return l.failure
}

// refusedLogin reports whether IAM answered that it does not let this user in,
// which it may count against the account. That a proxy or a login page in between
// may answer 401 or 403, too, cannot be told apart, and errs on the safe side.
func (e *Error) refusedLogin() bool {
	return e.Service == serviceIAM && e.StatusCode != 0 && (e.Reason == job.Auth || e.Reason == job.Forbidden)
}

// unsent reports whether the credential could not even be tried, for a reason that
// lies on this machine: a file that is missing, not readable or not complete.
func (e *Error) unsent() bool { return e.Reason == job.Auth && e.StatusCode == 0 }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// renewTime lies ahead of the expiry by a margin: at most renewAhead, at most a
// quarter of the time left, and spread so that many exporters do not log in at once.
func renewTime(now, expires time.Time) time.Time {
	margin := min(renewAhead, expires.Sub(now)/4)
	if margin <= 0 {
		return expires
	}
	return expires.Add(-margin + rand.N(margin/4+1))
}

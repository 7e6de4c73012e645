package poller

import (
	"context"

	"golang.org/x/time/rate"
)

// pace is the rate limit of a project, for as long as it is the same.
type pace struct {
	*rate.Limiter
	ctx context.Context // done when it no longer holds
	end context.CancelFunc
}

// newPace makes a pace, and ends the one before, if there was one: a new one
// then begins with nothing saved up, so that no call is early.
func (p *Poller) newPace(limit rate.Limit, before *pace) *pace {
	made := &pace{Limiter: rate.NewLimiter(limit, 1)}
	made.ctx, made.end = context.WithCancel(p.ctx)
	if before != nil {
		made.Allow()
		before.end()
	}
	return made
}

// wait waits until a project may be called, at the pace that holds then. It is
// an error if the project is no longer configured so, or the poller is closed.
func (p *Poller) wait(pr *project) error {
	for {
		p.mu.Lock()
		now := pr.pace
		p.mu.Unlock()
		err := now.Wait(now.ctx)
		p.mu.Lock()
		same := pr.pace == now
		p.mu.Unlock()
		if err == nil || same {
			return err
		}
	}
}

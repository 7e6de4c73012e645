// Package limits keeps calls within what an endpoint and a project allow.
package limits

import (
	"context"

	"golang.org/x/time/rate"
)

// Pace is the rate limit of a project, for as long as it is the same.
type Pace struct {
	limiter *rate.Limiter
	ctx     context.Context // done when it no longer holds
	cancel  context.CancelFunc
}

// NewPace returns a pace of so many calls a second; 0 is no limit. It ends the pace
// before, if there was one: the new one then begins with nothing saved up, so that no
// call is early. It ends with ctx, too.
func NewPace(ctx context.Context, perSecond float64, before *Pace) *Pace {
	made := &Pace{limiter: rate.NewLimiter(limit(perSecond), 1)}
	made.ctx, made.cancel = context.WithCancel(ctx)
	if before != nil {
		made.limiter.Allow()
		before.End()
	}
	return made
}

func limit(perSecond float64) rate.Limit {
	if perSecond <= 0 {
		return rate.Inf
	}
	return rate.Limit(perSecond)
}

// Is reports whether the pace is of so many calls a second.
func (p *Pace) Is(perSecond float64) bool { return p.limiter.Limit() == limit(perSecond) }

// Wait waits until a call may be made. It is an error if the pace ends before.
func (p *Pace) Wait() error { return p.limiter.Wait(p.ctx) }

// End makes all who wait go.
func (p *Pace) End() { p.cancel() }

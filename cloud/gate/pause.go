package gate

import "time"

const (
	firstPause = time.Minute
	maxPause   = 15 * time.Minute
)

// Pause holds calls back after one failed. The zero value holds nothing back.
type Pause struct {
	until time.Time
	wait  time.Duration
}

// Refused starts a pause of 1 min, which doubles with each refusal, up to 15 min.
func (p *Pause) Refused(now time.Time) {
	p.wait = min(max(2*p.wait, firstPause), maxPause)
	p.until = now.Add(p.wait)
}

// Unreachable starts a pause of 1 min, however often, or of what the cloud asked
// for if that is longer.
func (p *Pause) Unreachable(now time.Time, asked time.Duration) {
	p.until = now.Add(max(firstPause, asked))
}

// Reset ends the pause, and the count of refusals.
func (p *Pause) Reset() { *p = Pause{} }

// Left returns how long the pause lasts, 0 if there is none.
func (p *Pause) Left(now time.Time) time.Duration { return max(p.until.Sub(now), 0) }

package config

import (
	"fmt"
	"math"
	"time"

	"cloudjob_exporter/strictyaml"
)

// Poll says how often and how hard the clouds are asked.
type Poll struct {
	Interval    time.Duration // how long the status of an unfinished job is not asked for again
	Timeout     time.Duration // of one API call
	Concurrency int           // calls in flight, per project
	RateLimit   float64       // calls a second, per project; 0 is no limit
	MaxStale    time.Duration // how long the last known status is served while polls fail
	Retention   time.Duration // how long after its end a final job is shown; 0 is forever
}

var defaultPoll = Poll{
	Interval:    30 * time.Second,
	Timeout:     10 * time.Second,
	Concurrency: 16,
	RateLimit:   10,
	MaxStale:    15 * time.Minute,
}

var pollFields = strictyaml.Fields[Poll]{
	strictyaml.DurationField("interval", func(p *Poll) *time.Duration { return &p.Interval }, atLeast(time.Second)),
	strictyaml.DurationField("timeout", func(p *Poll) *time.Duration { return &p.Timeout }, positive),
	strictyaml.IntField("concurrency", func(p *Poll) *int { return &p.Concurrency }, between(1, 1000)),
	strictyaml.FloatField("rate_limit", func(p *Poll) *float64 { return &p.RateLimit }, notNegative),
	strictyaml.DurationField("max_stale", func(p *Poll) *time.Duration { return &p.MaxStale }, positive),
	strictyaml.DurationField("retention", func(p *Poll) *time.Duration { return &p.Retention }, nil),
}

func readPoll(d *strictyaml.Decoder, v strictyaml.Value, c *Config) {
	if m, ok := pollFields.Read(d, v, &c.Poll); ok {
		checkPoll(d, m, &c.Poll)
	}
}

// checkPoll warns of jobs that go stale between two good polls. It is no error: it
// harms only where scrapes are rarer than max_stale, and a long interval alone, with
// the default of max_stale, would then be refused.
func checkPoll(d *strictyaml.Decoder, m strictyaml.Mapping, p *Poll) {
	if p.MaxStale < p.Interval {
		at := m.At("max_stale")
		if !at.Given() {
			at = m.At("interval")
		}
		d.Warn(at, "poll.max_stale (%s) is shorter than poll.interval (%s): between two polls a job shows as unknown",
			strictyaml.FormatDuration(p.MaxStale), strictyaml.FormatDuration(p.Interval))
	}
}

func atLeast(least time.Duration) strictyaml.Check[time.Duration] {
	return func(x time.Duration) string {
		if x >= least {
			return ""
		}
		return fmt.Sprintf("must be at least %s, not %s", strictyaml.FormatDuration(least), strictyaml.FormatDuration(x))
	}
}

func positive(x time.Duration) string {
	if x > 0 {
		return ""
	}
	return "must be more than 0"
}

func between(least, most int) strictyaml.Check[int] {
	return func(x int) string {
		if x >= least && x <= most {
			return ""
		}
		return fmt.Sprintf("must be from %d to %d, not %d", least, most, x)
	}
}

func notNegative(x float64) string {
	if x >= 0 && !math.IsInf(x, 0) {
		return ""
	}
	return fmt.Sprintf("must be 0, for no limit, or more, not %v", x)
}

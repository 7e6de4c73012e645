package config

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/job"
	"cloudjob_exporter/strictyaml"
)

// Registration bounds the jobs that are registered over HTTP.
type Registration struct {
	Retention  time.Duration // how long after its end, or unheard of, a registered job is let go
	MaxJobs    int
	StuckAfter time.Duration // as in Jobs, unless the request says otherwise
}

var defaultRegistration = Registration{
	Retention:  24 * time.Hour,
	MaxJobs:    10_000,
	StuckAfter: job.DefaultStuckAfter,
}

var registrationFields = strictyaml.Fields[Registration]{
	strictyaml.DurationField("retention", func(r *Registration) *time.Duration { return &r.Retention }, positive),
	strictyaml.IntField("max_jobs", func(r *Registration) *int { return &r.MaxJobs }, between(1, 100_000)),
	strictyaml.DurationField("stuck_after", func(r *Registration) *time.Duration { return &r.StuckAfter }, positive),
}

// registrationField is the section itself. That it is there at all says that jobs are
// to be registered, whatever stands in it.
func (d *decoder) registrationField() strictyaml.Field[Config] {
	return strictyaml.Field[Config]{
		Key: "registration",
		Read: func(y *strictyaml.Decoder, v strictyaml.Value, c *Config) {
			d.registers = true
			registrationFields.Read(y, v, &c.Registration)
		},
		Write: func(c *Config) *yaml.Node { return registrationFields.Node(&c.Registration) },
	}
}

// ParseStuckAfter reads the threshold of a job as it stands in a request, by the rules
// of stuck_after.
func ParseStuckAfter(text string) (time.Duration, error) {
	d, err := strictyaml.ParseDuration(text)
	if err != nil {
		return 0, err
	}
	if wrong := positive(d); wrong != "" {
		return 0, fmt.Errorf("%s %s", strictyaml.Quote(text), wrong)
	}
	return d, nil
}

// Package metrics counts what polling does, and the jobs that end. The metrics about
// each job are made from snapshots elsewhere.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
)

// How an answer about a job came: the values of the label source.
const (
	Call    = "call"    // the job was asked for by itself
	Listing = "listing" // a list of jobs showed it
)

// Metrics are the series. All methods may be called at the same time.
type Metrics struct {
	Errors       *prometheus.CounterVec // by provider and reason
	Hits, Misses *prometheus.CounterVec // by provider
	Unrecognized *prometheus.CounterVec // by provider
	Answers      *prometheus.CounterVec // by provider and source

	ended
}

// New registers the metrics.
func New(reg prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		reg.MustRegister(c)
		return c
	}
	return &Metrics{
		Errors: counter("cloudjob_exporter_poll_errors_total",
			"Polls that failed, by reason.", "provider", "reason"),
		Hits: counter("cloudjob_exporter_cache_hits_total",
			"Jobs served from the cache at scrape time.", "provider"),
		Misses: counter("cloudjob_exporter_cache_misses_total",
			"Jobs that were due at scrape time, whether a call of their own or a listing answered for them.", "provider"),
		Unrecognized: counter("cloudjob_exporter_unrecognized_statuses_total",
			"Answers with a status that is in no table.", "provider"),
		Answers: counter("cloudjob_exporter_answers_total",
			"Answers about jobs by how they came: call (of the job) or listing (of many jobs).", "provider", "source"),
		ended: newEnded(reg),
	}
}

// Expect creates the series of a provider, so that their first increase is seen.
func (m *Metrics) Expect(provider string) {
	for _, r := range job.Reasons() {
		m.Errors.WithLabelValues(provider, string(r))
	}
	for _, by := range []*prometheus.CounterVec{m.Hits, m.Misses, m.Unrecognized} {
		by.WithLabelValues(provider)
	}
	for _, source := range []string{Call, Listing} {
		m.Answers.WithLabelValues(provider, source)
	}
	m.delay.WithLabelValues(provider)
}

// Scraped counts what a scrape found of the jobs of a provider.
func (m *Metrics) Scraped(provider string, jobs, due int) {
	m.Misses.WithLabelValues(provider).Add(float64(due))
	m.Hits.WithLabelValues(provider).Add(float64(max(jobs-due, 0)))
}

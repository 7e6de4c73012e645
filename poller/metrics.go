package poller

import (
	"cmp"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
)

// metrics are about polling; those about jobs are made from snapshots elsewhere.
type metrics struct {
	errors       *prometheus.CounterVec
	hits, misses *prometheus.CounterVec
	unrecognized *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		reg.MustRegister(c)
		return c
	}
	return &metrics{
		errors: counter("cloudjob_exporter_poll_errors_total",
			"Polls that failed, by reason.", "provider", "reason"),
		hits: counter("cloudjob_exporter_cache_hits_total",
			"Jobs that a scrape found no need to ask for.", "provider"),
		misses: counter("cloudjob_exporter_cache_misses_total",
			"Jobs that a scrape had to ask for, or found being asked for.", "provider"),
		unrecognized: counter("cloudjob_exporter_unrecognized_statuses_total",
			"Answers with a status that is in no table.", "provider"),
	}
}

// expect makes all series of a provider, so that their first increase is seen.
func (m *metrics) expect(provider string) {
	for _, r := range job.Reasons() {
		m.errors.WithLabelValues(provider, string(r))
	}
	m.hits.WithLabelValues(provider)
	m.misses.WithLabelValues(provider)
	m.unrecognized.WithLabelValues(provider)
}

// sortedLanes gives all lanes in an order that does not change.
func (p *Poller) sortedLanes() []*lane {
	var lanes []*lane
	for _, pr := range p.projects {
		for _, l := range pr.lanes {
			lanes = append(lanes, l)
		}
	}
	slices.SortFunc(lanes, func(a, b *lane) int {
		return cmp.Or(cmp.Compare(a.project.Name, b.project.Name), cmp.Compare(a.provider, b.provider))
	})
	return lanes
}

// scraped counts what a scrape found in a lane.
func (m *metrics) scraped(l *lane) {
	asked := len(l.queue) + l.asked
	m.misses.WithLabelValues(l.provider).Add(float64(asked))
	m.hits.WithLabelValues(l.provider).Add(float64(max(l.jobs-asked, 0)))
}

var (
	jobsDesc = prometheus.NewDesc("cloudjob_exporter_jobs",
		"Jobs that are watched, whatever source names them.", []string{"provider", "project"}, nil)
	pendingDesc = prometheus.NewDesc("cloudjob_exporter_polls_pending",
		"Jobs that are due or being asked for, and not yet answered.", []string{"project"}, nil)
)

// collector gives the sizes that the poller keeps anyway.
type collector struct{ p *Poller }

func (c collector) Describe(ch chan<- *prometheus.Desc) {
	ch <- jobsDesc
	ch <- pendingDesc
}

func (c collector) Collect(ch chan<- prometheus.Metric) {
	type size struct {
		provider, project string
		jobs              int
	}
	var sizes []size
	pending := map[string]int{}
	c.p.mu.Lock()
	for name := range c.p.projects {
		pending[name] = 0
	}
	for _, l := range c.p.sortedLanes() {
		sizes = append(sizes, size{l.provider, l.project.Name, l.jobs})
		pending[l.project.Name] += l.pending()
	}
	c.p.mu.Unlock()
	for _, s := range sizes {
		ch <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(s.jobs), s.provider, s.project)
	}
	for project, n := range pending {
		ch <- prometheus.MustNewConstMetric(pendingDesc, prometheus.GaugeValue, float64(n), project)
	}
}

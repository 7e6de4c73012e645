package poller

import (
	"cmp"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/poller/places"
)

// sortedLanes gives all lanes in an order that does not change.
func (p *Poller) sortedLanes() []*places.Lane {
	var lanes []*places.Lane
	for _, pr := range p.projects {
		for _, l := range pr.Lanes {
			lanes = append(lanes, l)
		}
	}
	slices.SortFunc(lanes, func(a, b *places.Lane) int {
		return cmp.Or(cmp.Compare(a.Project.Name, b.Project.Name), cmp.Compare(a.Provider, b.Provider))
	})
	return lanes
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
		sizes = append(sizes, size{l.Provider, l.Project.Name, l.Jobs})
		pending[l.Project.Name] += l.Pending()
	}
	c.p.mu.Unlock()
	for _, s := range sizes {
		ch <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(s.jobs), s.provider, s.project)
	}
	for project, n := range pending {
		ch <- prometheus.MustNewConstMetric(pendingDesc, prometheus.GaugeValue, float64(n), project)
	}
}

package metrics

import (
	"cmp"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// Size is how many jobs of a project are watched at an endpoint.
type Size struct {
	Provider, Project string
	Jobs              int
	Pending           int // that are due or being asked for
}

var (
	jobsDesc = prometheus.NewDesc("cloudjob_exporter_jobs",
		"Jobs of this shard that are watched, whatever source names them.", []string{"provider", "project"}, nil)
	pendingDesc = prometheus.NewDesc("cloudjob_exporter_polls_pending",
		"Jobs that are due or being asked for, and not yet answered.", []string{"project"}, nil)
)

// Sizes collects what is kept anyway. It returns the projects, and the sizes of those that
// have any.
type Sizes func() (projects []string, sizes []Size)

// Describe sends what Collect makes.
func (s Sizes) Describe(ch chan<- *prometheus.Desc) {
	ch <- jobsDesc
	ch <- pendingDesc
}

// Collect sends the jobs of each endpoint, and what is pending of each project.
func (s Sizes) Collect(ch chan<- prometheus.Metric) {
	projects, sizes := s()
	slices.SortFunc(sizes, func(a, b Size) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.Provider, b.Provider))
	})
	pending := map[string]int{}
	for _, size := range sizes {
		pending[size.Project] += size.Pending
		ch <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(size.Jobs), size.Provider, size.Project)
	}
	for _, project := range projects {
		ch <- prometheus.MustNewConstMetric(pendingDesc, prometheus.GaugeValue, float64(pending[project]), project)
	}
}

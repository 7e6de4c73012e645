package registration

import "github.com/prometheus/client_golang/prometheus"

var registeredJobs = prometheus.NewDesc("cloudjob_exporter_registered_jobs", "Jobs of this shard that are registered over HTTP.", []string{"project"}, nil)

// collector counts the registrations of each configured project.
type collector struct{ *Set }

func (c collector) Describe(ch chan<- *prometheus.Desc) { ch <- registeredJobs }

func (c collector) Collect(ch chan<- prometheus.Metric) {
	for project, jobs := range c.count() {
		ch <- prometheus.MustNewConstMetric(registeredJobs, prometheus.GaugeValue, float64(jobs), project)
	}
}

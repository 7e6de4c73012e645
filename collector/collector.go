// Package collector turns jobs and their states into metrics.
package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/poller"
)

// collector exposes one snapshot.
type collector struct {
	snapshot poller.Snapshot
	families []Family
	descs    []*prometheus.Desc
}

// Of makes a collector of one snapshot.
func Of(s poller.Snapshot) prometheus.Collector {
	c := &collector{snapshot: s, families: Families()}
	for _, f := range c.families {
		c.descs = append(c.descs, prometheus.NewDesc(f.Name, f.Help, f.AllLabels(), nil))
	}
	return c
}

func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		ch <- d
	}
}

// Collect sends the samples in the order in which the registry exposes them, which is
// that of the snapshot. Sorting what is sorted is cheap, which halves the cost of a
// large scrape.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	now := time.Now()
	jobs := c.snapshot.Jobs()
	var samples []Sample
	labels := make([]string, 0, 5)
	for n, f := range c.families {
		for _, state := range jobs {
			samples = f.Samples(samples[:0], View{State: state, Now: now, MaxStale: c.snapshot.MaxStale})
			for i := range samples {
				labels = append(labels[:0], state.Provider, state.ID)
				labels = append(labels, samples[i].Labels[:len(f.Labels)]...)
				ch <- metric(c.descs[n], samples[i].Value, labels)
			}
		}
	}
}

func metric(desc *prometheus.Desc, value float64, labels []string) prometheus.Metric {
	m, err := prometheus.NewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return m
}

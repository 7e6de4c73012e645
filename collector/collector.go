// Package collector turns jobs and their states into metrics.
package collector

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// Source gives a snapshot of all jobs, at the latest when ctx is done.
type Source interface {
	Poll(ctx context.Context) poller.Snapshot
}

type collector struct {
	snapshot func() poller.Snapshot
	families []Family
	descs    []*prometheus.Desc
}

// New makes a collector that polls source at each Collect, for at most timeout.
func New(source Source, timeout time.Duration) prometheus.Collector {
	return newCollector(func() poller.Snapshot {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		return source.Poll(ctx)
	})
}

// Of makes a collector of one snapshot.
func Of(s poller.Snapshot) prometheus.Collector {
	return newCollector(func() poller.Snapshot { return s })
}

func newCollector(snapshot func() poller.Snapshot) prometheus.Collector {
	c := &collector{snapshot: snapshot, families: Families()}
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

// Collect gives the samples in the order in which the registry exposes them.
// Sorting what is sorted is cheap, which halves the cost of a large scrape.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	s := c.snapshot()
	now := time.Now()
	jobs := slices.SortedFunc(slices.Values(s.Jobs), func(a, b *job.State) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Provider, b.Provider))
	})
	var samples []Sample
	labels := make([]string, 0, 5)
	for n, f := range c.families {
		for _, state := range jobs {
			samples = f.Samples(samples[:0], View{State: state, Now: now, MaxStale: s.MaxStale})
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

// Package collector turns jobs and their states into metrics.
package collector

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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
		labels := append([]string{"provider", "job_id"}, f.Labels...)
		c.descs = append(c.descs, prometheus.NewDesc(f.Name, f.Help, labels, nil))
	}
	return c
}

func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		ch <- d
	}
}

// Collect gives the samples in the order in which they are exposed, which
// leaves the registry little to sort.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	s := c.snapshot()
	now := time.Now()
	labels := make([]string, 0, 5)
	for n, f := range c.families {
		for _, state := range s.Jobs {
			v := View{State: state, Now: now, MaxStale: s.MaxStale}
			for i := 0; ; i++ {
				sample, ok := f.Sample(v, i)
				if !ok {
					break
				}
				labels = append(labels[:0], state.Provider, state.ID)
				labels = append(labels, sample.Labels[:len(f.Labels)]...)
				ch <- metric(c.descs[n], sample.Value, labels)
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

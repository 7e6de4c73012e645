package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/collector"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// plain is a collector as most exporters have one: for each job, in the order
// of a map, it makes a const metric of each sample.
type plain struct {
	families []collector.Family
	descs    []*prometheus.Desc
	jobs     map[job.Key]*job.State
	maxStale time.Duration
}

func newPlain(s poller.Snapshot) *plain {
	p := &plain{families: collector.Families(), jobs: map[job.Key]*job.State{}, maxStale: s.MaxStale}
	for _, f := range p.families {
		p.descs = append(p.descs, prometheus.NewDesc(f.Name, f.Help, f.AllLabels(), nil))
	}
	for _, state := range s.Jobs() {
		p.jobs[state.Key] = state
	}
	return p
}

func (p *plain) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range p.descs {
		ch <- d
	}
}

func (p *plain) Collect(ch chan<- prometheus.Metric) {
	now := time.Now()
	for _, state := range p.jobs {
		for i, f := range p.families {
			for _, s := range f.Samples(nil, collector.View{State: state, Now: now, MaxStale: p.maxStale}) {
				labels := append([]string{state.Provider, state.ID}, s.Labels[:len(f.Labels)]...)
				ch <- prometheus.MustNewConstMetric(p.descs[i], prometheus.GaugeValue, s.Value, labels...)
			}
		}
	}
}

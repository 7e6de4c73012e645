package metrics

import (
	"fmt"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudjob_exporter/job"
)

func failed(kind string) *job.State {
	return &job.State{
		Job:    &job.Job{Key: job.Key{Provider: "elb", ID: "a"}, Project: "prod", Statuses: []job.Status{job.Running, job.Failed}},
		Report: job.Report{Status: job.Failed, Type: kind},
	}
}

// TestACloudThatInventsJobTypes makes no more series than are allowed.
func TestACloudThatInventsJobTypes(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	m := New(reg)
	for n := range 1000 {
		m.Unfinished(failed(fmt.Sprint("type-", n)))
		m.Ended(failed(fmt.Sprint("type-", n)))
	}
	m.Ended(failed("type-0"))
	for _, name := range []string{"cloudjob_exporter_ended_jobs_total", "cloudjob_exporter_ended_job_duration_seconds"} {
		n, err := testutil.GatherAndCount(reg, name)
		if err != nil || n != maxTypes+1 {
			t.Errorf("%d series of %s, %v", n, name, err)
		}
	}
	for kind, want := range map[string]float64{"type-0": 2, "type-99": 1, OtherType: 900} {
		if got := testutil.ToFloat64(m.jobs.WithLabelValues("elb", "prod", kind, "failed")); got != want {
			t.Errorf("%s: got %v, want %v", kind, got, want)
		}
	}
}

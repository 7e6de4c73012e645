package collector

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	cfwStatuses = []job.Status{job.Running, job.Success, job.Failed, job.Unknown}
	elbStatuses = []job.Status{job.Init, job.Running, job.Success, job.Failed, job.Unknown}
)

// snapshot is a job in each state that makes a difference, as seen at now.
func snapshot(now time.Time) poller.Snapshot {
	newJob := func(provider, id string, statuses []job.Status) *job.Job {
		return &job.Job{
			Key: job.Key{Provider: provider, ID: id}, Project: "prod",
			StuckAfter: 30 * time.Minute, Statuses: statuses,
		}
	}
	begin := now.Add(-time.Hour)
	states := []*job.State{
		{Job: newJob("cfw", "failed", cfwStatuses), LastSuccess: begin, Report: job.Report{
			Status: job.Failed, ErrorCode: "CFW.00200016", FailReason: "never a label",
			Begin: begin, End: begin.Add(14 * time.Second),
		}},
		{Job: newJob("cfw", "not-found", cfwStatuses), LastSuccess: now.Add(-time.Minute), Missing: true, Err: job.NotFound, Report: job.Report{
			Status: job.Running, Begin: begin,
		}},
		{Job: newJob("cfw", "not-polled", cfwStatuses)},
		{Job: newJob("cfw", "stale", cfwStatuses), LastSuccess: now.Add(-16 * time.Minute), Err: job.Timeout, Report: job.Report{
			Status: job.Running, Begin: begin,
		}},
		{Job: newJob("cfw", "unrecognized", cfwStatuses), LastSuccess: now, FirstUnfinished: now.Add(-time.Minute), Report: job.Report{RawStatus: "PAUSED"}},
		{Job: newJob("elb", `quote" \ newline`+"\nü", elbStatuses), LastSuccess: now.Add(-10 * time.Second), Err: job.ServerError, Report: job.Report{
			Status: job.Running, Begin: begin.Add(250 * time.Millisecond), Type: `create"ELB"`, FailedSubJobs: 2,
		}},
		{Job: newJob("elb", "no-begin", elbStatuses), LastSuccess: now, FirstUnfinished: now.Add(-90 * time.Second), Report: job.Report{Status: job.Init}},
		{Job: newJob("elb", "no-end", elbStatuses), LastSuccess: now, Report: job.Report{Status: job.Success, Begin: begin}},
		{Job: newJob("elb", "end-before-start", elbStatuses), LastSuccess: now, Report: job.Report{
			Status: job.Success, Begin: begin, End: begin.Add(-time.Second),
		}},
		{Job: newJob("elb", "begins-in-the-future", elbStatuses), LastSuccess: now, Report: job.Report{
			Status: job.Running, Begin: now.Add(time.Minute),
		}},
		{Job: newJob("elb", "sub-jobs", elbStatuses), LastSuccess: now, Report: job.Report{
			Status: job.Failed, Begin: begin, End: now, FailedSubJobs: 3, Type: "createELB", ErrorCode: "ELB.1",
		}},
	}
	return poller.NewSnapshot(15*time.Minute, states...)
}

func TestGolden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // for its clock, which always shows the same
		reg := prometheus.NewPedanticRegistry()
		reg.MustRegister(Of(snapshot(time.Now())))
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		for _, f := range families {
			if _, err := expfmt.MetricFamilyToText(&got, f); err != nil {
				t.Fatal(err)
			}
		}
		const golden = "testdata/metrics.txt"
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("differs from %s (go test ./collector -update writes it anew):\n%s", golden, got.String())
		}
	})
}

func TestExactlyOneStatusIsOne(t *testing.T) {
	s, now := snapshot(time.Now()), time.Now()
	for _, f := range Families() {
		if f.Name != "job_status" {
			continue
		}
		for _, state := range s.Jobs() {
			sum := 0.0
			for _, sample := range f.Samples(nil, View{State: state, Now: now, MaxStale: s.MaxStale}) {
				sum += sample.Value
			}
			if sum != 1 {
				t.Errorf("%s: the state set sums to %v", state.ID, sum)
			}
		}
	}
}

func TestMetricsPassTheLinter(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(Of(snapshot(time.Now())))
	problems, err := testutil.GatherAndLint(reg)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestABadLabelIsAnErrorAndNoPanic(t *testing.T) {
	s := snapshot(time.Now())
	s.Jobs()[0].Type = "\xff"
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(Of(s))
	if _, err := reg.Gather(); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("got %v", err)
	}
}

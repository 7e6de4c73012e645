package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"cloudjob_exporter/simulator"
)

// scrapeTimeout is what the scraper says that it waits. Some scrapes are
// answered half a second before it is over; late is what a busy machine, with as
// many exporters as there are rows at once, may add to that.
const (
	scrapeTimeout = 2 * time.Second
	late          = 2 * time.Second
)

// seen is what one scrape shows of a job.
type seen struct {
	status   string
	up       bool
	reason   string    // why the last poll failed; empty if it did not
	answered time.Time // when the cloud last answered; zero for a final job
}

// scrape is one scrape that was answered rightly: 200, in time, and complete.
type scrape struct {
	begin, end time.Time
	jobs       map[string]seen // by ID
	calls      map[string]int  // by service
}

func (w *world) scrape() scrape {
	w.t.Helper()
	s := scrape{begin: time.Now(), jobs: map[string]seen{}, calls: map[string]int{}}
	text, err := w.exporter.Get("/metrics", "X-Prometheus-Scrape-Timeout-Seconds", fmt.Sprint(scrapeTimeout.Seconds()))
	s.end = time.Now()
	if err != nil {
		w.t.Fatalf("%v\n%s", err, w.exporter.Log())
	}
	if took := s.end.Sub(s.begin); took >= scrapeTimeout+late {
		w.t.Errorf("a scrape took %v", took)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		w.t.Fatalf("%v:\n%s", err, text)
	}
	for _, j := range watched {
		s.jobs[j.ID] = view(w.t, families, j)
	}
	if n := len(families["job_up"].GetMetric()); n != len(watched) {
		w.t.Errorf("%d jobs are shown, of %d", n, len(watched))
	}
	for _, m := range families["cloudjob_exporter_api_requests_total"].GetMetric() {
		s.calls[label(m, "provider")] += int(m.GetCounter().GetValue())
	}
	return s
}

// view finds what is shown of a job, and that exactly one status is 1.
func view(t *testing.T, families map[string]*dto.MetricFamily, j simulator.Job) seen {
	t.Helper()
	var v seen
	statuses := 0
	for name, f := range families {
		for _, m := range f.GetMetric() {
			if label(m, "job_id") != j.ID || label(m, "provider") != string(j.API.Service()) {
				continue
			}
			value := m.GetGauge().GetValue()
			switch name {
			case "job_status":
				if value != 0 {
					v.status = label(m, "status")
					statuses += int(value)
				}
			case "job_up":
				v.up = value == 1
			case "job_poll_error":
				v.reason = label(m, "reason")
			case "job_last_poll_success_timestamp_seconds":
				v.answered = time.UnixMilli(int64(value * 1e3))
			}
		}
	}
	if statuses != 1 {
		t.Errorf("the statuses of %s add up to %d", j.ID, statuses)
	}
	if v.up == (v.reason != "") && !v.answered.IsZero() {
		t.Errorf("%s: up is %v, and the reason of the failure %q", j.ID, v.up, v.reason)
	}
	return v
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

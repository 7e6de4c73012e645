package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
)

const (
	// maxTypes is how many job types of a provider have series of their own. The
	// strings come from a cloud, and each makes some 50 series that stay.
	maxTypes = 100
	// OtherType is the job_type of all further ones.
	OtherType = "other"
)

// ended counts the jobs that end while they are watched.
type ended struct {
	jobs     *prometheus.CounterVec   // by provider, project, job_type and status
	duration *prometheus.HistogramVec // by provider, job_type and status
	delay    *prometheus.HistogramVec // by provider

	mu    *sync.Mutex
	types map[string]map[string]struct{} // that have series, by provider
}

func newEnded(reg prometheus.Registerer) ended {
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: name, Help: help, Buckets: buckets,
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, labels)
		reg.MustRegister(h)
		return h
	}
	e := ended{
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cloudjob_exporter_ended_jobs_total",
			Help: "Jobs that ended while they were watched, by their last status.",
		}, []string{"provider", "project", "job_type", "status"}),
		duration: histogram("cloudjob_exporter_ended_job_duration_seconds",
			"Time from the start to the end of the jobs that ended while they were watched.",
			[]float64{1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200}, "provider", "job_type", "status"),
		delay: histogram("cloudjob_exporter_detection_delay_seconds",
			"Time from the end of a job, as the cloud gives it, to the answer that said so.",
			[]float64{1, 2.5, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600}, "provider"),
		mu:    &sync.Mutex{},
		types: map[string]map[string]struct{}{},
	}
	reg.MustRegister(e.jobs)
	return e
}

// Unfinished creates the series in which an unfinished job will be counted once it
// ends, so that its end is seen as an increase.
func (e *ended) Unfinished(s *job.State) {
	for _, status := range s.Statuses {
		if status.Final() {
			kind := e.typeOf(s)
			e.jobs.WithLabelValues(s.Provider, s.Project, kind, status.String())
			e.duration.WithLabelValues(s.Provider, kind, status.String())
		}
	}
}

// Ended counts a job that has ended since it was seen unfinished.
func (e *ended) Ended(s *job.State) {
	kind, status := e.typeOf(s), s.Report.Status.String()
	e.jobs.WithLabelValues(s.Provider, s.Project, kind, status).Inc()
	if d, ok := s.DurationAt(s.LastSuccess); ok {
		e.duration.WithLabelValues(s.Provider, kind, status).Observe(d.Seconds())
	}
	if end := s.Ended(); !end.IsZero() {
		e.delay.WithLabelValues(s.Provider).Observe(max(s.LastSuccess.Sub(end), 0).Seconds()) // clocks differ
	}
}

// Forget deletes the series of a project.
func (e *ended) Forget(project string) {
	e.jobs.DeletePartialMatch(prometheus.Labels{"project": project})
}

// typeOf returns the value of the label job_type.
func (e *ended) typeOf(s *job.State) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	known := e.types[s.Provider]
	if known == nil {
		known = map[string]struct{}{}
		e.types[s.Provider] = known
	}
	if _, ok := known[s.Type]; !ok {
		if len(known) >= maxTypes {
			return OtherType
		}
		known[s.Type] = struct{}{}
	}
	return s.Type
}

package cloud

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts the calls of all projects.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewMetrics registers the metrics of API calls.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cloudjob_exporter_api_requests_total",
			Help: "Calls to the cloud by HTTP status code, or error where there was no answer; the provider of a login is iam.",
		}, []string{"provider", "project", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                            "cloudjob_exporter_api_request_duration_seconds",
			Help:                            "Time from a call to the header of its answer.",
			Buckets:                         []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, []string{"provider"}),
	}
	reg.MustRegister(m.requests, m.duration)
	return m
}

// Forget drops the series of a project that is no longer configured.
func (m *Metrics) Forget(project string) {
	m.requests.DeletePartialMatch(prometheus.Labels{"project": project})
}

// observed counts and times the calls to one service of one project.
type observed struct {
	next             http.RoundTripper
	metrics          *Metrics
	service, project string
}

func (o observed) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := o.next.RoundTrip(req)
	code := "error"
	if err == nil {
		code = strconv.Itoa(resp.StatusCode)
	}
	o.metrics.requests.WithLabelValues(o.service, o.project, code).Inc()
	o.metrics.duration.WithLabelValues(o.service).Observe(time.Since(start).Seconds())
	return resp, err
}

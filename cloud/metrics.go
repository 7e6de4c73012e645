package cloud

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts the calls of all projects.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec

	mu       sync.Mutex
	projects map[string]*recorder
}

// recorder counts the calls of a project as long as it is configured. All clients that
// the project has had since it was added share one.
type recorder struct {
	metrics *Metrics
	project string

	mu        sync.Mutex
	forgotten bool
}

// NewMetrics registers the metrics of API calls.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		projects: make(map[string]*recorder),
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

// Forget drops the series of a project that is no longer configured. Calls that are
// still under way do not bring them back. A client that is made for a project of that
// name later counts from zero.
func (m *Metrics) Forget(project string) {
	m.mu.Lock()
	r := m.projects[project]
	delete(m.projects, project)
	m.mu.Unlock()
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgotten = true
	m.requests.DeletePartialMatch(prometheus.Labels{"project": project})
}

// recorder returns the recorder of a project, a new one if it was forgotten.
func (m *Metrics) recorder(project string) *recorder {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.projects[project]
	if !ok {
		r = &recorder{metrics: m, project: project}
		m.projects[project] = r
	}
	return r
}

// count counts a call, unless the project was forgotten meanwhile.
func (r *recorder) count(service, code string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.forgotten {
		r.metrics.requests.WithLabelValues(service, r.project, code).Inc()
	}
}

// observed counts and times the calls to one service of one project.
type observed struct {
	next     http.RoundTripper
	recorder *recorder
	service  string
}

func (o observed) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := o.next.RoundTrip(req)
	code := "error"
	if err == nil {
		code = strconv.Itoa(resp.StatusCode)
	}
	o.recorder.count(o.service, code)
	o.recorder.metrics.duration.WithLabelValues(o.service).Observe(time.Since(start).Seconds())
	return resp, err
}

package web

import (
	"bytes"
	"errors"
	"maps"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"

	"cloudjob_exporter/collector"
	"cloudjob_exporter/exposition"
	"cloudjob_exporter/poller"
)

// scrape shows jobs, and then the exporter's own metrics. It is in all what
// promhttp's handler is with ContinueOnError and OpenMetrics.
type scrape struct {
	poll      func(*http.Request) poller.Snapshot
	delivered func(poller.Snapshot) // is called when a client has got all of a snapshot
	metrics   *prometheus.Registry
	options   promhttp.HandlerOpts

	own     http.Handler       // of metrics alone
	errors  prometheus.Counter // answers that were not taken
	writers map[expfmt.FormatType]*exposition.Writer
}

func newScrape(poll func(*http.Request) poller.Snapshot, delivered func(poller.Snapshot), metrics *prometheus.Registry, errorLog promhttp.Logger) *scrape {
	h := &scrape{
		poll:      poll,
		delivered: delivered,
		metrics:   metrics,
		options: promhttp.HandlerOpts{
			ErrorLog:          errorLog,
			ErrorHandling:     promhttp.ContinueOnError,
			Registry:          metrics,
			EnableOpenMetrics: true,
		},
		errors:  sendErrors(metrics),
		writers: map[expfmt.FormatType]*exposition.Writer{},
	}
	h.own = promhttp.HandlerFor(metrics, h.options)
	for _, t := range []expfmt.FormatType{expfmt.TypeTextPlain, expfmt.TypeOpenMetrics} {
		h.writers[t] = exposition.New(t)
	}
	return h
}

// sendErrors is the counter that promhttp keeps in a registry.
func sendErrors(metrics *prometheus.Registry) prometheus.Counter {
	errs := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "promhttp_metric_handler_errors_total",
		Help: "Total number of internal errors encountered by the promhttp metric handler.",
	}, []string{"cause"})
	if there := (prometheus.AlreadyRegisteredError{}); errors.As(metrics.Register(errs), &there) {
		errs = there.ExistingCollector.(*prometheus.CounterVec)
	}
	return errs.WithLabelValues("encoding")
}

// ServeHTTP has promhttp answer about the exporter itself, which negotiates the
// format and the compression, and puts the jobs before that answer. Formats
// other than text, and a choice of names, are left to promhttp altogether.
func (h *scrape) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	snapshot := h.poll(r)
	format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultOpenMetricsAcceptedFormats()...)
	writer, ok := h.writers[format.FormatType()]
	if !ok || r.URL.Query().Has("name[]") {
		h.collect(w, r, snapshot)
		return
	}
	own := &recorder{header: http.Header{}, status: http.StatusOK}
	h.own.ServeHTTP(own, r)
	if own.status != http.StatusOK {
		h.collect(w, r, snapshot) // not one metric of its own; there may be jobs
		return
	}
	maps.Copy(w.Header(), own.header)
	write := writer.Write
	if own.header.Get("Content-Encoding") == string(promhttp.Gzip) {
		write = writer.WriteGzip
	}
	if err := write(w, snapshot, own.body.Bytes()); err != nil {
		h.options.ErrorLog.Println("error encoding and sending metrics:", err)
		h.errors.Inc()
		return
	}
	h.done(r, snapshot)
}

// done records that a snapshot was sent, if the client was there to the end and
// wanted all of it.
func (h *scrape) done(r *http.Request, snapshot poller.Snapshot) {
	if r.Method == http.MethodGet && r.Context().Err() == nil && !r.URL.Query().Has("name[]") {
		h.delivered(snapshot)
	}
}

// collect answers by way of the collector.
func (h *scrape) collect(w http.ResponseWriter, r *http.Request, snapshot poller.Snapshot) {
	jobs := prometheus.NewRegistry()
	if err := jobs.Register(collector.Of(snapshot)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	promhttp.HandlerFor(prometheus.Gatherers{jobs, h.metrics}, h.options).ServeHTTP(w, r)
	h.done(r, snapshot)
}

// recorder takes an answer in.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

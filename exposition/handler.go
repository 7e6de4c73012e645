// Package exposition shows jobs in the text format and in OpenMetrics at the
// least cost: it formats them straight from a snapshot, and keeps those that
// are final compressed. What it shows is what the collector shows.
package exposition

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"

	"cloudjob_exporter/collector"
	"cloudjob_exporter/poller"
)

// Handler answers scrapes.
type Handler struct {
	poll    func(*http.Request) poller.Snapshot
	metrics *prometheus.Registry
	options promhttp.HandlerOpts

	own     http.Handler       // of metrics alone
	errors  prometheus.Counter // answers that were not taken
	formats map[expfmt.FormatType]*chunks
	scratch sync.Pool // of *scratch

	bufferSize int
}

// NewHandler makes a handler that shows the jobs of the snapshot that poll
// gives, and then metrics. It is in all what promhttp's handler is with
// ContinueOnError and OpenMetrics, and logs to errorLog.
func NewHandler(poll func(*http.Request) poller.Snapshot, metrics *prometheus.Registry, errorLog promhttp.Logger) *Handler {
	h := &Handler{
		poll:    poll,
		metrics: metrics,
		options: promhttp.HandlerOpts{
			ErrorLog:          errorLog,
			ErrorHandling:     promhttp.ContinueOnError,
			Registry:          metrics,
			EnableOpenMetrics: true,
		},
		formats: map[expfmt.FormatType]*chunks{},
		scratch: sync.Pool{New: func() any { return &scratch{} }},

		bufferSize: bufferSize,
	}
	h.own = promhttp.HandlerFor(metrics, h.options)
	h.errors = sendErrors(metrics)
	for _, t := range []expfmt.FormatType{expfmt.TypeTextPlain, expfmt.TypeOpenMetrics} {
		h.formats[t] = &chunks{format: newFormatter(t), smallest: minChunk}
	}
	return h
}

// sendErrors is the counter that promhttp keeps of its own in a registry.
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
// format and the compression, and puts the jobs before that answer. Other
// formats than text, and a choice of names, are left to promhttp altogether.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	snapshot := h.poll(r)
	format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultOpenMetricsAcceptedFormats()...)
	kept, ok := h.formats[format.FormatType()]
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
	if err := h.write(w, kept, snapshot, own.body.Bytes()); err != nil {
		h.options.ErrorLog.Println("error encoding and sending metrics:", err)
		h.errors.Inc()
	}
}

// write writes the jobs, and what promhttp answered.
func (h *Handler) write(w http.ResponseWriter, kept *chunks, snapshot poller.Snapshot, own []byte) (err error) {
	s := h.scratch.Get().(*scratch)
	defer h.scratch.Put(s)
	s.begin(snapshot)
	out := &output{w, s.buffer[:0], h.bufferSize}
	defer func() { s.buffer = out.b }()
	if w.Header().Get("Content-Encoding") == "gzip" {
		m := newMember(out)
		if err = kept.format.writeGzip(m, kept.of(snapshot.Jobs), s); err == nil {
			err = m.end(own)
		}
	} else if err = kept.format.writeText(out, snapshot, s); err == nil {
		err = out.write(own)
	}
	return cmp.Or(err, out.flush())
}

// collect answers by way of the collector.
func (h *Handler) collect(w http.ResponseWriter, r *http.Request, snapshot poller.Snapshot) {
	jobs := prometheus.NewRegistry()
	if err := jobs.Register(collector.Of(snapshot)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	promhttp.HandlerFor(prometheus.Gatherers{jobs, h.metrics}, h.options).ServeHTTP(w, r)
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

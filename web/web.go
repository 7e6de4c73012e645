// Package web is what the exporter shows over HTTP.
package web

import (
	"fmt"
	"net/http"
	"net/http/pprof"
	pathpkg "path"
	"slices"
	"strings"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	toolkit "github.com/prometheus/exporter-toolkit/web"

	"cloudjob_exporter/poller"
)

// Options are what the handler needs of the rest of the program.
type Options struct {
	Logger  log.Logger
	Poller  *poller.Poller
	Metrics *prometheus.Registry // about the exporter itself

	Config func() (string, error) // the loaded configuration as YAML, without secrets
	Reload func() error

	Version         string
	TelemetryPath   string
	TimeoutOffset   time.Duration // kept back of a scrape's timeout
	MaxRequests     int           // scrapes and probes at a time, and as many for /jobs and /api/v1/jobs; 0: no limit
	EnableLifecycle bool
	EnablePprof     bool
}

// New makes the handler of all paths. Its error says what is wrong with the
// telemetry path.
func New(o Options) (http.Handler, error) {
	jobs := newJobsPage(o)
	if !free(o.TelemetryPath, jobs.style, o.EnablePprof) {
		return nil, fmt.Errorf("--web.telemetry-path=%q is no path that begins with / and is free", o.TelemetryPath)
	}
	mux := http.NewServeMux()
	limit, people := newLimit(o.MaxRequests), newLimit(o.MaxRequests) // who reads pages takes no scrape's place
	mux.Handle("GET "+o.TelemetryPath, newMetrics(o, limit))
	mux.Handle("GET /probe", limit(serveProbe(o)))
	mux.Handle("GET /api/v1/jobs", people(serveJobs(o.Poller)))
	mux.Handle("GET /jobs", people(jobs))
	mux.HandleFunc("GET "+jobs.style, jobs.serveStyle)
	mux.HandleFunc("GET /config", serveConfig(o.Config))
	mux.HandleFunc("GET /-/healthy", ok("cloudjob_exporter is healthy.\n"))
	mux.HandleFunc("GET /-/ready", ok("cloudjob_exporter is ready.\n"))
	// A browser that knows the password must not be made to post by another site.
	mux.Handle("POST /-/reload", http.NewCrossOriginProtection().Handler(serveReload(o)))
	if o.EnablePprof {
		// With their method, so that they go with metrics at /.
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", unhurried(pprof.Profile))
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", unhurried(pprof.Trace))
	}
	if o.TelemetryPath != "/" {
		landing, err := newLanding(o)
		if err != nil {
			return nil, err
		}
		mux.Handle("GET /{$}", landing)
	}
	return secured(mux), nil
}

// taken are the paths that the metrics cannot have.
var taken = []string{"/api/v1/jobs", "/config", "/jobs", "/probe", "/-/healthy", "/-/ready", "/-/reload"}

// free tells whether the metrics can be at path: a request can name it, word for
// word, and nothing else is there. style is where the page of jobs has its own.
func free(path, style string, profiles bool) bool {
	const debug = "/debug/pprof"
	return strings.HasPrefix(path, "/") && pathpkg.Clean(path) == path && !strings.ContainsFunc(path, special) &&
		!slices.Contains(taken, path) && path != style &&
		(!profiles || path != debug && !strings.HasPrefix(path, debug+"/"))
}

// special tells what has a meaning in a URL or a pattern.
func special(r rune) bool { return r <= ' ' || strings.ContainsRune("?#%{}", r) }

func newLanding(o Options) (http.Handler, error) {
	return toolkit.NewLandingPage(toolkit.LandingConfig{
		Name:        "cloudjob_exporter",
		Description: "Asynchronous jobs of Huawei Cloud and Open Telekom Cloud for Prometheus",
		Version:     o.Version,
		Profiling:   map[bool]string{true: "true", false: "false"}[o.EnablePprof],
		Links: []toolkit.LandingLinks{
			{Address: o.TelemetryPath, Text: "Metrics"},
			{Address: "/jobs", Text: "Jobs"},
			{Address: "/api/v1/jobs", Text: "Jobs as JSON"},
			{Address: "/config", Text: "Configuration", Description: "as it is loaded, without secrets"},
			{Address: "/-/healthy", Text: "Health"},
			{Address: "/-/ready", Text: "Readiness"},
		},
	})
}

// NewServer makes a server that waits for no client without end, and takes no
// header above 64 KiB.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, MaxHeaderBytes: 64 << 10,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
	}
}

// writeTimeout is how long a client may take to read an answer.
const writeTimeout = time.Minute

// allow sets until when an answer may be written.
func allow(w http.ResponseWriter, d time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d)) // where there is a connection
}

// unhurried is for profiles, which take as long as they are asked to.
func unhurried(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		allow(w, time.Hour)
		h(w, r)
	}
}

// secured sets what keeps a browser from taking an answer for what it is not.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		allow(w, writeTimeout)
		next.ServeHTTP(w, r)
	})
}

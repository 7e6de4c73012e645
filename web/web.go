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

	"cloudjob_exporter/poller"
)

// Options are what the handler needs of the rest of the program.
type Options struct {
	Logger  log.Logger
	Poller  *poller.Poller
	Metrics *prometheus.Registry // about the exporter itself

	Config func() (string, error) // the loaded configuration as YAML, without secrets
	Reload func() error

	Registrations Registrations

	Version         string
	RoutePrefix     string        // of all paths, as RoutePrefix returns it
	TelemetryPath   string        // below the prefix
	TimeoutOffset   time.Duration // kept back of a scrape's timeout
	MaxRequests     int           // scrapes and probes at a time, and as many for /jobs and /api/v1/jobs; 0: no limit
	EnableLifecycle bool
	EnablePprof     bool

	EnableRegistration bool // else those who register jobs are refused
}

// New makes the handler of all paths. Its error says what is wrong with the
// telemetry path.
func New(o Options) (http.Handler, error) {
	jobs := newJobsPage(o)
	if !free(o.TelemetryPath, jobs.style, o.EnablePprof) {
		return nil, fmt.Errorf("--web.telemetry-path=%q is no path that begins with / and is free", o.TelemetryPath)
	}
	r := newRoutes(o.RoutePrefix)
	limit, pageLimit := newLimit(o.MaxRequests), newLimit(o.MaxRequests) // who reads pages takes no scrape's place
	metrics := "GET " + o.TelemetryPath
	if o.TelemetryPath == "/" {
		metrics += "{$}" // and nothing below it
	}
	r.handle(metrics, newMetrics(o, limit))
	r.handle("GET /probe", limit(serveProbe(o)))
	r.handle("GET /api/v1/jobs", pageLimit(serveJobs(o.Poller)))
	r.handle(" "+registerPath, newRegistrar(o))
	r.handle("GET /jobs", pageLimit(jobs))
	r.handle("GET "+jobs.style, http.HandlerFunc(jobs.serveStyle))
	r.handle("GET /config", serveConfig(o.Config))
	r.handle("GET /-/healthy", ok("cloudjob_exporter is healthy.\n"))
	r.handle("GET /-/ready", ok("cloudjob_exporter is ready.\n"))
	// A browser that knows the password must not be made to post by another site.
	r.handle("POST /-/reload", http.NewCrossOriginProtection().Handler(serveReload(o)))
	if o.EnablePprof {
		r.profiles()
	}
	if o.TelemetryPath != "/" {
		landing, err := newLanding(o, jobs.style)
		if err != nil {
			return nil, err
		}
		r.handle("GET /{$}", landing)
	}
	return securityHeaders(refuseBadPaths(o.RoutePrefix, r.mux)), nil
}

// profiles adds those of the process, with their method, so that they go with
// metrics at /.
func (r routes) profiles() {
	r.handle("GET /debug/pprof", redirectRelative("pprof/"))
	r.handleStripped("GET /debug/pprof/", http.HandlerFunc(pprof.Index))
	r.handle("GET /debug/pprof/cmdline", http.HandlerFunc(pprof.Cmdline))
	r.handle("GET /debug/pprof/profile", withoutWriteDeadline(pprof.Profile))
	r.handle("GET /debug/pprof/symbol", http.HandlerFunc(pprof.Symbol))
	r.handle("POST /debug/pprof/symbol", http.HandlerFunc(pprof.Symbol))
	r.handle("GET /debug/pprof/trace", withoutWriteDeadline(pprof.Trace))
}

// reservedPaths are the paths that the metrics cannot have.
var reservedPaths = []string{"/api/v1/jobs", "/config", "/jobs", "/probe", "/-/healthy", "/-/ready", "/-/reload"}

// free reports whether the metrics can be at path: a request can name it, word for
// word, and nothing else is there. style is where the page of jobs has its own.
func free(path, style string, profiles bool) bool {
	const debug = "/debug/pprof"
	return strings.HasPrefix(path, "/") && pathpkg.Clean(path) == path && !strings.ContainsFunc(path, special) &&
		!slices.Contains(reservedPaths, path) && path != style &&
		(!profiles || path != debug && !strings.HasPrefix(path, debug+"/"))
}

// special tells what has a meaning in a URL or a pattern.
func special(r rune) bool { return r <= ' ' || strings.ContainsRune("?#%{}", r) }

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

// setWriteDeadline sets until when an answer may be written.
func setWriteDeadline(w http.ResponseWriter, d time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d)) // where there is a connection
}

// withoutWriteDeadline is for profiles, which take as long as they are asked to.
func withoutWriteDeadline(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		setWriteDeadline(w, time.Hour)
		h(w, r)
	}
}

// securityHeaders sets what keeps a browser from taking an answer for what it is not.
func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		setWriteDeadline(w, writeTimeout)
		next.ServeHTTP(w, r)
	})
}

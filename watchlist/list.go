// Package watchlist decides which jobs are watched, and why: it brings the
// configuration, and the sources that it names, into effect, at a start, at a reload,
// and when a source changes. A source is the configuration itself, a job file, the
// registrations, or a listing; each hands over what has changed, and the poller knows
// which of them counts.
package watchlist

import (
	"context"
	"sync"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/discovery"
	"cloudjob_exporter/jobfiles"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/registration"
)

// Options are what a List needs of the rest of the program.
type Options struct {
	Logger    log.Logger
	Metrics   prometheus.Registerer
	Read      func() (*config.Config, error) // the configuration, whenever it is loaded
	Poller    *poller.Poller
	Store     registration.Store // nil: registrations end with the process
	UserAgent string
}

// List is the jobs that are watched. Its methods may be called at the same time.
type List struct {
	Options
	metrics *cloud.Metrics

	succeeded, succeededAt prometheus.Gauge

	files      *jobfiles.Set
	found      *discovery.Set
	registered *registration.Set

	loading  sync.Mutex // one load at a time; held while files are read
	applying sync.Mutex // one change of what the poller watches at a time

	mu      sync.Mutex // held for moments only, so that a page never waits for a file
	current inForce
}

// New makes an empty list.
func New(o Options) *List {
	l := &List{
		Options: o, metrics: cloud.NewMetrics(o.Metrics),
		succeeded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cloudjob_exporter_config_last_reload_successful",
			Help: "1 if the last attempt to load the configuration succeeded, else 0.",
		}),
		succeededAt: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cloudjob_exporter_config_last_reload_success_timestamp_seconds",
			Help: "When the configuration was last loaded successfully, since the epoch.",
		}),
		current: inForce{Config: &config.Config{}},
		files:   jobfiles.New(o.Logger, o.Metrics),
	}
	l.found = discovery.New(o.Logger, o.Metrics, o.Poller, l.refresh)
	o.Metrics.MustRegister(l.succeeded, l.succeededAt)
	l.registered = registration.New(o.Logger, o.Metrics, o.Store, o.Poller, l.refresh)
	return l
}

// Follow takes in job files that change, and lets go of registrations that are over,
// until ctx is done.
func (l *List) Follow(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { l.registered.Run(ctx) })
	l.files.Run(ctx, l.refresh)
}

// Registrations returns the jobs that are registered over HTTP.
func (l *List) Registrations() *registration.Set { return l.registered }

// Config is the loaded configuration as YAML, without its secrets.
func (l *List) Config() (string, error) {
	text, err := yaml.Marshal(l.inForce().Config)
	return string(text), err
}

// Close lets go of all connections.
func (l *List) Close() { l.inForce().clients.close() }

// inForce returns the configuration that was loaded last, and its clients.
func (l *List) inForce() inForce {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

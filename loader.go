package main

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/discovery"
	"cloudjob_exporter/jobfiles"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/strictyaml"
)

// readConfig reads the configuration file, with all warnings about it, and the
// entries of clouds.yaml that it names.
func readConfig(path string) (*config.Config, error) {
	c, err := config.Load(path, config.Options{Providers: provider.Schema()})
	if err != nil {
		return nil, withHint(err)
	}
	warnings, err := cloud.CheckClouds(c)
	if err != nil {
		return nil, err
	}
	c.Warnings = append(c.Warnings, warnings...)
	return c, nil
}

// loader brings the configuration into effect, at the start and at reloads.
type loader struct {
	logger    log.Logger
	read      func() (*config.Config, error)
	poller    *poller.Poller
	metrics   *cloud.Metrics
	userAgent string

	succeeded, succeededAt prometheus.Gauge

	files *jobfiles.Set
	found *discovery.Set

	loading  sync.Mutex // one load at a time; held while files are read
	applying sync.Mutex // one change of the poller's plan at a time
	twice    []string   // what was last warned about; of who applies

	mu      sync.Mutex // held for moments only, so that a page never waits for a file
	current *config.Config
	clients map[string]*cloud.Client
}

func newLoader(logger log.Logger, read func() (*config.Config, error), p *poller.Poller, reg prometheus.Registerer, userAgent string) *loader {
	l := &loader{
		logger: logger, read: read, poller: p, metrics: cloud.NewMetrics(reg), userAgent: userAgent,
		succeeded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cloudjob_exporter_config_last_reload_successful",
			Help: "1 if the last attempt to load the configuration succeeded, else 0.",
		}),
		succeededAt: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cloudjob_exporter_config_last_reload_success_timestamp_seconds",
			Help: "When the configuration was last loaded successfully, since the epoch.",
		}),
		current: &config.Config{},
		files:   jobfiles.New(logger, reg),
	}
	l.found = discovery.New(logger, reg, p.State, l.refresh)
	reg.MustRegister(l.succeeded, l.succeededAt)
	return l
}

// load reads the configuration and brings it into effect. If anything in it is
// wrong, nothing changes; the error has a line for each mistake.
func (l *loader) load() error {
	l.loading.Lock()
	defer l.loading.Unlock()
	c, err := l.read()
	var clients map[string]*cloud.Client
	if err == nil {
		clients, err = l.newClients(c)
	}
	if err != nil {
		l.succeeded.Set(0)
		return err
	}
	l.applying.Lock()
	defer l.applying.Unlock()
	l.replace(c, clients)
	l.apply()
	l.succeeded.Set(1)
	l.succeededAt.SetToCurrentTime()
	return nil
}

// refresh brings into effect which jobs there are now besides those that the
// configuration lists itself.
func (l *loader) refresh() {
	l.applying.Lock()
	defer l.applying.Unlock()
	l.apply()
}

// inForce returns the configuration that was loaded last, and its clients. Neither
// is written to.
func (l *loader) inForce() (*config.Config, map[string]*cloud.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current, l.clients
}

// newClients gives the clients of a configuration: those that there are, with
// their tokens and connections, for projects about which nothing has changed,
// nor in their files. The error has a line for each project that can have none.
func (l *loader) newClients(c *config.Config) (map[string]*cloud.Client, error) {
	current, before := l.inForce()
	clients := make(map[string]*cloud.Client, len(c.Projects))
	var wrong []error
	for i := range c.Projects {
		p := &c.Projects[i]
		if old, ok := before[p.Name]; ok && !old.FilesChanged() &&
			reflect.DeepEqual(*p, *current.Project(p.Name)) &&
			c.Poll.Timeout == current.Poll.Timeout && c.Poll.Concurrency == current.Poll.Concurrency {
			clients[p.Name] = old
			continue
		}
		made, err := cloud.New(p, cloud.Options{
			Timeout:     c.Poll.Timeout,
			Concurrency: c.Poll.Concurrency,
			UserAgent:   l.userAgent,
			Metrics:     l.metrics,
		})
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		clients[p.Name] = made
	}
	return clients, errors.Join(wrong...)
}

// replace lets go of what the old configuration had and the new one has not.
func (l *loader) replace(c *config.Config, clients map[string]*cloud.Client) {
	current, before := l.inForce()
	if !strictyaml.SameWarnings(c.Warnings, current.Warnings) {
		for _, w := range c.Warnings {
			_ = level.Warn(l.logger).Log("msg", "configuration", "warning", w.String())
		}
	}
	for name, old := range before {
		now, ok := clients[name]
		if now != old {
			old.Close()
		}
		if !ok {
			l.metrics.Forget(name)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current, l.clients = c, clients
}

// apply hands the poller everything that is to be polled.
func (l *loader) apply() {
	c, clients := l.inForce()
	projects := make(map[string]provider.Project, len(clients))
	plan := poller.Plan{Settings: poller.Settings{
		Interval:    c.Poll.Interval,
		MaxStale:    c.Poll.MaxStale,
		Retention:   c.Poll.Retention,
		Concurrency: c.Poll.Concurrency,
		RateLimit:   c.Poll.RateLimit,
	}}
	for name, client := range clients {
		projects[name] = provider.Project{Client: client}
		plan.Projects = append(plan.Projects, poller.Project{Name: name, Fetcher: projects[name]})
	}
	plan.Tasks = l.found.Tasks(c, projects)

	var m merge
	m.add("the configuration", c.Jobs)
	for _, f := range l.files.Load(c.JobFiles, c.ParseJobs) {
		m.add(f.Name, f.Jobs)
	}
	m.add("", l.found.Jobs())
	plan.Jobs = m.jobs
	l.poller.Apply(plan)
	l.warnTwice(m.twice)
}

// warnTwice names the jobs that are there twice, when that changes.
func (l *loader) warnTwice(twice []string) {
	if !slices.Equal(twice, l.twice) {
		for _, text := range twice[:min(len(twice), maxTwice)] {
			_ = level.Warn(l.logger).Log("msg", "job is there twice, the first counts", "where", text)
		}
	}
	l.twice = twice
}

// Follow takes in job files that change, until ctx is done.
func (l *loader) Follow(ctx context.Context) { l.files.Run(ctx, l.refresh) }

// Config is the loaded configuration as YAML, without its secrets.
func (l *loader) Config() (string, error) {
	current, _ := l.inForce()
	text, err := yaml.Marshal(current)
	return string(text), err
}

// Close lets go of all connections.
func (l *loader) Close() {
	_, clients := l.inForce()
	for _, c := range clients {
		c.Close()
	}
}

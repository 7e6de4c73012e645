package main

import (
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

// loader brings the configuration into effect, at the start and at reloads.
type loader struct {
	logger    log.Logger
	read      func() (*config.Config, error)
	poller    *poller.Poller
	metrics   *cloud.Metrics
	userAgent string

	succeeded, succeededAt prometheus.Gauge

	mu      sync.Mutex // one reload at a time
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
	}
	reg.MustRegister(l.succeeded, l.succeededAt)
	return l
}

// Reload reads the configuration and brings it into effect. If anything in it
// is wrong, nothing changes.
func (l *loader) Reload() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, err := l.read()
	if err == nil {
		err = l.apply(c)
	}
	if err != nil {
		l.succeeded.Set(0)
		return err
	}
	l.succeeded.Set(1)
	l.succeededAt.SetToCurrentTime()
	return nil
}

func (l *loader) apply(c *config.Config) error {
	clients := make(map[string]*cloud.Client, len(c.Projects))
	projects := make([]poller.Project, len(c.Projects))
	for i := range c.Projects {
		p := &c.Projects[i]
		client, err := l.client(c, p)
		if err != nil {
			return err
		}
		clients[p.Name] = client
		projects[i] = poller.Project{Name: p.Name, Fetcher: provider.Project{Client: client}}
	}
	jobs, err := jobsOf(c.Jobs)
	if err != nil {
		return err
	}
	l.poller.Apply(poller.Plan{Settings: poller.Settings{
		Interval:    c.Poll.Interval,
		MaxStale:    c.Poll.MaxStale,
		Retention:   c.Poll.Retention,
		Concurrency: c.Poll.Concurrency,
		RateLimit:   c.Poll.RateLimit,
	}, Projects: projects, Jobs: jobs})

	if !slices.Equal(c.Warnings, l.current.Warnings) {
		for _, w := range c.Warnings {
			_ = level.Warn(l.logger).Log("msg", "configuration", "warning", w)
		}
	}
	for name, old := range l.clients {
		if clients[name] != old {
			old.Close()
		}
		if clients[name] == nil {
			l.metrics.Forget(name)
		}
	}
	l.current, l.clients = c, clients
	return nil
}

// client gives the client of a project: the one that there is, with its token
// and connections, if nothing about the project has changed.
func (l *loader) client(c *config.Config, p *config.Project) (*cloud.Client, error) {
	if client, ok := l.clients[p.Name]; ok &&
		reflect.DeepEqual(*p, *l.current.Project(p.Name)) &&
		c.Poll.Timeout == l.current.Poll.Timeout && c.Poll.Concurrency == l.current.Poll.Concurrency {
		return client, nil
	}
	return cloud.New(p, cloud.Options{
		Timeout:     c.Poll.Timeout,
		Concurrency: c.Poll.Concurrency,
		UserAgent:   l.userAgent,
		Metrics:     l.metrics,
	})
}

// jobsOf makes the jobs that the configuration lists.
func jobsOf(groups []config.Jobs) ([]*job.Job, error) {
	var jobs []*job.Job
	for _, g := range groups {
		api, ok := provider.Find(g.Provider, g.APIVersion)
		if !ok {
			return nil, fmt.Errorf("provider %s has no API version %q", g.Provider, g.APIVersion)
		}
		for _, id := range g.IDs {
			jobs = append(jobs, &job.Job{
				Key:        job.Key{Provider: g.Provider, ID: id},
				Project:    g.Project,
				APIVersion: g.APIVersion,
				StuckAfter: g.StuckAfter,
				Statuses:   api.Statuses,
			})
		}
	}
	return jobs, nil
}

// Config is the loaded configuration as YAML, without its secrets.
func (l *loader) Config() (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text, err := yaml.Marshal(l.current)
	return string(text), err
}

// Close lets go of all connections.
func (l *loader) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, client := range l.clients {
		client.Close()
	}
}

// Package demo is a simulated cloud with a life of its own, and a configuration
// of the exporter that follows its jobs.
package demo

import (
	"context"
	"time"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/simulator"
)

// period is how often the configuration is loaded and the jobs are polled.
const period = 5 * time.Second

// Demo is a cloud on a loopback port.
type Demo struct {
	*population
	server *simulator.Server
}

// New starts a demo. The caller must close it.
func New() (*Demo, error) { return start(time.Now()) }

// start starts a demo whose jobs began to come and go at a given time.
func start(began time.Time) (*Demo, error) {
	d := &Demo{population: newPopulation(began)}
	server, err := d.cloud.Listen()
	if err != nil {
		return nil, err
	}
	d.server = server
	return d, nil
}

// entry is a part of the configuration.
type entry = map[string]any

// entry returns what the configuration says of a watch, but for its job.
func (w watch) entry() entry {
	e := entry{"provider": w.provider, "project": w.project, "stuck_after": w.stuckAfter.String()}
	if w.apiVersion != "" {
		e["api_version"] = w.apiVersion
	}
	return e
}

// Read returns the current configuration. It is parsed from YAML, as every
// configuration is.
func (d *Demo) Read() (*config.Config, error) {
	var projects, jobs []entry
	endpoints := entry{"iam": d.server.URL + "/v3"}
	for _, s := range d.streams {
		service := string(s.api.Service())
		endpoints[service] = d.server.URL + "/" + service
	}
	for _, c := range credentials() {
		project := entry{"name": c.project, "project_id": c.projectID, "endpoints": endpoints}
		if c.accessKey != "" {
			project["access_key"], project["secret_key"] = c.accessKey, c.secretKey
		} else {
			project["username"], project["password"], project["domain_name"] = c.username, c.password, c.domainName
		}
		projects = append(projects, project)
	}
	for _, w := range d.watches(time.Now()) {
		group := w.entry()
		group["ids"] = []string{w.id}
		jobs = append(jobs, group)
	}
	var discover []entry
	for _, s := range d.streams {
		if s.listed {
			w := newWatch(s.api, s.project, "")
			group := w.entry()
			group["interval"], group["since"] = "10s", (longest + keep).String()
			discover = append(discover, group)
		}
	}
	text, err := yaml.Marshal(entry{
		"poll": entry{"interval": period.String(), "rate_limit": 0}, "projects": projects, "jobs": jobs, "discover": discover,
	})
	if err != nil {
		return nil, err
	}
	return config.Parse("demo", text, config.Options{Providers: provider.Schema()})
}

// poll polls the jobs that are due, as a scrape does.
func poll(ctx context.Context, polls *poller.Poller) {
	ctx, cancel := context.WithTimeout(ctx, period)
	defer cancel()
	polls.Poll(ctx)
}

// Warm polls all jobs, so that the first page shows every one of them. It polls
// twice, because the first poll also discovers jobs.
func (d *Demo) Warm(ctx context.Context, polls *poller.Poller) {
	poll(ctx, polls)
	poll(ctx, polls)
}

// Follow loads the configuration and polls the jobs again and again, until ctx
// is done.
func (d *Demo) Follow(ctx context.Context, load func() error, polls *poller.Poller) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = load() // a demo's configuration is good, and a failure shows in its metric
			poll(ctx, polls)
		case <-ctx.Done():
			return
		}
	}
}

// Close stops the cloud.
func (d *Demo) Close() {
	d.cloud.Close()
	_ = d.server.Close()
}

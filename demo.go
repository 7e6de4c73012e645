package main

import (
	"context"
	"time"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/simulator"
)

// demoPeriod is how often the demo's jobs come and go, and are polled.
const demoPeriod = 5 * time.Second

// demo is a simulated cloud on a loopback port, and a configuration that
// follows its jobs.
type demo struct {
	*simulator.Demo
	server *simulator.Server
}

func newDemo() (*demo, error) {
	d := &demo{Demo: simulator.NewDemo(time.Now())}
	server, err := d.Cloud.Listen()
	d.server = server
	return d, err
}

// read gives the configuration of this moment. It goes the way of every
// configuration, through YAML.
func (d *demo) read() (*config.Config, error) {
	type entry = map[string]any
	var projects, jobs []entry
	for _, c := range simulator.DemoCredentials() {
		project := entry{
			"name": c.Project, "project_id": c.ProjectID,
			"endpoints": entry{"iam": d.server.URL + "/v3", "cfw": d.server.URL, "elb": d.server.URL},
		}
		if c.AccessKey != "" {
			project["access_key"], project["secret_key"] = c.AccessKey, c.SecretKey
		} else {
			project["username"], project["password"], project["domain_name"] = c.Username, c.Password, c.DomainName
		}
		projects = append(projects, project)
	}
	for _, w := range d.Watches(time.Now()) {
		group := entry{
			"provider": w.Provider, "project": w.Project, "ids": []string{w.ID},
			"stuck_after": w.StuckAfter.String(),
		}
		if w.APIVersion != "" {
			group["api_version"] = w.APIVersion
		}
		jobs = append(jobs, group)
	}
	prod := simulator.DemoCredentials()[0].Project
	text, err := yaml.Marshal(entry{
		"poll": entry{"interval": demoPeriod.String(), "rate_limit": 0}, "projects": projects, "jobs": jobs,
		"discover": []entry{{"provider": "elb", "project": prod, "api_version": "v3", "interval": "10s", "since": "10m"}},
	})
	if err != nil {
		return nil, err
	}
	return config.Parse("demo", text, config.Options{Providers: provider.Schema()})
}

// scrape polls the jobs that are due, as a Prometheus would.
func (d *demo) scrape(ctx context.Context, polls *poller.Poller) {
	ctx, cancel := context.WithTimeout(ctx, demoPeriod)
	defer cancel()
	polls.Poll(ctx)
}

// warm scrapes so that the first page shows every job, also those that are
// discovered by the first scrape and polled by the second.
func (d *demo) warm(ctx context.Context, polls *poller.Poller) {
	d.scrape(ctx, polls)
	d.scrape(ctx, polls)
}

// follow loads the configuration and scrapes again and again, until ctx is done.
func (d *demo) follow(ctx context.Context, load func() error, polls *poller.Poller) {
	ticker := time.NewTicker(demoPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = load() // a demo's configuration is good, and a failure shows in its metric
			d.scrape(ctx, polls)
		case <-ctx.Done():
			return
		}
	}
}

func (d *demo) close() {
	d.Cloud.Close()
	_ = d.server.Close()
}

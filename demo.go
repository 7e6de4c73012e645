package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/simulator"
)

// demoPeriod is how often the demo's jobs come and go.
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
		"poll": entry{"interval": "5s"}, "projects": projects, "jobs": jobs,
		"discover": []entry{{"provider": "elb", "project": prod, "api_version": "v3", "interval": "10s", "since": "10m"}},
	})
	if err != nil {
		return nil, err
	}
	return config.Parse("demo", text, config.Options{Providers: provider.Schema()})
}

// follow loads the configuration again and again, until ctx is done.
func (d *demo) follow(ctx context.Context, load func() error) {
	ticker := time.NewTicker(demoPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = load() // a demo's configuration is good, and a failure shows in its metric
		case <-ctx.Done():
			return
		}
	}
}

func (d *demo) close() {
	d.Cloud.Close()
	_ = d.server.Close()
}

// announce says where to look, for people who start the demo.
func announce(addresses []string, path string) {
	for _, address := range addresses {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			continue
		}
		if host == "" {
			host = "localhost"
		}
		fmt.Printf("The demo is at http://%s and its metrics at http://%[1]s%s\n", net.JoinHostPort(host, port), path)
	}
}

package demo

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTheCloudAnswers asks for every job of the configuration, with the
// credentials that it has.
func TestTheCloudAnswers(t *testing.T) {
	d, err := start(time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	c, err := d.Read()
	if err != nil || len(c.Warnings) > 0 {
		t.Fatalf("%v, %v", err, c.Warnings)
	}
	metrics := cloud.NewMetrics(prometheus.NewRegistry())
	for i := range c.Projects {
		client, err := cloud.New(&c.Projects[i], cloud.Options{Timeout: 10 * time.Second, Concurrency: 1, UserAgent: "test", Metrics: metrics})
		if err != nil {
			t.Fatal(err)
		}
		name := c.Projects[i].Name
		if n := d.ask(t, c.Jobs, name, provider.Reader{Client: client}); n < 5 {
			t.Errorf("%s has %d jobs, want more", name, n)
		}
		client.Close()
	}
}

// ask asks for all jobs of a project, and returns their number.
func (d *Demo) ask(t *testing.T, jobs []config.Jobs, name string, project provider.Reader) (asked int) {
	t.Helper()
	for _, g := range jobs {
		if g.Project != name {
			continue
		}
		id := g.IDs[0]
		_, err := project.Fetch(t.Context(), &job.Job{Key: job.Key{Provider: g.Provider, ID: id}, Project: name, APIVersion: g.APIVersion})
		if missing := id == d.fixed[1].id; (err != nil) != missing {
			t.Errorf("%s %s: %v", g.Provider, id, err)
		}
		if d.cloud.JobCalls(simulator.Service(g.Provider), id) != 0 {
			t.Error("the calls of single jobs are counted, which takes memory without end")
		}
		asked++
	}
	return asked
}

package demo

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"cloudjob_exporter/cloud"
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
		defer client.Close()
		asked := 0
		for _, g := range c.Jobs {
			if g.Project != c.Projects[i].Name {
				continue
			}
			_, err := provider.Project{Client: client}.Fetch(t.Context(), &job.Job{
				Key: job.Key{Provider: g.Provider, ID: g.IDs[0]}, Project: g.Project, APIVersion: g.APIVersion,
			})
			if missing := g.IDs[0] == d.fixed[1].id; (err != nil) != missing {
				t.Errorf("%s %s: %v", g.Provider, g.IDs[0], err)
			}
			if d.cloud.JobCalls(simulator.Service(g.Provider), g.IDs[0]) != 0 {
				t.Error("the calls of single jobs are counted, which takes memory without end")
			}
			asked++
		}
		if asked < 5 {
			t.Errorf("%s has %d jobs, want more", c.Projects[i].Name, asked)
		}
	}
}

//go:build e2e

package dashboards

import (
	"path/filepath"
	"testing"
	"time"

	programs "cloudjob_exporter/e2e/process"
)

// notInTheDemo says, for the title of a panel, why its queries return nothing
// where all is well.
var notInTheDemo = map[string]string{
	"Throttling":                 "the demo's cloud throttles nobody",
	"Storage errors":             "the demo stores nothing",
	"Job files":                  "the demo has no job files",
	"Jobs that cannot be polled": "of the one such job there never was an answer whose age could be told",
}

// TestOnTheRealExporter runs every query on a Prometheus that scrapes two
// exporters on simulated clouds.
func TestOnTheRealExporter(t *testing.T) {
	program := filepath.Join(t.TempDir(), "cloudjob_exporter")
	if err := programs.Build("..", program); err != nil {
		t.Fatal(err)
	}
	s := source{job: "cloudjob", mayBeEmpty: notInTheDemo}
	for range 2 {
		s.targets = append(s.targets, programs.Launch(t, program, "--demo").Address)
	}
	p := startPrometheus(t, s)
	// The demo's jobs come and go; what a panel counts may need a moment.
	eachFile(t, func(t *testing.T, d dashboardFile) {
		for _, panel := range d.panels() {
			for _, q := range panel.Targets {
				var got []sample
				for deadline := time.Now().Add(20 * time.Second); len(got) == 0 && time.Now().Before(deadline) && s.mayBeEmpty[panel.Title] == ""; {
					got = p.run(t, d, nil, q)
				}
				if len(got) == 0 && s.mayBeEmpty[panel.Title] == "" {
					t.Errorf("%s: %s returns nothing:\n%s", panel.Title, q.RefID, q.Expr)
				}
			}
		}
	})
}

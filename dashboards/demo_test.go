//go:build e2e

package dashboards

import (
	"fmt"
	"path/filepath"
	"testing"

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
// exporters on simulated clouds: their classic histograms, or their native ones.
func TestOnTheRealExporter(t *testing.T) {
	program := filepath.Join(t.TempDir(), "cloudjob_exporter")
	if err := programs.Build("..", program); err != nil {
		t.Fatal(err)
	}
	s := source{job: "cloudjob", mayBeEmpty: notInTheDemo}
	for range 2 {
		s.targets = append(s.targets, programs.Launch(t, program, "--demo").Address)
	}
	for name, flags := range map[string][]string{
		"classic": nil,
		"native":  {"--enable-feature=native-histograms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startPrometheus(t, s, flags...)
			eachFile(t, func(t *testing.T, d dashboardFile) {
				for _, panel := range d.panels() {
					for _, q := range panel.Targets {
						if s.mayBeEmpty[panel.Title] == "" {
							p.await(t, d, panel, q)
						}
					}
				}
			})
			if got, err := p.query(t.Context(), "cloudjob_exporter_ended_job_duration_seconds_bucket"); err != nil || (len(got) == 0) != (name == "native") {
				t.Errorf("%d classic buckets, %v", len(got), err)
			}
		})
	}
}

// await waits until a query returns something: the demo's jobs come and go, and what a
// panel counts may need a moment.
func (p *prometheus) await(t *testing.T, d dashboardFile, panel panelFile, q targetFile) {
	t.Helper()
	programs.Eventually(t, "data of "+panel.Title, func() error {
		if len(p.run(t, d, nil, q)) == 0 {
			return fmt.Errorf("%s returns nothing:\n%s", q.RefID, q.Expr)
		}
		return nil
	})
}

//go:build e2e

package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

const projectID = "09bb24e6fe80d23d2fa2c010b53b418c"

var exporterPath string // what TestMain built

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "cloudjob_exporter_browser")
	if err == nil {
		exporterPath = filepath.Join(folder, "cloudjob_exporter")
		err = process.Build("../..", exporterPath)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the exporter:", err)
		os.Exit(1) //nolint:forbidigo // TestMain has no other way to fail
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code) //nolint:forbidigo // likewise
}

// watch starts an exporter of a simulated cloud with these jobs of ELB v3, and
// has it ask for them. It also watches the IDs that the cloud does not know.
func watch(t *testing.T, jobs []simulator.Job, unknown ...string) *process.Process {
	t.Helper()
	cloud := simulator.New(simulator.Options{})
	cloud.SetProject(simulator.Project{ID: projectID, Name: "eu-de_shop"})
	cloud.SetUser(simulator.User{ID: "u", Name: "reader", Domain: "OTC", Password: "pass-word", Projects: []string{projectID}})
	cloud.AddJob(jobs...)
	server, err := cloud.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cloud.Close()
		_ = server.Close()
	})
	folder := t.TempDir()
	write(t, filepath.Join(folder, "cloudjob.yml"), fmt.Sprintf(`
poll: {interval: 1h, max_stale: 2h, rate_limit: 0}
projects:
  - name: prod
    project_id: %s
    endpoints: {iam: %[2]s/v3, cfw: %[2]s, elb: %[2]s}
    username: reader
    password: pass-word
    domain_name: OTC
job_files: [jobs.yml]
`, projectID, server.URL))
	ids := unknown
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	write(t, filepath.Join(folder, "jobs.yml"), fmt.Sprintf("- {provider: elb, project: prod, api_version: v3, ids: [%s]}\n", strings.Join(ids, ", ")))
	e := launch(t, "--config.file="+filepath.Join(folder, "cloudjob.yml"))
	process.Eventually(t, "every job to be asked for", func() error {
		text, err := e.Get("/metrics")
		if err == nil && !strings.Contains(text, "\ncloudjob_exporter_polls_pending{project=\"prod\"} 0\n") {
			err = errors.New("jobs are waiting")
		}
		return err
	})
	return e
}

// launch starts an exporter and waits until it is ready.
func launch(t *testing.T, args ...string) *process.Process {
	t.Helper()
	p := process.Launch(t, exporterPath, args...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the exporter said:\n%s", p.Log())
		}
	})
	return p
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

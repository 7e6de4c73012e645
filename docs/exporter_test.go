package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

var exporterPath string // what TestMain built

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "cloudjob_exporter_docs")
	if err == nil {
		exporterPath = filepath.Join(folder, "cloudjob_exporter")
		err = process.Build(root, exporterPath)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the exporter:", err)
		os.Exit(1) //nolint:forbidigo // TestMain has no other way to fail
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(folder)
		os.Exit(code) //nolint:forbidigo // as goleak does itself
	}))
}

// launchWithAllSections launches an exporter whose configuration uses all there
// is, with jobs of a simulated cloud.
func launchWithAllSections(t *testing.T) *process.Process {
	t.Helper()
	const project = "09bb24e6fe80d23d2fa2c010b53b418c"
	cloud := simulator.New(simulator.Options{})
	cloud.SetProject(simulator.Project{ID: project, Name: "eu-de_shop"})
	cloud.SetUser(simulator.User{ID: "u", Name: "reader", Domain: "OTC", Password: "pass-word", Projects: []string{project}})
	cloud.AddJob(simulator.Job{API: simulator.CFW, ProjectID: project, ID: "firewall", Begin: time.Now().Add(-time.Minute), Plan: simulator.CFW.Hangs()})
	server, err := cloud.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cloud.Close()
		_ = server.Close()
	})

	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("more.yml", "- {provider: cfw, project: prod, ids: [another]}\n")
	configuration := write("cloudjob.yml", fmt.Sprintf(`
projects:
  - name: prod
    project_id: %s
    endpoints: {iam: %[2]s/v3, cfw: %[2]s, elb: %[2]s}
    username: reader
    password: pass-word
    domain_name: OTC
jobs:
  - {provider: cfw, project: prod, ids: [firewall]}
  - {provider: elb, project: prod, ids: [balancer]}
job_files: [more.yml]
discover:
  - {provider: elb, project: prod}
`, project, server.URL))
	return process.Launch(t, exporterPath, "--config.file="+configuration, "--storage.path="+filepath.Join(folder, "jobs.db"))
}

//go:build e2e

package browser

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloudjob_exporter/simulator"
)

const projectID = "09bb24e6fe80d23d2fa2c010b53b418c"

var exporterPath string // what TestMain built

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "cloudjob_exporter_browser")
	if err == nil {
		exporterPath = filepath.Join(folder, "cloudjob_exporter")
		var output []byte
		output, err = exec.CommandContext(context.Background(), "go", "build", "-C", "../..", "-o", exporterPath, ".").CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w:\n%s", err, output)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the exporter:", err)
		os.Exit(1) //nolint:forbidigo // TestMain has no other way to fail
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code) //nolint:forbidigo // likewise
}

// exporter is the real program, which runs until the test ends.
type exporter struct {
	url string
}

// watch starts an exporter of a simulated cloud with these jobs of ELB v3, and
// has it ask for them. It also watches the IDs that the cloud does not know.
func watch(t *testing.T, jobs []simulator.Job, unknown ...string) *exporter {
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
	e.scrape(t)
	return e
}

// launch starts an exporter and waits until it is ready.
func launch(t *testing.T, args ...string) *exporter {
	t.Helper()
	address := freeAddress(t)
	e := &exporter{url: "http://" + address}
	cmd := exec.Command(exporterPath, append(args, "--web.listen-address="+address)...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the exporter said:\n%s", &output)
		}
	})
	eventually(t, "the exporter to be ready", func() bool {
		_, err := e.get("/-/ready")
		return err == nil
	})
	return e
}

// scrape scrapes until no job is waiting to be asked for.
func (e *exporter) scrape(t *testing.T) {
	t.Helper()
	eventually(t, "every job to be asked for", func() bool {
		text, err := e.get("/metrics")
		return err == nil && strings.Contains(text, "\ncloudjob_exporter_polls_pending{project=\"prod\"} 0\n")
	})
}

func (e *exporter) get(path string) (string, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, e.url+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := (&http.Client{Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s\n%s", path, resp.Status, body)
	}
	return string(body), err
}

// freeAddress is a loopback address that nobody listened at a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// eventually waits for something, for a minute.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(time.Minute); !so(); <-ticker.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

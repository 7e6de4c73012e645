package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cloudjob_exporter/simulator"
)

// TestMain is the exporter itself, if it is started as such by a test.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_RUNS_EXPORTER") != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// process is an exporter that runs in a process of its own.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	mu   sync.Mutex
	logs bytes.Buffer
	done chan struct{} // closed when its log ends
}

func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.logs.String()
}

var listening = regexp.MustCompile(`"Listening on".* address=(\S+)`)

// exporter is the command that runs an exporter. Unless the arguments say
// otherwise, the kernel picks its port: at the default one may be an exporter
// that somebody uses.
func exporter(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), "TEST_RUNS_EXPORTER=1", "CLOUDJOB_EXPORTER_WEB_LISTEN_ADDRESS=127.0.0.1:0")
	return cmd
}

// launch starts an exporter and waits until it listens.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exporter(context.Background(), args...), done: make(chan struct{})}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	go func() {
		defer close(p.done)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			p.mu.Lock()
			fmt.Fprintln(&p.logs, lines.Text())
			p.mu.Unlock()
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		p.wait()
	})
	select {
	case a := <-address:
		p.url = "http://" + a
	case <-p.done:
		t.Fatalf("the exporter ended:\n%s", p.log())
	case <-time.After(20 * time.Second):
		t.Fatalf("the exporter does not listen:\n%s", p.log())
	}
	return p
}

// wait waits for the end of the process and gives its exit code.
func (p *process) wait() int {
	<-p.done
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) request(method, path, timeout string) (int, string, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, p.url+path, nil)
	if err != nil {
		return 0, "", err
	}
	if timeout != "" {
		req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", timeout)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

func (p *process) get(path string) string {
	p.t.Helper()
	status, body, err := p.request("GET", path, "")
	if err != nil || status != 200 {
		p.t.Fatalf("%s: %d, %v:\n%s\n%s", path, status, err, body, p.log())
	}
	return body
}

// world is a simulated cloud on a loopback port, and a folder with a
// configuration for it.
type world struct {
	*simulator.Cloud
	server *simulator.Server
	folder string
}

const testProject = "09bb24e6fe80d23d2fa2c010b53b418c"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Cloud: simulator.New(simulator.Options{}), folder: t.TempDir()}
	w.SetProject(simulator.Project{ID: testProject, Name: "eu-de_shop"})
	w.SetUser(simulator.User{ID: "u", Name: "reader", Domain: "OTC", Password: "pass-word", Projects: []string{testProject}})
	var err error
	if w.server, err = w.Listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Close()
		_ = w.server.Close()
	})
	w.write(t, "password", "pass-word\n")
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.folder, name) }

func (w *world) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(w.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// configure writes a configuration with one project and these other sections.
func (w *world) configure(t *testing.T, sections string) string {
	t.Helper()
	w.write(t, "cloudjob.yml", fmt.Sprintf(`
projects:
  - name: prod
    project_id: %s
    endpoints: {%s}
    username: reader
    password_file: password
    domain_name: OTC
%s`, testProject, w.endpoints(), sections))
	return "--config.file=" + w.path("cloudjob.yml")
}

// endpoints has that of each service, below the server's address.
func (w *world) endpoints() string {
	all := []string{"iam: " + w.server.URL + "/v3"}
	for _, api := range simulator.APIs() {
		service := string(api.Service())
		if e := service + ": " + w.server.URL + "/" + service; !slices.Contains(all, e) {
			all = append(all, e)
		}
	}
	return strings.Join(all, ", ")
}

func (w *world) job(api simulator.API, id string, plan simulator.Plan) {
	w.AddJob(simulator.Job{API: api, ProjectID: testProject, ID: id, Begin: time.Now().Add(-time.Minute), Plan: plan})
}

// await scrapes until a line is there.
func (p *process) await(line string) {
	p.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; <-time.After(50 * time.Millisecond) {
		metrics := p.get("/metrics")
		if strings.Contains(metrics, line+"\n") {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("there is no %s in\n%s\n%s", line, metrics, p.log())
		}
	}
}

// awaitLog waits until the log has a text.
func (p *process) awaitLog(text string) {
	p.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(p.log(), text); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("there is no %s in\n%s", text, p.log())
		}
	}
}

// configuration returns the text of the configuration.
func (w *world) configuration(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(w.path("cloudjob.yml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// exits runs the exporter to its end.
func exits(t *testing.T, args ...string) (code int, output string) {
	t.Helper()
	cmd := exporter(t.Context(), args...)
	text, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(text)
}

// stored reports whether a job would be in the storage if its exporter were
// killed now.
func stored(t *testing.T, path, provider, id string) (found bool) {
	t.Helper()
	journal, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(journal, []byte("s"+provider+"\x00"+id)) // the key of the record
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s\nis not in\n%s", part, text)
		}
	}
}

//go:build e2e

package e2e

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
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var exporterPath string // what TestMain built

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "cloudjob_exporter_e2e")
	if err == nil {
		exporterPath = filepath.Join(folder, "cloudjob_exporter")
		var output []byte
		output, err = exec.CommandContext(context.Background(), "go", "build", "-o", exporterPath, "..").CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w:\n%s", err, output)
		}
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

// program finds a program by an environment variable or its names.
func program(t testing.TB, variable string, names ...string) string {
	t.Helper()
	if path := os.Getenv(variable); path != "" {
		return path
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("none of %v is installed: apt-get install prometheus prometheus-alertmanager, or set %s", names, variable)
	return ""
}

// process is a program that runs until the test ends, or is killed.
type process struct {
	t    testing.TB
	name string
	url  string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended

	mu     sync.Mutex
	output bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(b)
}

func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// launch starts a program that listens at an address, and waits until its path
// /-/ready answers.
func launch(t testing.TB, address, path string, args ...string) *process {
	t.Helper()
	p := start(t, address, path, args...)
	eventually(t, p.name+" to be ready", func() error {
		p.mustRun()
		_, err := p.get("/-/ready")
		return err
	})
	return p
}

// start starts a program that will listen at an address. It dies with the test,
// even if that is killed.
func start(t testing.TB, address, path string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: filepath.Base(path), url: "http://" + address, done: make(chan struct{})}
	p.cmd = exec.CommandContext(context.Background(), path, args...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(p.kill)
	return p
}

// mustRun fails the test if the program has ended.
func (p *process) mustRun() {
	p.t.Helper()
	select {
	case <-p.done:
		p.t.Fatalf("%s ended:\n%s", p.name, p.log())
	default:
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

func (p *process) get(path string) (string, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, p.url+path, nil)
	if err != nil {
		return "", err
	}
	req.Close = true
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
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
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// eventually tries until there is no error, for a minute.
func eventually(t testing.TB, what string, try func() error) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-ticker.C {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s: %v", what, err)
		}
	}
}

func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

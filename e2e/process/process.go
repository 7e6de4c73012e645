// Package process builds, runs and measures programs for tests and benchmarks:
// the real exporter, and its real counterparts.
package process

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// T owns the programs that it starts: a test, or a benchmark that is a program
// itself. A Fatal does not return.
type T interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Cleanup(f func())
}

// Build builds the program of a folder at a path, without the C library, as it
// is shipped.
func Build(folder, path string) error { return BuildPackage(folder, ".", path) }

// BuildPackage builds a program at a path, as Build does: a package by the name
// that it has in a folder, with more flags of go build.
func BuildPackage(folder, name, path string, flags ...string) error {
	args := append([]string{"build", "-C", folder, "-o", path}, flags...)
	build := exec.CommandContext(context.Background(), "go", append(args, name)...) //nolint:gosec // the caller names all of them
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w:\n%s", err, output)
	}
	return nil
}

// Process is a program that runs until the test ends, or is killed.
type Process struct {
	Address string // where it listens, by its own account
	URL     string // the same, for HTTP without TLS

	t       T
	name    string
	cmd     *exec.Cmd
	started time.Time
	listens *regexp.Regexp
	ready   chan struct{} // closed when it listens
	done    chan struct{} // closed when it has ended

	mu     sync.Mutex
	output bytes.Buffer
}

// listening is the log line of Prometheus' exporter-toolkit, which Prometheus,
// Alertmanager and the exporter all use, in logfmt and as log/slog writes it by
// default.
var listening = regexp.MustCompile(`Listening on"? .*address=(\S+)\s`)

// startTimeout is how long a program may take until it listens.
const startTimeout = time.Minute

// Launch starts a program of the Prometheus family on a port that the kernel
// picks, and waits until its path /-/ready answers.
func Launch(t T, path string, args ...string) *Process {
	t.Helper()
	p := Start(t, path, args...)
	Eventually(t, p.name+" to be ready", func() error {
		p.MustRun()
		_, err := p.Get("/-/ready")
		return err
	})
	return p
}

// Start starts a program of the Prometheus family on a port that the kernel
// picks, and waits until it listens.
func Start(t T, path string, args ...string) *Process {
	t.Helper()
	return StartOther(t, listening, path, append(args, "--web.listen-address=127.0.0.1:0")...)
}

// StartOther starts a program that picks its own port, and waits until its
// output matches a pattern, whose first group is the address. A port that the
// test picked might be taken before the program listens there. The program
// dies with the test, even if that is killed.
func StartOther(t T, listens *regexp.Regexp, path string, args ...string) *Process {
	t.Helper()
	p := &Process{t: t, name: filepath.Base(path), listens: listens, ready: make(chan struct{}), done: make(chan struct{})}
	p.cmd = exec.CommandContext(context.Background(), path, args...) //nolint:gosec // the test chooses it
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = dieWithParent()
	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(p.Kill)
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	select {
	case <-p.ready:
	case <-p.done:
		p.MustRun()
	case <-timeout.C:
		t.Fatalf("%s does not say where it listens:\n%s", p.name, p.Log())
	}
	return p
}

// ended reports whether the program has ended.
func (p *Process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// MustRun fails the test if the program has ended.
func (p *Process) MustRun() {
	p.t.Helper()
	if p.ended() {
		p.t.Fatalf("%s ended:\n%s", p.name, p.Log())
	}
}

// Kill ends the program without a warning, and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Stop asks the program to end, and waits for its end.
func (p *Process) Stop() {
	_ = p.Signal(syscall.SIGTERM)
	<-p.done
}

// Signal sends the program a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// PID returns the ID of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Started returns when the program was started.
func (p *Process) Started() time.Time { return p.started }

// Write takes in what the program prints, and finds out where it listens.
func (p *Process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.output.Write(b)
	if p.Address == "" {
		if m := p.listens.FindSubmatch(p.output.Bytes()); m != nil {
			p.Address, p.URL = string(m[1]), "http://"+string(m[1])
			close(p.ready)
		}
	}
	return len(b), nil
}

// Log is what the program has printed so far.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// Get fetches a path, as Do does.
func (p *Process) Get(path string, header ...string) (string, error) {
	return p.Do(http.MethodGet, path, header...)
}

// Do sends a request over a connection of its own, and returns the body of the
// answer, which must be a 200, or a 201 of a PUT, or a 204 of a DELETE. The header is names and values by turns. Once the
// program has ended, Do fails: the port may be another program's by then.
func (p *Process) Do(method, path string, header ...string) (string, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, p.URL+path, http.NoBody) //nolint:gosec // G704: to a program that was started here
	if err != nil {
		return "", err
	}
	for i := 1; i < len(header); i += 2 {
		req.Header.Set(header[i-1], header[i])
	}
	req.Close = true
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Do(req) //nolint:gosec // G704: likewise
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if p.ended() {
		return "", fmt.Errorf("%s: %s has ended", path, p.name)
	}
	if err == nil && !succeeded(method, resp.StatusCode) {
		err = fmt.Errorf("%s: %s\n%s", path, resp.Status, body)
	}
	return string(body), err
}

func succeeded(method string, status int) bool {
	return status == http.StatusOK || method == http.MethodPut && status == http.StatusCreated ||
		method == http.MethodDelete && status == http.StatusNoContent
}

// Eventually tries until there is no error, for a minute.
func Eventually(t T, what string, try func() error) {
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

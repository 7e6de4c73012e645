// Package process runs programs for tests: the real exporter, and its real
// counterparts.
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
	"testing"
	"time"
)

// Build builds the program of a folder at a path, without the C library, as it
// is shipped.
func Build(folder, path string) error {
	build := exec.CommandContext(context.Background(), "go", "build", "-C", folder, "-o", path, ".") //nolint:gosec // the test names both
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

	t    testing.TB
	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended

	mu     sync.Mutex
	output bytes.Buffer
}

// listening is the log line of Prometheus' exporter-toolkit, which Prometheus,
// Alertmanager and the exporter all use.
var listening = regexp.MustCompile(`msg="Listening on".* address=(\S+)\s`)

// Launch starts a program of the Prometheus family on a port that the kernel
// picks, and waits until its path /-/ready answers.
func Launch(t testing.TB, path string, args ...string) *Process {
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
func Start(t testing.TB, path string, args ...string) *Process {
	t.Helper()
	return StartOther(t, listening, path, append(args, "--web.listen-address=127.0.0.1:0")...)
}

// StartOther starts a program that picks its own port, and waits until its
// output matches a pattern, whose first group is the address. A port that the
// test picked might be taken before the program listens there. The program
// dies with the test, even if that is killed.
func StartOther(t testing.TB, listens *regexp.Regexp, path string, args ...string) *Process {
	t.Helper()
	p := &Process{t: t, name: filepath.Base(path), done: make(chan struct{})}
	p.cmd = exec.CommandContext(context.Background(), path, args...) //nolint:gosec // the test chooses it
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = dieWithParent()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(p.Kill)
	Eventually(t, p.name+" to listen", func() error {
		p.MustRun()
		m := listens.FindStringSubmatch(p.Log())
		if m == nil {
			return fmt.Errorf("it does not say where:\n%s", p.Log())
		}
		p.Address, p.URL = m[1], "http://"+m[1]
		return nil
	})
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

// Signal sends the program a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Write takes in what the program prints.
func (p *Process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(b)
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
// answer, which must be a 200. The header is names and values by turns. Once the
// program has ended, Do fails: the port may be another program's by then.
func (p *Process) Do(method, path string, header ...string) (string, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, p.URL+path, http.NoBody)
	if err != nil {
		return "", err
	}
	for i := 1; i < len(header); i += 2 {
		req.Header.Set(header[i-1], header[i])
	}
	req.Close = true
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if p.ended() {
		return "", fmt.Errorf("%s: %s has ended", path, p.name)
	}
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s\n%s", path, resp.Status, body)
	}
	return string(body), err
}

// Eventually tries until there is no error, for a minute.
func Eventually(t testing.TB, what string, try func() error) {
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

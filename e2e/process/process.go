//go:build linux

// Package process runs programs for tests: the real exporter, and its real
// counterparts.
package process

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
	URL string // where it serves

	t    testing.TB
	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended

	mu     sync.Mutex
	output bytes.Buffer
}

// Launch starts a program that listens at an address, and waits until its path
// /-/ready answers.
func Launch(t testing.TB, address, path string, args ...string) *Process {
	t.Helper()
	p := Start(t, address, path, args...)
	Eventually(t, p.name+" to be ready", func() error {
		p.MustRun()
		_, err := p.Get("/-/ready")
		return err
	})
	return p
}

// Start starts a program that will listen at an address. It dies with the test,
// even if that is killed.
func Start(t testing.TB, address, path string, args ...string) *Process {
	t.Helper()
	p := &Process{URL: "http://" + address, t: t, name: filepath.Base(path), done: make(chan struct{})}
	p.cmd = exec.CommandContext(context.Background(), path, args...) //nolint:gosec // the test chooses it
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(p.Kill)
	return p
}

// MustRun fails the test if the program has ended.
func (p *Process) MustRun() {
	p.t.Helper()
	select {
	case <-p.done:
		p.t.Fatalf("%s ended:\n%s", p.name, p.Log())
	default:
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

// Get fetches a path over a connection of its own, and wants a 200. The header
// is names and values by turns.
func (p *Process) Get(path string, header ...string) (string, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, p.URL+path, nil)
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
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s\n%s", path, resp.Status, body)
	}
	return string(body), err
}

// FreeAddress is a loopback address that nobody listened at a moment ago.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
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

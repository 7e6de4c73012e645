//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/simulator"
	"cloudjob_exporter/web"
)

// pipe makes a pipe without a writer, in the place of a file if there is one.
func (w *world) pipe(t *testing.T, name string) {
	t.Helper()
	_ = os.Remove(w.path("new-pipe"))
	if err := syscall.Mkfifo(w.path("new-pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(w.path("new-pipe"), w.path(name)); err != nil {
		t.Fatal(err)
	}
}

// soon fails if an exporter took as long as if it had waited for a file.
func soon(t *testing.T, began time.Time) {
	t.Helper()
	if d := time.Since(began); d > web.StopTimeout {
		t.Errorf("it took %v", d)
	}
}

func TestAPipeAsAFileStopsNoStartAndNoCheck(t *testing.T) {
	for name, test := range map[string]struct {
		file, sections string
		code           int
		want           string
	}{
		"the password":      {"password", twoJobs, 0, "projects[0].password_file: secret file: open ./password: is not a regular file"},
		"the configuration": {"cloudjob.yml", twoJobs, 1, "./cloudjob.yml: cannot be read: is not a regular file"},
		"a job file":        {"more.yml", "job_files: [more.yml]\n", 1, "./more.yml: cannot be read: is not a regular file"},
		"a CA":              {"ca.pem", noCA, 1, "./cloudjob.yml:9: projects[0].tls_config.ca_file: unable to read CA cert: open ./ca.pem: is not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			flag := w.configure(t, test.sections)
			w.pipe(t, test.file)
			began := time.Now()
			code, output := exits(t, flag, "--config.check")
			soon(t, began)
			if code != test.code {
				t.Errorf("exit code %d", code)
			}
			contains(t, strings.ReplaceAll(output, w.folder, "."), test.want)
			if name != "the configuration" && name != "a CA" {
				launch(t, flag)
				return
			}
			if code, _ := exits(t, flag); code != 1 {
				t.Errorf("it started, or ended with %d", code)
			}
			soon(t, began)
		})
	}
}

func TestAPipeAsTheWebConfigurationEndsTheStart(t *testing.T) {
	w := newWorld(t)
	w.pipe(t, "web.yml")
	began := time.Now()
	code, output := exits(t, w.configure(t, twoJobs), "--web.listen-address=127.0.0.1:0", "--web.config.file="+w.path("web.yml"))
	soon(t, began)
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	contains(t, output, `err="--web.config.file: open `+w.path("web.yml")+`: is not a regular file"`)
}

// TestPipesThatAreSwappedInHangNothing: neither a login, nor a reload, nor the stop.
func TestPipesThatAreSwappedInHangNothing(t *testing.T) {
	w := newWorld(t)
	w.job(simulator.CFW, "firewall", simulator.CFW.Hangs())
	p := launch(t, w.configure(t, "poll: {interval: 1s}\njobs:\n  - {provider: cfw, project: prod, ids: [firewall]}\n"), "--web.enable-lifecycle")
	p.await(`job_status{job_id="firewall",provider="cfw",status="running"} 1`)

	w.pipe(t, "password")
	w.RevokeTokens()
	p.await(`job_poll_error{job_id="firewall",provider="cfw",reason="auth"} 1`)
	p.awaitLog("secret file: open " + w.path("password") + ": is not a regular file")

	w.write(t, "password.new", "pass-word\n")
	if err := os.Rename(w.path("password.new"), w.path("password")); err != nil {
		t.Fatal(err)
	}
	p.await(`job_up{job_id="firewall",provider="cfw"} 1`)

	w.pipe(t, "cloudjob.yml")
	if status, body, err := p.request("POST", "/-/reload", ""); status != 500 || err != nil || !strings.Contains(body, "is not a regular file") {
		t.Errorf("%d, %v, %s", status, err, body)
	}
	contains(t, p.get("/config"), "password_file: "+w.path("password"))

	p.terminate()
}

func TestWithinGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		began := time.Now()
		if within(time.Second, func() { <-hang }) {
			t.Error("what hangs has ended")
		}
		if d := time.Since(began); d != time.Second {
			t.Errorf("it waited for %v", d)
		}
		close(hang)
		if !within(time.Second, func() {}) {
			t.Error("what ends at once has not")
		}
	})
}

func TestUntilDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		failed := errors.New("failed")
		if err := untilDone(ctx, func() error { return failed }); !errors.Is(err, failed) {
			t.Errorf("got %v", err)
		}
		hang := make(chan struct{})
		defer close(hang)
		began := time.Now()
		err := untilDone(ctx, func() error {
			<-hang
			return failed
		})
		if d := time.Since(began); err != nil || d != time.Second {
			t.Errorf("got %v after %v", err, d)
		}
	})
}

// clouds writes an entry of clouds.yaml for the simulated cloud, and a configuration
// that logs in by it.
func (w *world) clouds(t *testing.T) (flag string) {
	t.Helper()
	t.Setenv("OS_CLIENT_CONFIG_FILE", w.path("clouds.yaml"))
	w.write(t, "clouds.yaml", "clouds: {c: {auth: {auth_url: '"+w.server.URL+"/v3', username: reader, password: pass-word, user_domain_name: OTC}}}\n")
	flag = w.configure(t, "poll: {interval: 1s}\n"+twoJobs)
	text := w.configuration(t)
	for _, line := range []string{"    username: reader\n", "    domain_name: OTC\n"} {
		text = strings.Replace(text, line, "", 1)
	}
	w.write(t, "cloudjob.yml", strings.Replace(text, "password_file: password", "cloud_name: c", 1))
	return flag
}

// terminate ends an exporter that must not take longer for it than a stop may take.
func (p *process) terminate() {
	p.t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if code := p.wait(); code != 0 {
		p.t.Errorf("it ended with %d:\n%s", code, p.log())
	}
	soon(p.t, began)
}

// TestSIGTERMEndsAReloadThatHangs: whether the library that reads clouds.yaml waits for
// a pipe or not.
func TestSIGTERMEndsAReloadThatHangs(t *testing.T) {
	w := newWorld(t)
	w.job(simulator.CFW, "firewall", simulator.CFW.Hangs())
	p := launch(t, w.clouds(t), "--web.enable-lifecycle")
	p.await(`job_status{job_id="firewall",provider="cfw",status="running"} 1`)
	w.pipe(t, "clouds.yaml")
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for range 10 {
		contains(t, p.get("/config"), "cloud_name: c")
		contains(t, p.get("/metrics"), `job_status{job_id="firewall",provider="cfw",status="running"} 1`)
	}
	soon(t, began)
	p.terminate()
}

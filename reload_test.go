package main

import (
	"strings"
	"syscall"
	"testing"
)

// TestReloadsAreLogged reloads both ways, which say the same.
func TestReloadsAreLogged(t *testing.T) {
	const (
		failed    = `msg="reload failed, keeping the previous configuration"`
		succeeded = `msg="configuration reloaded"`
	)
	for name, reload := range map[string]func(p *process) error{
		"POST": func(p *process) error {
			_, _, err := p.request("POST", "/-/reload", "")
			return err
		},
		"SIGHUP": func(p *process) error { return p.cmd.Process.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := launch(t, w.configure(t, twoJobs), "--web.enable-lifecycle")
			if strings.Contains(p.log(), "reloaded") {
				t.Errorf("the start is no reload:\n%s", p.log())
			}

			w.configure(t, "jobs:\n  - {provider: cfw, project: test, ids: [a], stuck: 1h}\n")
			if err := reload(p); err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{
				failed + ` err="` + w.path("cloudjob.yml") + `:10: jobs[0].project: `,
				failed + ` err="` + w.path("cloudjob.yml") + `:10: jobs[0].stuck: `,
			} {
				p.awaitLog(text)
				if n := strings.Count(p.log(), text); n != 1 {
					t.Errorf("%s is there %d times:\n%s", text, n, p.log())
				}
			}
			if n := strings.Count(p.log(), "level=error"); n != 2 || strings.Contains(p.log(), `\n`) {
				t.Errorf("not one line for each error:\n%s", p.log())
			}

			w.configure(t, twoJobs)
			if err := reload(p); err != nil {
				t.Fatal(err)
			}
			p.awaitLog(succeeded)
			if n := strings.Count(p.log(), succeeded); n != 1 {
				t.Errorf("the reload is there %d times:\n%s", n, p.log())
			}
		})
	}
}

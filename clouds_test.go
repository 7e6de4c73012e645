package main

import (
	"fmt"
	"strings"
	"testing"

	"cloudjob_exporter/simulator"
)

// TestCloudsThatCannotBeUsed has entries of clouds.yaml that cannot be used: the
// check and the start say so, and neither a reload nor a renewal of the token ends
// an exporter that runs.
func TestCloudsThatCannotBeUsed(t *testing.T) {
	w := newWorld(t)
	t.Setenv("OS_CLIENT_CONFIG_FILE", w.path("clouds.yaml"))
	t.Setenv("OS_CLIENT_SECURE_FILE", w.path("secure.yaml"))
	w.write(t, "secure.yaml", "")
	w.job(simulator.CFW, "firewall", simulator.CFW.Hangs())
	w.write(t, "cloudjob.yml", fmt.Sprintf(`
poll: {interval: 1s}
projects:
  - name: prod
    project_id: %s
    endpoints: {cfw: %[2]s, elb: %[2]s}
    cloud_name: otc
jobs:
  - {provider: cfw, project: prod, ids: [firewall]}
`, testProject, w.server.URL))
	flag := "--config.file=" + w.path("cloudjob.yml")
	w.SetUser(simulator.User{ID: "u2", Name: "another", Domain: "OTC", Password: "pass-word", Projects: []string{testProject}})
	good := func(user string) string {
		return "clouds: {otc: {profile: otc, auth: {auth_url: '" + w.server.URL + "/v3', username: " + user + ", password: pass-word, user_domain_name: OTC}}}"
	}
	running := `job_up{job_id="firewall",provider="cfw"} 1`
	failing := `job_poll_error{job_id="firewall",provider="cfw",reason="auth"} 1`

	w.write(t, "clouds.yaml", good("reader"))
	if code, output := exits(t, flag, "--config.check"); code != 0 || strings.Contains(output, "clouds.yaml") {
		t.Fatalf("exit code %d:\n%s", code, output)
	}
	for name, test := range map[string]struct{ text, want string }{
		"nothing but the name": {"clouds:\n  otc:\n", ":2: clouds.otc: is empty"},
		"no auth":              {"clouds:\n  otc: {region_name: eu-de}\n", ":2: clouds.otc: has no credentials; "},
		"an empty auth":        {"clouds:\n  otc: {profile: otc, auth: }\n", ":2: clouds.otc: has no credentials; "},
		"auth is a list":       {"clouds:\n  otc: {auth: [pass-word]}\n", ":2: clouds.otc.auth: must be a mapping"},
		"no domain":            {"clouds:\n  otc: {auth: {username: reader, password: pass-word}}\n", ":2: clouds.otc.auth.user_domain_name: required with username"},
		"not YAML":             {"pass-word: [", ":1: a bracket opened in line 1 is never closed"},
	} {
		t.Run(name, func(t *testing.T) {
			w.write(t, "clouds.yaml", good("reader"))
			p := launch(t, flag, "--web.enable-lifecycle")
			p.await(running)

			w.write(t, "clouds.yaml", test.text)
			want := w.path("cloudjob.yml") + ":7: projects[0].cloud_name: " + w.path("clouds.yaml") + test.want
			for _, args := range [][]string{{flag, "--config.check"}, {flag, "--web.listen-address=127.0.0.1:0"}} {
				code, output := exits(t, args...)
				if code != 1 {
					t.Errorf("%s: exit code %d", args[1], code)
				}
				contains(t, output, want)
				if strings.Contains(output, "pass-word") || strings.Contains(output, "panic") {
					t.Errorf("%s says\n%s", args[1], output)
				}
			}

			status, body, err := p.request("POST", "/-/reload", "")
			if err != nil || status != 500 {
				t.Fatalf("%d, %v, %s", status, err, body)
			}
			contains(t, body, want)
			p.await(running) // the old configuration goes on

			w.RevokeTokens()
			p.await(failing)

			w.write(t, "clouds.yaml", good("another"))
			if status, body, err := p.request("POST", "/-/reload", ""); err != nil || status != 200 {
				t.Fatalf("%d, %v, %s", status, err, body)
			}
			p.await(running)
			if strings.Contains(p.log(), "pass-word") {
				t.Errorf("the log shows a secret:\n%s", p.log())
			}
		})
	}
}

func TestAMissingEntryOfCloudsIsAWarning(t *testing.T) {
	w := newWorld(t)
	t.Setenv("OS_CLIENT_CONFIG_FILE", w.path("clouds.yaml"))
	w.write(t, "clouds.yaml", "clouds: {dev: {}}")
	w.write(t, "cloudjob.yml", "projects:\n  - {name: prod, cloud: otc, region: eu-de, project_id: "+testProject+", cloud_name: otc}\n")
	code, output := exits(t, "--config.file="+w.path("cloudjob.yml"), "--config.check")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	contains(t, output, "warning: "+w.path("cloudjob.yml")+`:2: projects[0].cloud_name: entry "otc" not found in `+w.path("clouds.yaml")+", which has: dev\n")
}

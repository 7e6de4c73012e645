package main

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"cloudjob_exporter/simulator"
)

// canary stands in every secret of these tests.
const canary = "canary-"

// ways are all ways to authenticate, with secrets that the simulated cloud takes.
func ways(t *testing.T, w *world) map[string]string {
	t.Helper()
	w.SetUser(simulator.User{ID: "c", Name: "canary", Domain: "OTC", Password: canary + "password", Projects: []string{testProject}})
	w.SetKey(simulator.Key{Access: "AK", Secret: canary + "secret-key", Projects: []string{testProject}})
	w.write(t, "secret-key", canary+"secret-key\n")
	w.write(t, "password-file", canary+"password\n")
	w.write(t, "token", canary+"token\n")
	w.write(t, "clouds.yaml", "clouds:\n  c:\n    auth: {auth_url: '"+w.server.URL+"/v3', username: canary, password: "+canary+"password, user_domain_name: OTC}\n")
	t.Setenv("OS_CLIENT_CONFIG_FILE", w.path("clouds.yaml"))
	return map[string]string{
		"key":              "access_key: AK, secret_key: " + canary + "secret-key",
		"key in a file":    "access_key: AK, secret_key_file: secret-key",
		"temporary key":    "access_key: AK, secret_key: " + canary + "secret-key, security_token: " + canary + "security-token",
		"password":         "username: canary, domain_name: OTC, password: " + canary + "password",
		"password in file": "username: canary, domain_name: OTC, password_file: password-file",
		"wrong password":   "username: canary, domain_name: OTC, password: " + canary + "wrong",
		"wrong key":        "access_key: AK, secret_key: " + canary + "wrong",
		"token":            "token: " + canary + "token",
		"token in a file":  "token_file: token",
		"clouds.yaml":      "cloud_name: c",
		"environment":      "cloud: otc, region: eu-de",
		"proxy": "token: " + canary + "token, proxy_url: 'http://me:" + canary + "proxy@127.0.0.1:1', no_proxy: 127.0.0.1," +
			" proxy_connect_header: {X-Key: [" + canary + "header]}",
		"proxy token": "token: " + canary + "token, proxy_url: 'http://" + canary + "proxy@127.0.0.1:1', tls_config: {key: " + canary + "key, cert: c}",
	}
}

// TestNoSecretIsShown runs the exporter with every way to authenticate, with
// secrets that are right and wrong, and reads all that it says: at the most
// talkative log level, on every page, and when it is told to reload.
func TestNoSecretIsShown(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"firewall", "balancer"} {
		w.job(map[string]simulator.API{"firewall": simulator.CFW, "balancer": simulator.ELBv1}[id], id, simulator.CFW.Hangs())
	}
	echoes := echo(t)
	all := ways(t, w)
	t.Setenv("OS_TOKEN", canary+"environment")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for to, url := range map[string]string{"the cloud": w.server.URL, "an echo": echoes} {
			t.Run(name+" to "+to, func(t *testing.T) {
				t.Parallel()
				file := strings.ReplaceAll(name+to, " ", "-") + ".yml"
				w.write(t, file, fmt.Sprintf("projects:\n- {name: prod, project_id: %s, endpoints: {iam: '%[2]s/v3', cfw: '%[2]s', elb: '%[2]s'}, %s}\n%s",
					testProject, url, all[name], twoJobs))
				if code, output := exits(t, "--config.check", "--config.file="+w.path(file)); strings.Contains(output, canary) {
					t.Errorf("--config.check (%d) says\n%s", code, output)
				} else if code != 0 {
					if name != "proxy token" { // whose certificate is none
						t.Fatalf("not a good configuration:\n%s", output)
					}
				}
				says(t, "--config.file="+w.path(file), "--log.level=debug", "--web.enable-lifecycle")
			})
		}
	}
}

// says fails if a secret is in anything that an exporter says.
func says(t *testing.T, args ...string) {
	t.Helper()
	if strings.Contains(args[0], "proxy-token") { // does not start
		if code, output := exits(t, args...); code != 1 || strings.Contains(output, canary) {
			t.Errorf("it ended with %d:\n%s", code, output)
		}
		return
	}
	p := launch(t, args...)
	said := map[string]string{}
	for _, request := range []string{
		"GET /metrics", "GET /probe?provider=cfw&project=prod&job_id=another", "GET /jobs", "GET /api/v1/jobs", "GET /config", "GET /",
		"POST /-/reload", "GET /debug/pprof/heap", "GET /debug/pprof/cmdline",
	} {
		method, path, _ := strings.Cut(request, " ")
		status, body, err := p.request(method, path, "3")
		if err != nil || (status == http.StatusNotFound) != strings.Contains(path, "pprof") {
			t.Errorf("%s: %d, %v", request, status, err)
		}
		said[request] = body
	}
	if !strings.Contains(said["GET /metrics"], `job_status{job_id="firewall"`) {
		t.Errorf("there is no job in\n%s", said["GET /metrics"])
	}
	said["log"] = p.log()
	for what, text := range said {
		for _, secret := range []string{canary, base64.StdEncoding.EncodeToString([]byte("me:" + canary + "proxy")), "Signature=", "MII"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows %s:\n%s", what, secret, text)
			}
		}
	}
}

// echo is a server that answers with all that it was sent, in turn as an error
// and as a job.
func echo(t *testing.T) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent []string
		for _, h := range []string{"X-Auth-Token", "X-Security-Token"} {
			if v := r.Header.Get(h); v != "" {
				sent = append(sent, v)
			}
		}
		text := strings.Join(sent, " ")
		if strings.HasSuffix(r.URL.Path, "/auth/tokens") {
			w.Header().Set("X-Subject-Token", canary+"token-of-the-echo")
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"token":{"expires_at":"2099-01-01T00:00:00.000000Z"}}`))
			return
		}
		if strings.HasSuffix(r.URL.Path, "firewall") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"error_code":%q,"error_msg":%[1]q}`, text)
			return
		}
		_, _ = fmt.Fprintf(w, `{"status":"FAIL","job_type":%q,"error_code":%[1]q,"fail_reason":%[1]q,"begin_time":%[1]q}`, text)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

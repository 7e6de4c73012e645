package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/config"
	"cloudjob_exporter/fixture"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// loginRecorder is a cloud that takes every login, and remembers it.
type loginRecorder struct {
	*simulator.Cloud
	logins []string // "URL identity scope"
}

func (l *loginRecorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/auth/tokens") {
		l.Cloud.ServeHTTP(w, r)
		return
	}
	var sent struct {
		Auth struct{ Identity, Scope any }
	}
	body, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(body, &sent); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	identity, _ := json.Marshal(sent.Auth.Identity)
	scope, _ := json.Marshal(sent.Auth.Scope)
	l.logins = append(l.logins, fmt.Sprintf("%s%s %s %s", r.Host, r.URL.Path, identity, scope))
	w.Header().Set("X-Subject-Token", l.IssueToken(testProject))
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, `{"token":{"expires_at":%q}}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

const cloudsUser = "username: reader, password: pass-word, user_domain_name: OTC"

func withAuth(auth string) string { return "clouds:\n  otc:\n    auth: {" + auth + "}\n" }

func withURL(url string) string { return withAuth("user_id: u, password: p, auth_url: '" + url + "'") }

// TestCloudsEntries has a way to authenticate of each kind: one login serves two calls,
// and none is needed with a key.
func TestCloudsEntries(t *testing.T) {
	const asProject = ` {"project":{"id":"` + testProject + `"}}`
	for name, test := range map[string]struct{ entry, want string }{
		"a user at auth_url": {
			"auth_url: 'https://other.test', " + cloudsUser,
			`other.test/v3/auth/tokens {"methods":["password"],"password":{"user":{"domain":{"name":"OTC"},"name":"reader","password":"pass-word"}}}` + asProject,
		},
		"a user at the project's endpoint": {
			"user_id: u, password: pass-word",
			`iam.test/v3/auth/tokens {"methods":["password"],"password":{"user":{"id":"u","password":"pass-word"}}}` + asProject,
		},
		"a token": {"token: MIItoken", `iam.test/v3/auth/tokens {"methods":["token"],"token":{"id":"MIItoken"}}` + asProject},
		"an application credential": {
			"application_credential_id: a, application_credential_secret: pass-word",
			`iam.test/v3/auth/tokens {"application_credential":{"id":"a","secret":"pass-word"},"methods":["application_credential"]} null`,
		},
		"a passcode": {
			"user_id: u, passcode: '012345'",
			`iam.test/v3/auth/tokens {"methods":["totp"],"totp":{"user":{"id":"u","passcode":"012345"}}}` + asProject,
		},
		"a key":           {"ak: AK, sk: secret-key", ""},
		"a temporary key": {"ak: TEMP, sk: secret-key2, security_token: st", ""},
	} {
		t.Run(name, func(t *testing.T) {
			writeFile(t, filepath.Join(fixture.WithoutClouds(t), "clouds.yaml"), withAuth(test.entry))
			c := &loginRecorder{Cloud: newCloud(t, simulator.Options{})}
			c.SetKey(simulator.Key{Access: "TEMP", Secret: "secret-key2", SecurityToken: "st", Projects: []string{testProject}})
			client := newClient(t, c, func(p *config.Project) { p.CloudName = "otc" })
			for range 2 {
				want(t, get(client), "")
			}
			if got := strings.Join(c.logins, "\n"); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			leaks(t, []any{client, client.auth, client.auth.(*lease).current}, "pass-word", "secret-key", "MIItoken", "012345")
		})
	}
}

func TestCheckClouds(t *testing.T) {
	folder := fixture.WithoutClouds(t)
	for _, test := range []struct{ text, warnings, err string }{
		{withURL("https://iam.test/v3"), "", ""},
		{withURL("HTTP://iam.test/v3"), `c.yml:4: projects[1].cloud_name: entry "otc" of clouds.yaml: auth_url is not encrypted, so others can read the credentials`, ""},
		{"clouds: {}", `c.yml:4: projects[1].cloud_name: entry "otc" not found in clouds.yaml, which has: none`, ""},
		{"clouds:\n  otc:\n", "", "c.yml:4: projects[1].cloud_name: clouds.yaml:2: clouds.otc: is empty"},
		{
			"clouds: {otc: {cacert: ca.pem, verify: false, auth: {token: t}}}",
			`c.yml:4: projects[1].cloud_name: entry "otc" of clouds.yaml: cacert has no effect; use tls_config.ca_file of the project
c.yml:4: projects[1].cloud_name: entry "otc" of clouds.yaml: verify has no effect; use tls_config.insecure_skip_verify of the project`, "",
		},
	} {
		writeFile(t, filepath.Join(folder, "clouds.yaml"), test.text)
		c, err := config.Parse("c.yml", []byte(`projects:
- {name: other, project_id: o, token: t, cloud: otc, region: eu-de}
- name: prod
  cloud_name: otc
  project_id: p
  endpoints: {iam: 'https://iam.test', elb: 'https://elb.test'}
`), config.Options{Providers: []config.Provider{{Name: "elb"}}})
		if err != nil {
			t.Fatal(err)
		}
		warnings, err := CheckClouds(c)
		var lines []string
		for _, w := range warnings {
			lines = append(lines, w.String())
		}
		if got := strings.Join(lines, "\n"); got != test.warnings {
			t.Errorf("%s: got warnings\n%s\nwant\n%s", test.text, got, test.warnings)
		}
		if got := fmt.Sprint(errors.Join(err)); (test.err != "" || err != nil) && got != test.err {
			t.Errorf("%s: got error %s, want %s", test.text, got, test.err)
		}
	}
}

// TestCloudsThatBreakAtRunTime edits the file while the exporter runs: that is no
// refused login, so the file is read again at the next poll.
func TestCloudsThatBreakAtRunTime(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing in the entry":    {"clouds:\n  otc: {}\n", ":2: clouds.otc: is empty"},
		"not YAML":                {"clouds:\n  otc: {pass-word\n", ":2: a bracket opened in line 2 is never closed"},
		"not text":                {"clouds:\x00pass-word", ":1: the character U+0000 is not allowed in YAML"},
		"auth is text":            {"clouds:\n  otc:\n    auth: pass-word\n", ":3: clouds.otc.auth: must be a mapping of keys to values, not text"},
		"no password":             {withAuth("user_id: u, pasword: pass-word"), ":2: clouds.otc.auth.password: required with username"},
		"an alias without end":    {"clouds:\n  otc: &a\n    auth: {user_id: u, password: p}\n    <<: *a\n", ":4: clouds.otc.<<: merges are nested more than 16 deep"},
		"a password in the URL":   {withURL("https://u:pass-word@iam.test/v3"), ":3: clouds.otc.auth.auth_url: must not have a user or password in it; credentials have keys of their own"},
		"an unsupported agency":   {withAuth("ak: AK, sk: pass-word, agency_name: a"), ":3: clouds.otc.auth.agency_name: is not supported"},
		"a two-line secret value": {withAuth(`user_id: u, password: "pass-\nword"`), ":3: clouds.otc.auth.password: has more than one line; only one line end, at its end, is ignored"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(fixture.WithoutClouds(t), "clouds.yaml")
			good := "clouds: {otc: {auth: {auth_url: 'https://iam.test', " + cloudsUser + "}}}"
			writeFile(t, file, good)
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, simulator.Options{})
				client := newClient(t, c, func(p *config.Project) {
					p.CloudName = "otc"
					delete(p.Endpoints, "iam")
				})
				want(t, get(client), "")
				writeFile(t, file, test.text)
				c.RevokeTokens()
				for range 6 {
					e := want(t, get(client), job.Auth)
					if e.Service != "clouds.yaml" || e.StatusCode != 0 || e.Error() != "clouds.yaml: clouds.yaml"+test.want || e.RetryAfter != 0 {
						t.Errorf("got %v, retry after %v", e, e.RetryAfter)
					}
				}
				writeFile(t, file, good)
				want(t, get(client), "")
			})
		})
	}
}

// TestAnAccessKeyOfCloudsIsReadAgain changes the key in the file, which serves
// after at most cloudsKeyLifetime, and at once if the old one is refused.
func TestAnAccessKeyOfCloudsIsReadAgain(t *testing.T) {
	file := filepath.Join(fixture.WithoutClouds(t), "clouds.yaml")
	writeFile(t, file, withAuth("ak: AK, sk: secret-key"))
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		client := newClient(t, c, func(p *config.Project) { p.CloudName = "otc" })
		want(t, get(client), "")
		writeFile(t, file, withAuth("access_key: AK, secret_key: sk2"))
		c.SetKey(simulator.Key{Access: "AK", Secret: "sk2", Projects: []string{testProject}})
		want(t, get(client), "")
		writeFile(t, file, withAuth("ak: AK, sk: wrong"))
		time.Sleep(cloudsKeyLifetime)
		e := want(t, get(client), job.Auth)
		if e.Service != "cfw" || e.StatusCode != 401 {
			t.Errorf("got %v", e)
		}
		if n := c.Calls(simulator.ServiceIAM); n != 0 {
			t.Errorf("%d calls of IAM", n)
		}
	})
}

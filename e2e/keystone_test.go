//go:build e2e

package e2e

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/job"
)

// keystone is a real OpenStack identity server, and an API that has it check
// the tokens that it is shown.
type keystone struct {
	t *testing.T
	*stack
	url     string // ends in /v3
	project string // ID
	api     string
	logins  atomic.Int32 // accepted
	calls   atomic.Int32 // of the API

	mu   sync.Mutex
	last string // token that the API was shown
}

const keystoneLifetime = 12 * time.Second // of a token

// newKeystone sets one up with a database of its own.
func newKeystone(t *testing.T) *keystone {
	t.Helper()
	k := &keystone{t: t, stack: &stack{t: t, folder: t.TempDir()}}
	configuration := writeFile(t, k.path("keystone.conf"), fmt.Sprintf(`
[DEFAULT]
log_file = %[1]s/keystone.log
[database]
connection = sqlite:///%[1]s/keystone.db
[token]
expiration = %[2]d
[fernet_tokens]
key_repository = %[1]s/fernet
[fernet_receipts]
key_repository = %[1]s/receipts
[credential]
key_repository = %[1]s/credential
[security_compliance]
lockout_failure_attempts = 5
lockout_duration = 900
`, k.folder, int(keystoneLifetime.Seconds())))
	for _, folder := range []string{"fernet", "receipts", "credential"} {
		k.keys(folder)
	}
	manage := func(command ...string) {
		t.Helper()
		args := append([]string{"--config-file", configuration}, command...)
		if output, err := exec.CommandContext(t.Context(), program(t, "KEYSTONE_MANAGE", "keystone-manage"), args...).CombinedOutput(); err != nil {
			t.Fatalf("keystone-manage %v: %v\n%s", command, err, output)
		}
	}
	manage("db_sync")
	t.Setenv("OS_KEYSTONE_CONFIG_FILES", configuration)
	p := process.StartOther(t, regexp.MustCompile(`bound to TCP address (\S+) `), program(t, "UWSGI", "uwsgi_python3"), "--http-socket", "127.0.0.1:0",
		"--plugin", "python3", "--wsgi-file", program(t, "KEYSTONE", "keystone-wsgi-public"), "--die-on-term")
	k.url = p.URL + "/v3"
	manage("bootstrap", "--bootstrap-password", "pass-word", "--bootstrap-public-url", k.url)
	process.Eventually(t, "keystone to answer", func() error {
		p.MustRun()
		_, err := p.Get("/v3")
		return err
	})
	_, k.project = k.login("pass-word")
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	k.api = server.URL
	return k
}

// keys makes a repository of Fernet keys, as keystone-manage fernet_setup does:
// one to sign with, and the next one.
func (k *keystone) keys(folder string) {
	k.t.Helper()
	if err := os.Mkdir(k.path(folder), 0o700); err != nil {
		k.t.Fatal(err)
	}
	for _, name := range []string{"0", "1"} {
		key := make([]byte, 32)
		_, _ = rand.Read(key)
		writeFile(k.t, filepath.Join(k.path(folder), name), base64.URLEncoding.EncodeToString(key))
	}
}

// login gets a token without the client that is tested.
func (k *keystone) login(password string) (token, project string) {
	k.t.Helper()
	resp := k.call(k.t.Context(), http.MethodPost, "/auth/tokens", http.Header{"Content-Type": {"application/json"}}, fmt.Sprintf(
		`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"admin","password":%q,"domain":{"name":"Default"}}}},
		"scope":{"project":{"name":"admin","domain":{"name":"Default"}}}}}`, password))
	var body struct {
		Token struct{ Project struct{ ID string } }
	}
	if err := json.Unmarshal([]byte(resp.body), &body); err != nil || resp.status != http.StatusCreated {
		k.t.Fatalf("login: %d %s", resp.status, resp.body)
	}
	return resp.header.Get("X-Subject-Token"), body.Token.Project.ID
}

// session returns a token, and the ID of the user whose it is.
func (k *keystone) session() (token, user string) {
	k.t.Helper()
	token, _ = k.login("pass-word")
	resp := k.call(k.t.Context(), http.MethodGet, "/auth/tokens", http.Header{"X-Auth-Token": {token}, "X-Subject-Token": {token}}, "")
	var body struct {
		Token struct{ User struct{ ID string } }
	}
	if err := json.Unmarshal([]byte(resp.body), &body); err != nil || body.Token.User.ID == "" {
		k.t.Fatalf("whose token: %d %s", resp.status, resp.body)
	}
	return token, body.Token.User.ID
}

// applicationCredential makes one for the user, as keys of clouds.yaml.
func (k *keystone) applicationCredential(token, user string) string {
	k.t.Helper()
	resp := k.call(k.t.Context(), http.MethodPost, "/users/"+user+"/application_credentials",
		http.Header{"X-Auth-Token": {token}, "Content-Type": {"application/json"}}, `{"application_credential":{"name":"exporter","secret":"pass-word"}}`)
	var body struct {
		Credential struct{ ID string } `json:"application_credential"`
	}
	if err := json.Unmarshal([]byte(resp.body), &body); err != nil || resp.status != http.StatusCreated {
		k.t.Fatalf("application credential: %d %s", resp.status, resp.body)
	}
	return "application_credential_id: " + body.Credential.ID + ", application_credential_secret: pass-word"
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (k *keystone) call(ctx context.Context, method, path string, header http.Header, body string) reply {
	k.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, k.url+path, strings.NewReader(body))
	if err != nil {
		k.t.Fatal(err)
	}
	req.Header, req.Close = header, true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		k.t.Error(err)
		return reply{}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		k.t.Error(err)
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

// ServeHTTP is an API that lets in who shows a token that Keystone confirms.
func (k *keystone) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.calls.Add(1)
	token := r.Header.Get("X-Auth-Token")
	k.mu.Lock()
	if token != k.last {
		k.logins.Add(1)
	}
	k.last = token
	k.mu.Unlock()
	if k.call(r.Context(), http.MethodGet, "/auth/tokens", http.Header{"X-Auth-Token": {token}, "X-Subject-Token": {token}}, "").status != http.StatusOK {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = io.WriteString(w, `{"data":{"status":"Running"}}`)
}

// client makes the exporter's client.
func (k *keystone) client(auth func(*config.Project)) *cloud.Client {
	k.t.Helper()
	p := &config.Project{
		Name: "prod", ProjectID: k.project, Endpoints: map[string]string{"iam": k.url, "cfw": k.api},
	}
	auth(p)
	c, err := cloud.New(p, cloud.Options{
		Timeout: 10 * time.Second, Concurrency: 4, Metrics: cloud.NewMetrics(prometheus.NewRegistry()),
	})
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(c.Close)
	return c
}

func byPassword(password string) func(*config.Project) {
	return func(p *config.Project) {
		p.Username, p.DomainName = "admin", "Default"
		p.Password = secrets.Source{Value: secrets.New(password)}
	}
}

// want polls once and wants this reason; empty: an answer.
func (k *keystone) want(c *cloud.Client, reason job.Reason) {
	k.t.Helper()
	err := c.Get(context.Background(), "cfw", "/v3/p/jobs/j", nil, func([]byte) error { return nil })
	var e *cloud.Error
	if errors.As(err, &e) && e.Reason != reason || e == nil && reason != "" {
		k.t.Errorf("got %v, want %q", err, reason)
	}
}

func TestRealKeystone(t *testing.T) {
	k := newKeystone(t)

	t.Run("password", func(*testing.T) { k.want(k.client(byPassword("pass-word")), "") })

	t.Run("clouds.yaml", func(t *testing.T) {
		token, user := k.session()
		for name, entry := range map[string]string{
			"user by name":            "auth: {auth_url: %q, username: admin, password: pass-word, user_domain_name: Default}",
			"user by ID":              "auth: {auth_url: %q, user_id: " + user + ", password: pass-word}",
			"domain by ID and name":   "auth: {auth_url: %q, username: admin, password: pass-word, domain_id: default, domain_name: Default}",
			"profile, and the rest":   "profile: otc, auth_url: %q, username: admin, password: pass-word, default_domain: default",
			"token":                   "auth_type: v3token, auth: {auth_url: %q, token: " + token + "}",
			"application credential":  "auth: {auth_url: %q, " + k.applicationCredential(token, user) + "}",
			"auth_url without a path": "auth: {auth_url: %q, username: admin, password: pass-word, user_domain_name: Default}",
		} {
			t.Run(name, func(t *testing.T) {
				url := k.url
				if name == "auth_url without a path" {
					url = strings.TrimSuffix(url, "v3")
				}
				t.Setenv("OS_CLIENT_CONFIG_FILE", writeFile(t, k.path("clouds.yaml"), "clouds: {prod: {"+fmt.Sprintf(entry, url)+"}}\n"))
				k.want(k.client(func(p *config.Project) { p.CloudName = "prod" }), "")
			})
		}
	})

	t.Run("one login for many polls", func(t *testing.T) {
		c, before, began := k.client(byPassword("pass-word")), k.logins.Load(), time.Now()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { k.want(c, "") })
		}
		wg.Wait()
		took := time.Since(began)
		if n := time.Duration(k.logins.Load() - before); n < 1 || n > 1+took/(keystoneLifetime/2) {
			t.Errorf("%d tokens in %v", n, took)
		}
	})

	t.Run("expiry", func(t *testing.T) {
		c, before, began := k.client(byPassword("pass-word")), k.logins.Load(), time.Now()
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for ; k.logins.Load()-before < 2; <-ticker.C {
			k.want(c, "")
			if time.Since(began) > 2*keystoneLifetime {
				t.Fatal("no second token in two lifetimes")
			}
		}
		if took := time.Since(began); took < keystoneLifetime/2 {
			t.Errorf("a second token after %v of its %v", took, keystoneLifetime)
		}
	})

	t.Run("revocation", func(t *testing.T) {
		c := k.client(byPassword("pass-word"))
		k.want(c, "")
		admin, _ := k.login("pass-word")
		k.mu.Lock()
		revoked := k.last
		k.mu.Unlock()
		if got := k.call(t.Context(), http.MethodDelete, "/auth/tokens", http.Header{"X-Auth-Token": {admin}, "X-Subject-Token": {revoked}}, ""); got.status != http.StatusNoContent {
			t.Fatalf("the token is not revoked: %d %s", got.status, got.body)
		}
		calls := k.calls.Load()
		k.want(c, "")
		if n := k.calls.Load() - calls; n != 2 {
			t.Errorf("%d calls, want one that is refused and one with a new token", n)
		}
	})

	t.Run("wrong password", func(*testing.T) {
		c := k.client(byPassword("wrong"))
		for range 50 {
			k.want(c, job.Auth)
		}
		k.want(k.client(byPassword("pass-word")), "") // the account is not locked
	})
}

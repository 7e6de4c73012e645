package cloud

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/config"
	"cloudjob_exporter/simulator"
)

// inEmptyFolder runs a test where no clouds.yaml is found, and returns the folder.
func inEmptyFolder(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	t.Chdir(folder)
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"} {
		t.Setenv(name, filepath.Join(folder, "none"))
	}
	for _, name := range []string{"OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "OS_CLIENT_VENDOR_FILE"} {
		t.Setenv(name, "")
	}
	return folder
}

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

const (
	cloudsIAM  = "iam.test/v3/auth/tokens "
	cloudsURL  = "auth_url: https://iam.test/v3"
	cloudsUser = "username: reader, password: pass-word, user_domain_name: OTC"
	asProject  = ` {"project":{"id":"` + testProject + `"}}`
	asReader   = `{"methods":["password"],"password":{"user":{"domain":{"name":"OTC"},"name":"reader","password":"pass-word"}}}` + asProject
	asReaderID = `{"methods":["password"],"password":{"user":{"domain":{"id":"d"},"name":"reader","password":"pass-word"}}}` + asProject
	byUserID   = `{"methods":["password"],"password":{"user":{"id":"u","password":"pass-word"}}}` + asProject
	byToken    = `{"methods":["token"],"token":{"id":"MIItoken"}}` + asProject
	byAppID    = `{"application_credential":{"id":"a","secret":"pass-word"},"methods":["application_credential"]} null`
	byKey      = "" // no login, but a signature
)

// TestCloudsEntries holds what entries of OpenStack's clients mean: how the
// exporter logs in, or signs.
func TestCloudsEntries(t *testing.T) {
	noIAM := func(p *config.Project) { delete(p.Endpoints, "iam") }
	for name, test := range map[string]struct {
		entry   string // what stands after "otc: "
		files   map[string]string
		project func(*config.Project)
		want    string
	}{
		"password":                 {entry: "{auth: {" + cloudsURL + ", " + cloudsUser + "}}", want: cloudsIAM + asReader},
		"no auth_url":              {entry: "{auth: {" + cloudsUser + "}}", want: cloudsIAM + asReader},
		"auth_url without version": {entry: "{auth: {auth_url: 'https://other.test', " + cloudsUser + "}}", want: "other.test/v3/auth/tokens " + asReader},
		"auth_url with slashes":    {entry: "{auth: {auth_url: 'https://other.test:443/v3//', " + cloudsUser + "}}", want: "other.test:443/v3/auth/tokens " + asReader},
		"auth_url below a path":    {entry: "{auth: {auth_url: 'https://other.test/identity/', " + cloudsUser + "}}", want: "other.test/identity/v3/auth/tokens " + asReader},
		"auth_url with a region":   {entry: "{region_name: eu-nl, auth: {auth_url: 'https://iam.{region_name}.test/v3', " + cloudsUser + "}}", want: "iam.eu-nl.test/v3/auth/tokens " + asReader},
		"auth_url with the project's region": {
			entry:   "{auth: {auth_url: 'https://iam.{region_name}.test/v3', " + cloudsUser + "}}",
			project: func(p *config.Project) { p.Region = "eu-de" }, want: "iam.eu-de.test/v3/auth/tokens " + asReader,
		},
		"text with line ends": {entry: "{auth: {user_id: \"u\\r\\n\", password: \"pass-word\\n\"}}", want: cloudsIAM + byUserID},

		"profile otc beside a complete auth": {entry: "{profile: otc, auth: {" + cloudsURL + ", " + cloudsUser + ", project_name: eu-de_shop}, interface: public, identity_api_version: 3}", want: cloudsIAM + asReader},
		"cloud otc beside a complete auth":   {entry: "{cloud: otc, auth: {" + cloudsURL + ", " + cloudsUser + "}}", want: cloudsIAM + asReader},
		"profile otc":                        {entry: "{profile: otc, auth: {" + cloudsUser + "}}", project: noIAM, want: "iam.eu-de.otc.t-systems.com/v3/auth/tokens " + asReader},
		"profile otc in a region":            {entry: "{profile: otc, region_name: eu-nl, auth: {" + cloudsUser + "}}", project: noIAM, want: "iam.eu-nl.otc.t-systems.com/v3/auth/tokens " + asReader},
		"profile otc in two regions":         {entry: "{profile: otc, region_name: 'eu-nl,eu-de', auth: {" + cloudsUser + "}}", project: noIAM, want: "iam.eu-nl.otc.t-systems.com/v3/auth/tokens " + asReader},
		"profile otc and the project's iam":  {entry: "{profile: otc, auth: {" + cloudsUser + "}}", want: cloudsIAM + asReader},
		"unknown profile":                    {entry: "{profile: none, auth: {" + cloudsURL + ", " + cloudsUser + "}}", want: cloudsIAM + asReader},
		"profile of clouds-public.yaml": {
			entry:   "{profile: mine, auth: {" + cloudsUser + "}}",
			files:   map[string]string{"clouds-public.yaml": "public-clouds: {mine: {auth: {auth_url: 'https://mine.test', username: another}}}"},
			project: noIAM, want: "mine.test/v3/auth/tokens " + asReader,
		},
		"profile before cloud": {
			entry:   "{profile: mine, cloud: otc, auth: {" + cloudsUser + "}}",
			files:   map[string]string{"clouds-public.yaml": "public-clouds: {mine: {auth: {auth_url: 'https://mine.test'}}}"},
			project: noIAM, want: "mine.test/v3/auth/tokens " + asReader,
		},
		"the first region": {entry: "{regions: [eu-nl, eu-de], profile: otc, auth: {" + cloudsUser + "}}", project: noIAM, want: "iam.eu-nl.otc.t-systems.com/v3/auth/tokens " + asReader},
		"the values of the project's region": {
			entry:   "{regions: [eu-de, {name: eu-nl, values: {auth: {auth_url: 'https://nl.test/v3'}}}], auth: {" + cloudsURL + ", " + cloudsUser + "}}",
			project: func(p *config.Project) { p.Region = "eu-nl" }, want: "nl.test/v3/auth/tokens " + asReader,
		},

		"user by ID":                 {entry: "{auth: {user_id: u, password: pass-word}}", want: cloudsIAM + byUserID},
		"user by ID and name":        {entry: "{auth: {user_id: u, " + cloudsUser + "}}", want: cloudsIAM + byUserID},
		"user-name with dashes":      {entry: "{auth: {user-name: reader, password: pass-word, user-domain-name: OTC}}", want: cloudsIAM + asReader},
		"domain by ID":               {entry: "{auth: {username: reader, password: pass-word, user_domain_id: d}}", want: cloudsIAM + asReaderID},
		"domain by ID and name":      {entry: "{auth: {user_domain_id: d, " + cloudsUser + "}}", want: cloudsIAM + asReaderID},
		"two domains":                {entry: "{auth: {username: reader, password: pass-word, domain_id: d, domain_name: OTC}}", want: cloudsIAM + asReaderID},
		"domain_name":                {entry: "{auth: {username: reader, password: pass-word, domain_name: OTC, project_domain_name: P}}", want: cloudsIAM + asReader},
		"domain of the user first":   {entry: "{auth: {domain_id: d, " + cloudsUser + "}}", want: cloudsIAM + asReader},
		"default_domain_name":        {entry: "{auth: {username: reader, password: pass-word, default_domain_name: OTC}}", want: cloudsIAM + asReader},
		"default_domain":             {entry: "{default_domain: d, auth: {username: reader, password: pass-word}}", want: cloudsIAM + asReaderID},
		"all beside auth":            {entry: "{" + cloudsURL + ", " + cloudsUser + ", project_id: " + testProject + "}", want: cloudsIAM + asReader},
		"auth before what is beside": {entry: "{username: another, auth: {" + cloudsUser + "}}", want: cloudsIAM + asReader},
		"null is nothing":            {entry: "{auth: {user_id: null, token: ~, passcode: '', " + cloudsUser + "}}", want: cloudsIAM + asReader},
		"a merge":                    {entry: "{auth: {<<: [{username: reader, password: other}, {username: another}], password: pass-word, user_domain_name: OTC}}", want: cloudsIAM + asReader},
		"block text":                 {entry: "\n    auth:\n      username: reader\n      user_domain_name: OTC\n      password: |\n        pass-word\n", want: cloudsIAM + asReader},
		"a number":                   {entry: "{auth: {user_id: 007, password: 1234}}", want: cloudsIAM + `{"methods":["password"],"password":{"user":{"id":"007","password":"1234"}}}` + asProject},
		"a boolean":                  {entry: "{auth: {user_id: 2024-01-01, password: true}}", want: cloudsIAM + `{"methods":["password"],"password":{"user":{"id":"2024-01-01","password":"true"}}}` + asProject},
		"no variables":               {entry: "{auth: {user_id: u, password: '${HOME}$HOME'}}", want: cloudsIAM + `{"methods":["password"],"password":{"user":{"id":"u","password":"${HOME}$HOME"}}}` + asProject},

		"auth_type password":   {entry: "{auth_type: password, auth: {token: MIItoken, " + cloudsUser + "}}", want: cloudsIAM + asReader},
		"auth_type v3password": {entry: "{auth_type: v3password, auth: {passcode: 1, " + cloudsUser + "}}", want: cloudsIAM + asReader},
		"token":                {entry: "{auth: {token: MIItoken}}", want: cloudsIAM + byToken},
		"auth-token":           {entry: "{auth-token: MIItoken}", want: cloudsIAM + byToken},
		"auth_type v3token":    {entry: "{auth_type: v3token, auth: {token: MIItoken, " + cloudsUser + "}}", want: cloudsIAM + byToken},
		"auth_plugin token":    {entry: "{auth_plugin: token, auth: {token: MIItoken, " + cloudsUser + "}}", want: cloudsIAM + byToken},
		"application credential": {
			entry: "{auth_type: v3applicationcredential, auth: {application_credential_id: a, application_credential_secret: pass-word, application_credential_name: n}}",
			want:  cloudsIAM + byAppID,
		},
		"application credential without auth_type": {entry: "{auth: {application_credential_id: a, application_credential_secret: pass-word}}", want: cloudsIAM + byAppID},
		"application credential by name": {
			entry: "{auth: {application_credential_name: n, application_credential_secret: pass-word, username: reader, user_domain_name: OTC}}",
			want:  cloudsIAM + `{"application_credential":{"name":"n","secret":"pass-word","user":{"domain":{"name":"OTC"},"name":"reader"}},"methods":["application_credential"]} null`,
		},
		"application credential by name of a user by ID": {
			entry: "{auth: {application_credential_name: n, application_credential_secret: pass-word, user_id: u}}",
			want:  cloudsIAM + `{"application_credential":{"name":"n","secret":"pass-word","user":{"id":"u"}},"methods":["application_credential"]} null`,
		},
		"passcode": {
			entry: "{auth_type: v3totp, auth: {user_id: u, passcode: '012345', password: pass-word}}",
			want:  cloudsIAM + `{"methods":["totp"],"totp":{"user":{"id":"u","passcode":"012345"}}}` + asProject,
		},

		"ak and sk":                {entry: "{auth: {ak: AK, sk: secret-key}}", want: byKey},
		"ak and sk without iam":    {entry: "{profile: none, auth: {ak: AK, sk: secret-key}}", project: noIAM, want: byKey},
		"access_key beside auth":   {entry: "{profile: otc, access_key: AK, secret_key: secret-key}", want: byKey},
		"a temporary key":          {entry: "{auth: {ak: TEMP, sk: sk2, security_token: st}}", want: byKey},
		"auth_type aksk":           {entry: "{auth_type: aksk, auth: {ak: AK, sk: secret-key, " + cloudsUser + "}}", want: byKey},
		"a password beside ak, sk": {entry: "{ak: AK, sk: secret-key, auth: {" + cloudsUser + "}}", want: cloudsIAM + asReader},

		"secure.yaml": {
			entry: "{auth: {username: reader, password: wrong, user_domain_name: OTC}}",
			files: map[string]string{"secure.yaml": "clouds: {otc: {auth: {password: pass-word}}}"}, want: cloudsIAM + asReader,
		},
		"null in secure.yaml": {
			entry: "{auth: {" + cloudsUser + "}}",
			files: map[string]string{"secure.yaml": "clouds: {otc: {auth: {password: null}}}"}, want: cloudsIAM + asReader,
		},
		"an empty entry and secure.yaml": {
			files: map[string]string{"secure.yml": "clouds: {otc: {auth: {" + cloudsUser + "}}}"}, want: cloudsIAM + asReader,
		},
		"an empty secure.yaml": {entry: "{auth: {" + cloudsUser + "}}", files: map[string]string{"secure.yaml": "# nothing\n"}, want: cloudsIAM + asReader},
		"secure.json with tabs": {
			entry: "{auth: {username: reader, user_domain_name: OTC}}",
			files: map[string]string{"secure.json": "{\n\t\"clouds\": {\n\t\t\"otc\": {\"auth\": {\"password\":\t\"pass-word\"}}\n\t}\n}\n"}, want: cloudsIAM + asReader,
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := inEmptyFolder(t)
			writeFile(t, filepath.Join(folder, "clouds.yaml"), "clouds:\n  other: {}\n  otc: "+test.entry+"\n")
			for file, text := range test.files {
				writeFile(t, filepath.Join(folder, file), text)
			}
			c := &loginRecorder{Cloud: newCloud(t, simulator.Options{})}
			c.SetKey(simulator.Key{Access: "TEMP", Secret: "sk2", SecurityToken: "st", Projects: []string{testProject}})
			client := newClient(t, c, func(p *config.Project) {
				p.CloudName = "otc"
				if test.project != nil {
					test.project(p)
				}
			})
			for range 2 {
				want(t, get(client), "")
			}
			if got := strings.Join(c.logins, "\n"); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			leaks(t, []any{client, client.auth, client.auth.(*lease).current}, "pass-word", "secret-key", "MIItoken")
		})
	}
}

// TestCloudsFiles holds where an entry is looked for.
func TestCloudsFiles(t *testing.T) {
	entry := func(user string) string { return "clouds: {otc: {auth: {user_id: " + user + ", password: p}}}" }
	for name, test := range map[string]struct {
		files       map[string]string
		environment map[string]string
		want        string
	}{
		"the variable":              {map[string]string{"a.yaml": entry("a"), "clouds.yaml": entry("b")}, map[string]string{"OS_CLIENT_CONFIG_FILE": "a.yaml"}, "a p"},
		"a variable without a file": {map[string]string{"clouds.yaml": entry("b")}, map[string]string{"OS_CLIENT_CONFIG_FILE": "a.yaml"}, "b p"},
		"the working directory":     {map[string]string{"clouds.yml": entry("a"), "home/.config/openstack/clouds.yaml": entry("b")}, nil, "a p"},
		"yaml before yml":           {map[string]string{"clouds.yml": entry("a"), "clouds.yaml": entry("b")}, nil, "b p"},
		"JSON":                      {map[string]string{"clouds.json": "{\"clouds\":\n\t{\"otc\": {\"auth\": {\"user_id\": \"a\\/b\", \"password\": 1}}}}"}, nil, "a/b 1"},
		"XDG_CONFIG_HOME":           {map[string]string{"xdg/openstack/clouds.yaml": entry("a"), "home/.config/openstack/clouds.yaml": entry("b")}, nil, "a p"},
		"HOME":                      {map[string]string{"home/.config/openstack/clouds.yaml": entry("a"), "site/openstack/clouds.yaml": entry("b")}, nil, "a p"},
		"no HOME":                   {map[string]string{"site/openstack/clouds.yaml": entry("a")}, map[string]string{"HOME": "", "XDG_CONFIG_HOME": ""}, "a p"},
		"secure.yaml elsewhere":     {map[string]string{"clouds.yaml": entry("a"), "home/.config/openstack/secure.yaml": "clouds: {otc: {auth: {password: s}}}"}, nil, "a s"},
		"secure.yaml by variable": {
			map[string]string{"clouds.yaml": entry("a"), "secure.yaml": "clouds: {otc: {auth: {password: s}}}", "t.yaml": "clouds: {otc: {auth: {password: t}}}"},
			map[string]string{"OS_CLIENT_SECURE_FILE": "t.yaml"},
			"a t",
		},
		"secure.yaml beside the variable's file": {
			map[string]string{"run/c.yaml": entry("a"), "run/secure.yaml": "clouds: {otc: {auth: {password: s}}}"},
			map[string]string{"OS_CLIENT_CONFIG_FILE": "run/c.yaml"},
			"a s",
		},
		"secure.yaml alone": {map[string]string{"secure.yaml": entry("a")}, nil, "a p"},
		"clouds-public.yaml by variable": {
			map[string]string{"clouds.yaml": "clouds: {otc: {profile: x}}", "v.yaml": "public-clouds: {x: {auth: {user_id: v, password: p}}}"},
			map[string]string{"OS_CLIENT_VENDOR_FILE": "v.yaml"},
			"v p",
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := inEmptyFolder(t)
			for variable, dir := range map[string]string{"HOME": "home", "XDG_CONFIG_HOME": "xdg", "XDG_CONFIG_DIRS": "site"} {
				t.Setenv(variable, filepath.Join(folder, dir))
			}
			for variable, value := range test.environment {
				t.Setenv(variable, value)
			}
			for file, text := range test.files {
				writeFile(t, filepath.Join(folder, file), text)
			}
			a, err := readClouds(&config.Project{CloudName: "otc", Endpoints: map[string]string{"iam": "https://iam.test"}})
			if err != nil {
				t.Fatal(err)
			}
			if got := a.login.UserID + " " + a.login.Password; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestCloudsFolders(t *testing.T) {
	for _, test := range []struct{ home, xdg, dirs, want string }{
		{"/home/me", "", "", ". /home/me/.config/openstack /etc/xdg/openstack /etc/openstack"},
		{"/home/me", "/xdg", "/a:/b", ". /xdg/openstack /home/me/.config/openstack /a/openstack /b/openstack /etc/openstack"},
		{"", "", "", ". /etc/xdg/openstack /etc/openstack"},
	} {
		t.Setenv("HOME", test.home)
		t.Setenv("XDG_CONFIG_HOME", test.xdg)
		t.Setenv("XDG_CONFIG_DIRS", test.dirs)
		if got := strings.Join(cloudsFolders(), " "); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

package clouds

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cloudjob_exporter/config"
	"cloudjob_exporter/config/transport"
	"cloudjob_exporter/fixture"
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

// leaks fails if a secret is in anything that v prints.
func leaks(t *testing.T, v any, secrets ...string) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		text := fmt.Sprintf(verb, v)
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s of %T shows %q: %s", verb, v, secret, text)
			}
		}
	}
}

// sent is what logs in with a, as "URL identity scope", or the key that signs.
func sent(t *testing.T, a *Auth) string {
	t.Helper()
	if a.AccessKey != "" {
		return fmt.Sprintf("key %s %s %s", a.AccessKey, a.SecretKey.Reveal(), a.SecurityToken.Reveal())
	}
	scope, err := a.Login.ToTokenV3ScopeMap()
	if err != nil {
		t.Fatal(err)
	}
	body, err := a.Login.ToTokenV3CreateMap(scope)
	if err != nil {
		t.Fatal(err)
	}
	auth, _ := body["auth"].(map[string]any)
	identity, _ := json.Marshal(auth["identity"])
	inScope, _ := json.Marshal(auth["scope"])
	return fmt.Sprintf("%s/auth/tokens %s %s", strings.TrimPrefix(a.Endpoint, "https://"), identity, inScope)
}

const (
	testProject = "09bb24e6fe80d23d2fa2c010b53b418c"

	iamURL     = "iam.test/v3/auth/tokens "
	authURL    = "auth_url: https://iam.test/v3"
	theUser    = "username: reader, password: pass-word, user_domain_name: OTC"
	asProject  = ` {"project":{"id":"` + testProject + `"}}`
	asReader   = `{"methods":["password"],"password":{"user":{"domain":{"name":"OTC"},"name":"reader","password":"pass-word"}}}` + asProject
	asReaderID = `{"methods":["password"],"password":{"user":{"domain":{"id":"d"},"name":"reader","password":"pass-word"}}}` + asProject
	byUserID   = `{"methods":["password"],"password":{"user":{"id":"u","password":"pass-word"}}}` + asProject
	byToken    = `{"methods":["token"],"token":{"id":"MIItoken"}}` + asProject
	byAppID    = `{"application_credential":{"id":"a","secret":"pass-word"},"methods":["application_credential"]} null`
	byKey      = "key AK secret-key " // no login, but a signature
)

// TestEntries holds what entries of OpenStack's clients mean: how the exporter logs in,
// or signs.
func TestEntries(t *testing.T) {
	noIAM := func(p *config.Project) { delete(p.Endpoints, "iam") }
	for name, test := range map[string]struct {
		entry   string // what stands after "otc: "
		files   map[string]string
		project func(*config.Project)
		want    string
	}{
		"password":                 {entry: "{auth: {" + authURL + ", " + theUser + "}}", want: iamURL + asReader},
		"no auth_url":              {entry: "{auth: {" + theUser + "}}", want: iamURL + asReader},
		"auth_url without version": {entry: "{auth: {auth_url: 'https://other.test', " + theUser + "}}", want: "other.test/v3/auth/tokens " + asReader},
		"auth_url with slashes":    {entry: "{auth: {auth_url: 'https://other.test:443/v3//', " + theUser + "}}", want: "other.test:443/v3/auth/tokens " + asReader},
		"auth_url below a path":    {entry: "{auth: {auth_url: 'https://other.test/identity/', " + theUser + "}}", want: "other.test/identity/v3/auth/tokens " + asReader},
		"auth_url with a region":   {entry: "{region_name: eu-nl, auth: {auth_url: 'https://iam.{region_name}.test/v3', " + theUser + "}}", want: "iam.eu-nl.test/v3/auth/tokens " + asReader},
		"auth_url with the project's region": {
			entry:   "{auth: {auth_url: 'https://iam.{region_name}.test/v3', " + theUser + "}}",
			project: func(p *config.Project) { p.Region = "eu-de" }, want: "iam.eu-de.test/v3/auth/tokens " + asReader,
		},
		"text with line ends": {entry: "{auth: {user_id: \"u\\r\\n\", password: \"pass-word\\n\"}}", want: iamURL + byUserID},

		"profile otc beside a complete auth": {entry: "{profile: otc, auth: {" + authURL + ", " + theUser + ", project_name: eu-de_shop}, interface: public, identity_api_version: 3}", want: iamURL + asReader},
		"cloud otc beside a complete auth":   {entry: "{cloud: otc, auth: {" + authURL + ", " + theUser + "}}", want: iamURL + asReader},
		"profile otc":                        {entry: "{profile: otc, auth: {" + theUser + "}}", project: noIAM, want: "iam.eu-de.otc.t-systems.com/v3/auth/tokens " + asReader},
		"profile otc in a region":            {entry: "{profile: otc, region_name: eu-nl, auth: {" + theUser + "}}", project: noIAM, want: "iam.eu-nl.otc.t-systems.com/v3/auth/tokens " + asReader},
		"profile otc in two regions":         {entry: "{profile: otc, region_name: 'eu-nl,eu-de', auth: {" + theUser + "}}", project: noIAM, want: "iam.eu-nl.otc.t-systems.com/v3/auth/tokens " + asReader},
		"profile otc and the project's iam":  {entry: "{profile: otc, auth: {" + theUser + "}}", want: iamURL + asReader},
		"unknown profile":                    {entry: "{profile: none, auth: {" + authURL + ", " + theUser + "}}", want: iamURL + asReader},
		"profile of clouds-public.yaml": {
			entry:   "{profile: mine, auth: {" + theUser + "}}",
			files:   map[string]string{"clouds-public.yaml": "public-clouds: {mine: {auth: {auth_url: 'https://mine.test', username: another}}}"},
			project: noIAM, want: "mine.test/v3/auth/tokens " + asReader,
		},
		"profile before cloud": {
			entry:   "{profile: mine, cloud: otc, auth: {" + theUser + "}}",
			files:   map[string]string{"clouds-public.yaml": "public-clouds: {mine: {auth: {auth_url: 'https://mine.test'}}}"},
			project: noIAM, want: "mine.test/v3/auth/tokens " + asReader,
		},
		"the first region": {entry: "{regions: [eu-nl, eu-de], profile: otc, auth: {" + theUser + "}}", project: noIAM, want: "iam.eu-nl.otc.t-systems.com/v3/auth/tokens " + asReader},
		"the values of the project's region": {
			entry:   "{regions: [eu-de, {name: eu-nl, values: {auth: {auth_url: 'https://nl.test/v3'}}}], auth: {" + authURL + ", " + theUser + "}}",
			project: func(p *config.Project) { p.Region = "eu-nl" }, want: "nl.test/v3/auth/tokens " + asReader,
		},

		"user by ID":                 {entry: "{auth: {user_id: u, password: pass-word}}", want: iamURL + byUserID},
		"user by ID and name":        {entry: "{auth: {user_id: u, " + theUser + "}}", want: iamURL + byUserID},
		"user-name with dashes":      {entry: "{auth: {user-name: reader, password: pass-word, user-domain-name: OTC}}", want: iamURL + asReader},
		"domain by ID":               {entry: "{auth: {username: reader, password: pass-word, user_domain_id: d}}", want: iamURL + asReaderID},
		"domain by ID and name":      {entry: "{auth: {user_domain_id: d, " + theUser + "}}", want: iamURL + asReaderID},
		"two domains":                {entry: "{auth: {username: reader, password: pass-word, domain_id: d, domain_name: OTC}}", want: iamURL + asReaderID},
		"domain_name":                {entry: "{auth: {username: reader, password: pass-word, domain_name: OTC, project_domain_name: P}}", want: iamURL + asReader},
		"domain of the user first":   {entry: "{auth: {domain_id: d, " + theUser + "}}", want: iamURL + asReader},
		"default_domain_name":        {entry: "{auth: {username: reader, password: pass-word, default_domain_name: OTC}}", want: iamURL + asReader},
		"default_domain":             {entry: "{default_domain: d, auth: {username: reader, password: pass-word}}", want: iamURL + asReaderID},
		"all beside auth":            {entry: "{" + authURL + ", " + theUser + ", project_id: " + testProject + "}", want: iamURL + asReader},
		"auth before what is beside": {entry: "{username: another, auth: {" + theUser + "}}", want: iamURL + asReader},
		"null is nothing":            {entry: "{auth: {user_id: null, token: ~, passcode: '', " + theUser + "}}", want: iamURL + asReader},
		"a merge":                    {entry: "{auth: {<<: [{username: reader, password: other}, {username: another}], password: pass-word, user_domain_name: OTC}}", want: iamURL + asReader},
		"block text":                 {entry: "\n    auth:\n      username: reader\n      user_domain_name: OTC\n      password: |\n        pass-word\n", want: iamURL + asReader},
		"a number":                   {entry: "{auth: {user_id: 007, password: 1234}}", want: iamURL + `{"methods":["password"],"password":{"user":{"id":"007","password":"1234"}}}` + asProject},
		"a boolean":                  {entry: "{auth: {user_id: 2024-01-01, password: true}}", want: iamURL + `{"methods":["password"],"password":{"user":{"id":"2024-01-01","password":"true"}}}` + asProject},
		"no variables":               {entry: "{auth: {user_id: u, password: '${HOME}$HOME'}}", want: iamURL + `{"methods":["password"],"password":{"user":{"id":"u","password":"${HOME}$HOME"}}}` + asProject},

		"auth_type password":   {entry: "{auth_type: password, auth: {token: MIItoken, " + theUser + "}}", want: iamURL + asReader},
		"auth_type v3password": {entry: "{auth_type: v3password, auth: {passcode: 1, " + theUser + "}}", want: iamURL + asReader},
		"token":                {entry: "{auth: {token: MIItoken}}", want: iamURL + byToken},
		"auth-token":           {entry: "{auth-token: MIItoken}", want: iamURL + byToken},
		"auth_type v3token":    {entry: "{auth_type: v3token, auth: {token: MIItoken, " + theUser + "}}", want: iamURL + byToken},
		"auth_plugin token":    {entry: "{auth_plugin: token, auth: {token: MIItoken, " + theUser + "}}", want: iamURL + byToken},
		"application credential": {
			entry: "{auth_type: v3applicationcredential, auth: {application_credential_id: a, application_credential_secret: pass-word, application_credential_name: n}}",
			want:  iamURL + byAppID,
		},
		"application credential without auth_type": {entry: "{auth: {application_credential_id: a, application_credential_secret: pass-word}}", want: iamURL + byAppID},
		"application credential by name": {
			entry: "{auth: {application_credential_name: n, application_credential_secret: pass-word, username: reader, user_domain_name: OTC}}",
			want:  iamURL + `{"application_credential":{"name":"n","secret":"pass-word","user":{"domain":{"name":"OTC"},"name":"reader"}},"methods":["application_credential"]} null`,
		},
		"application credential by name of a user by ID": {
			entry: "{auth: {application_credential_name: n, application_credential_secret: pass-word, user_id: u}}",
			want:  iamURL + `{"application_credential":{"name":"n","secret":"pass-word","user":{"id":"u"}},"methods":["application_credential"]} null`,
		},
		"passcode": {
			entry: "{auth_type: v3totp, auth: {user_id: u, passcode: '012345', password: pass-word}}",
			want:  iamURL + `{"methods":["totp"],"totp":{"user":{"id":"u","passcode":"012345"}}}` + asProject,
		},

		"ak and sk":                {entry: "{auth: {ak: AK, sk: secret-key}}", want: byKey},
		"ak and sk without iam":    {entry: "{profile: none, auth: {ak: AK, sk: secret-key}}", project: noIAM, want: byKey},
		"access_key beside auth":   {entry: "{profile: otc, access_key: AK, secret_key: secret-key}", want: byKey},
		"a temporary key":          {entry: "{auth: {ak: TEMP, sk: sk2, security_token: st}}", want: "key TEMP sk2 st"},
		"auth_type aksk":           {entry: "{auth_type: aksk, auth: {ak: AK, sk: secret-key, " + theUser + "}}", want: byKey},
		"a password beside ak, sk": {entry: "{ak: AK, sk: secret-key, auth: {" + theUser + "}}", want: iamURL + asReader},

		"secure.yaml": {
			entry: "{auth: {username: reader, password: wrong, user_domain_name: OTC}}",
			files: map[string]string{"secure.yaml": "clouds: {otc: {auth: {password: pass-word}}}"}, want: iamURL + asReader,
		},
		"null in secure.yaml": {
			entry: "{auth: {" + theUser + "}}",
			files: map[string]string{"secure.yaml": "clouds: {otc: {auth: {password: null}}}"}, want: iamURL + asReader,
		},
		"an empty entry and secure.yaml": {
			files: map[string]string{"secure.yml": "clouds: {otc: {auth: {" + theUser + "}}}"}, want: iamURL + asReader,
		},
		"an empty secure.yaml": {entry: "{auth: {" + theUser + "}}", files: map[string]string{"secure.yaml": "# nothing\n"}, want: iamURL + asReader},
		"secure.json with tabs": {
			entry: "{auth: {username: reader, user_domain_name: OTC}}",
			files: map[string]string{"secure.json": "{\n\t\"clouds\": {\n\t\t\"otc\": {\"auth\": {\"password\":\t\"pass-word\"}}\n\t}\n}\n"}, want: iamURL + asReader,
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := fixture.WithoutClouds(t)
			writeFile(t, filepath.Join(folder, "clouds.yaml"), "clouds:\n  other: {}\n  otc: "+test.entry+"\n")
			for file, text := range test.files {
				writeFile(t, filepath.Join(folder, file), text)
			}
			p := &config.Project{CloudName: "otc", ProjectID: testProject, Endpoints: map[string]string{"iam": "https://iam.test/v3"}}
			if test.project != nil {
				test.project(p)
			}
			a, err := Read(p)
			if err != nil {
				t.Fatal(err)
			}
			if got := sent(t, a); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			leaks(t, a, "pass-word", "secret-key", "MIItoken")
			leaks(t, *a, "pass-word", "secret-key", "MIItoken")
		})
	}
}

// TestFiles holds where an entry is looked for.
func TestFiles(t *testing.T) {
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
			folder := fixture.WithoutClouds(t)
			for variable, dir := range map[string]string{"HOME": "home", "XDG_CONFIG_HOME": "xdg", "XDG_CONFIG_DIRS": "site"} {
				t.Setenv(variable, filepath.Join(folder, dir))
			}
			for variable, value := range test.environment {
				t.Setenv(variable, value)
			}
			for file, text := range test.files {
				writeFile(t, filepath.Join(folder, file), text)
			}
			a, err := Read(&config.Project{CloudName: "otc", Endpoints: map[string]string{"iam": "https://iam.test"}})
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Login.UserID + " " + a.Login.Password; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestFolders(t *testing.T) {
	for _, test := range []struct{ home, xdg, dirs, want string }{
		{"/home/me", "", "", ". /home/me/.config/openstack /etc/xdg/openstack /etc/openstack"},
		{"/home/me", "/xdg", "/a:/b", ". /xdg/openstack /home/me/.config/openstack /a/openstack /b/openstack /etc/openstack"},
		{"", "", "", ". /etc/xdg/openstack /etc/openstack"},
	} {
		t.Setenv("HOME", test.home)
		t.Setenv("XDG_CONFIG_HOME", test.xdg)
		t.Setenv("XDG_CONFIG_DIRS", test.dirs)
		if got := strings.Join(searchFolders(), " "); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	own := transport.TLS{ServerName: "iam.test"}
	for _, test := range []struct {
		text string
		tls  transport.TLS // of the project
		want []string
	}{
		{text: withURL("https://iam.test/v3")},
		{text: withURL("HTTP://iam.test/v3"), want: []string{"auth_url is not encrypted, so others can read the credentials"}},
		{text: withURL("http://127.0.0.2:5000")},
		{text: withURL("http://[::1]:5000")},
		{text: withURL("http://localhost/v3")},
		{text: withAuth("ak: a, sk: s, auth_url: 'http://iam.test'")},
		{
			text: withAuth("token: t, project_id: another"),
			want: []string{"project_id is another one than that of the project, which the exporter uses"},
		},
		{text: withAuth("token: t, tenant-id: p")},
		{
			text: "clouds: {otc: {auth_type: v3totp, auth: {user_id: u, passcode: 1}}}",
			want: []string{"passcode can be used once, so the exporter cannot log in again when its token expires"},
		},
		{
			text: "clouds: {otc: {cacert: ca.pem, verify: false, auth: {token: t}}}",
			want: []string{"cacert has no effect; use tls_config.ca_file of the project", "verify has no effect; use tls_config.insecure_skip_verify of the project"},
		},
		{text: "clouds: {otc: {cacert: ca.pem, auth: {token: t}}}", tls: own},
		{text: "clouds: {otc: {verify: true, insecure: false, auth: {token: t}}}"},
		{
			text: "clouds:\n  otc:\n    auth:\n      user_id: u\n      password: pass #word\n",
			want: []string{"clouds.otc.auth.password in line 5: the value ends before ' #'; quote it if the # belongs to it"},
		},
		{text: "clouds:\n  otc:\n    auth:\n      user_id: u\n      password: pass # word\n"},
	} {
		writeFile(t, filepath.Join(fixture.WithoutClouds(t), "clouds.yaml"), test.text)
		a, err := Read(&config.Project{CloudName: "otc", ProjectID: "p", Endpoints: map[string]string{"iam": "https://iam.test"}, TLS: test.tls})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a.Warnings, test.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", test.text, a.Warnings, test.want)
		}
	}
}

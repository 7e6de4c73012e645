package clouds

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cloudjob_exporter/config"
	"cloudjob_exporter/fixture"
)

// badClouds are files that cannot be used, and why: file, line and key, and never
// a secret.
var badClouds = map[string]struct {
	text string // of clouds.yaml
	want string // without the file in front
}{
	"nothing but the name":     {"clouds:\n  otc:\n", ":2: clouds.otc: is empty"},
	"nothing in the entry":     {"clouds:\n  otc: {}\n", ":2: clouds.otc: is empty"},
	"no auth":                  {"clouds:\n  otc: {region_name: eu-de}\n", ":2: clouds.otc: has no credentials; it needs username and password, ak and sk, a token, or an application credential"},
	"an empty auth":            {"clouds:\n  otc:\n    region_name: eu-de\n    auth:\n", ":2: clouds.otc: has no credentials; it needs username and password, ak and sk, a token, or an application credential"},
	"an auth without keys":     {"clouds:\n  otc:\n    auth: {}\n", ":2: clouds.otc: is empty"},
	"auth is a list":           {"clouds:\n  otc:\n    auth: [pass-word]\n", ":3: clouds.otc.auth: must be a mapping of keys to values, not a list"},
	"auth is text":             {"clouds:\n  otc:\n    auth: pass-word\n", ":3: clouds.otc.auth: must be a mapping of keys to values, not text"},
	"the entry is text":        {"clouds:\n  otc: pass-word\n", ":2: clouds.otc: must be a mapping of keys to values, not text"},
	"the entry is a list":      {"clouds:\n  otc: [pass-word]\n", ":2: clouds.otc: must be a mapping of keys to values, not a list"},
	"clouds is a list":         {"clouds: [otc]\n", ":1: clouds: must be a mapping of keys to values, not a list"},
	"clouds is text":           {"clouds: pass-word\n", ":1: clouds: must be a mapping of keys to values, not text"},
	"the file is text":         {"pass-word\n", ": must be a mapping of keys to values, not text"},
	"not YAML":                 {"clouds:\n  otc: {pass-word\n", ":2: a bracket opened in line 2 is never closed"},
	"not text":                 {"clouds:\x00pass-word", ":1: the character U+0000 is not allowed in YAML"},
	"two documents":            {"clouds: {}\n---\nclouds: {}\n", ":2: a second document begins; a file holds one document"},
	"huge":                     {"# " + strings.Repeat("x", maxFile), ": cannot be read: is larger than 1024 KiB"},
	"an entry twice":           {"clouds:\n  otc: {}\n  otc: {}\n", ":3: clouds.otc: given twice, first in line 2"},
	"a key twice":              {"clouds:\n  otc:\n    auth:\n      password: pass-word\n      password: pass-word\n", ":5: clouds.otc.auth.password: given twice, first in line 4"},
	"a key in two spellings":   {"clouds:\n  otc:\n    auth:\n      user-id: u\n      user_id: u\n", ":5: clouds.otc.auth.user_id: given twice, first in line 4"},
	"a key that is a list":     {"clouds:\n  otc:\n    auth: {[pass-word]: u}\n", ":3: clouds.otc.auth: has a key that is not text in line 3"},
	"a value that is a list":   {"clouds:\n  otc:\n    auth: {user_id: u, password: [pass-word]}\n", ":3: clouds.otc.auth.password: must be text, not a list"},
	"a value that is binary":   {"clouds:\n  otc:\n    auth: {user_id: u, password: !!binary cGFzcy13b3Jk}\n", ":3: clouds.otc.auth.password: must be text, not a value with a YAML tag"},
	"two lines":                {"clouds:\n  otc:\n    auth: {user_id: u, password: \"pass-\\nword\"}\n", ":3: clouds.otc.auth.password: has more than one line; only one line end, at its end, is ignored"},
	"two line ends":            {withAuth(`user_id: u, password: "pass-word\n\n"`), ":3: clouds.otc.auth.password: has more than one line; only one line end, at its end, is ignored"},
	"a control character":      {withAuth(`user_id: u, password: "pass-word\e"`), ":3: clouds.otc.auth.password: has a control character in it, U+001B"},
	"a space in ak":            {withAuth("ak: A K, sk: pass-word"), ":3: clouds.otc.auth.ak: has a space in it"},
	"a space in sk":            {withAuth("ak: AK, sk: pass-word pass"), ":3: clouds.otc.auth.sk: has a space in it"},
	"a token beyond ASCII":     {withAuth("token: pass-wörd-pass-word"), ":3: clouds.otc.auth.token: has a character in it that keys and tokens do not have; they are letters, digits and signs of ASCII"},
	"a security token":         {withAuth("ak: AK, sk: s, security_token: 'pass-word '"), ":3: clouds.otc.auth.security_token: has a space in it"},
	"an anchor":                {withAuth("user_id: u, password: &pass-word pass-word"), ":3: clouds.otc.auth.password: begins with &, which has a meaning in YAML; quote it"},
	"typographic quotes":       {withAuth("ak: AK, sk: “pass-word”"), `:3: clouds.otc.auth.sk: is in typographic quotes; use ' or "`},
	"a paragraph separator":    {withAuth(`user_id: u, password: "pass\Pword"`), `:3: clouds.otc.auth.password: has a line separator in it, U+2029; in double quotes \L, \N, \P and \_ have a meaning; use single quotes, or write \\`},
	"an alias without end":     {"clouds:\n  otc: &a\n    auth: {user_id: u, password: p}\n    <<: *a\n", ":4: clouds.otc.<<: merges are nested more than 16 deep"},
	"an alias of itself":       {"clouds: &a\n  otc: *a\n", ":2: clouds.otc: has no credentials; it needs username and password, ak and sk, a token, or an application credential"},
	"aliases that multiply":    {manyAliases(), ":2: clouds.otc: has too many values, counting those that aliases repeat"},
	"a merge of text":          {"clouds:\n  otc: {<<: pass-word}\n", ":2: clouds.otc.<<: only mappings can be merged, not text"},
	"a merge of nothing":       {"clouds:\n  otc: {<<: }\n", ":2: clouds.otc.<<: only mappings can be merged, not nothing"},
	"a profile that is a URL":  {"clouds:\n  otc: {profile: 'https://me:pass-word@cloud.test', auth: {user_id: u, password: p, auth_url: 'https://iam.test'}}\n", ":2: clouds.otc.profile: is a URL, and profiles are not fetched; write the profile's auth_url into auth"},
	"an unknown profile":       {"clouds:\n  otc:\n    profile: ovh\n    auth: {user_id: u, password: pass-word}\n", `:3: clouds.otc.profile: "ovh" is neither built in, as otc is, nor in clouds-public.yaml; without it, auth_url is required, because the project has no endpoint for iam`},
	"an unknown cloud":         {"clouds:\n  otc:\n    cloud: ovh\n    auth: {user_id: u, password: pass-word}\n", `:3: clouds.otc.cloud: "ovh" is neither built in, as otc is, nor in clouds-public.yaml; without it, auth_url is required, because the project has no endpoint for iam`},
	"a profile that is a list": {"clouds:\n  otc: {profile: [otc]}\n", ":2: clouds.otc.profile: must be text, not a list"},
	"no auth_url":              {"clouds:\n  otc:\n    auth: {user_id: u, password: pass-word}\n", ":2: clouds.otc.auth.auth_url: required, because the project has no endpoint for iam"},
	"an auth_url without host": {withURL("https:///v3"), ":3: clouds.otc.auth.auth_url: must be a whole URL, like https://iam.eu-de.otc.t-systems.com/v3"},
	"no URL":                   {withURL("iam.test/v3"), ":3: clouds.otc.auth.auth_url: must be a whole URL, like https://iam.eu-de.otc.t-systems.com/v3"},
	"a port that is none":      {withURL("https://iam.test:66000/v3"), ":3: clouds.otc.auth.auth_url: must be a whole URL, like https://iam.eu-de.otc.t-systems.com/v3"},
	"a placeholder":            {withURL("https://iam.{zone}.test/v3"), ":3: clouds.otc.auth.auth_url: must be a whole URL, like https://iam.eu-de.otc.t-systems.com/v3"},
	"a query":                  {withURL("https://iam.test/v3?x=pass-word"), ":3: clouds.otc.auth.auth_url: must be a whole URL, like https://iam.eu-de.otc.t-systems.com/v3"},
	"a password in the URL":    {withURL("https://u:pass-word@iam.test/v3"), ":3: clouds.otc.auth.auth_url: must not have a user or password in it; credentials have keys of their own"},
	"version 2":                {withURL("https://iam.test:5000/v2.0/"), ":3: clouds.otc.auth.auth_url: is for version 2 of the Identity API; version 3 is required, as in https://iam.eu-de.otc.t-systems.com/v3"},
	"the URL of the call":      {withURL("https://iam.test/v3/auth/tokens"), ":3: clouds.otc.auth.auth_url: must end in /v3, without the /auth or /auth/tokens behind it"},
	"half the URL of the call": {withURL("https://iam.test/v3/auth/"), ":3: clouds.otc.auth.auth_url: must end in /v3, without the /auth or /auth/tokens behind it"},
	"a slash in the password":  {withURL("https://u:4711/pass-word@127.0.0.1/v3"), ":3: clouds.otc.auth.auth_url: must not have a user or password in it; credentials have keys of their own"},
	"a password in a bad URL":  {withURL("https://u:pass-word%zz@iam.test/v3"), ":3: clouds.otc.auth.auth_url: must not have a user or password in it; credentials have keys of their own"},
	"a password in the region": {"clouds:\n  otc:\n    auth: {user_id: u, password: p, auth_url: 'https://{region_name}/v3'}\n    region_name: 'x:4711/pass-word@h'\n", ":3: clouds.otc.auth.auth_url: must not have a user or password in it; credentials have keys of their own"},
	"no region":                {withURL("https://iam.{region_name}.test/v3"), ":3: clouds.otc.auth.auth_url: has {region_name} in it, but neither the entry has a region_name nor the project a region"},
	"a region of no profile":   {"clouds:\n  otc:\n    profile: otc\n    region_name: 'x:4711/pass-word@h'\n    auth: {user_id: u, password: p}\n", ":3: clouds.otc.profile: otc has no such region as the entry has; without it, auth_url is required, because the project has no endpoint for iam"},
	"two documents, one empty": {"---\n---\nclouds: {}\n", ":2: a second document begins; a file holds one document"},
	"no domain":                {withAuth("username: u, password: pass-word"), ":2: clouds.otc.auth.user_domain_name: required with username; or user_domain_id, domain_name or domain_id"},
	"no user":                  {withAuth("password: pass-word, user_domain_name: OTC"), ":2: clouds.otc.auth.username: required; or user_id"},
	"no password":              {withAuth("username: u, user_domain_name: OTC, pasword: pass-word"), ":2: clouds.otc.auth.password: required with username"},
	"an empty password":        {withAuth("username: u, user_domain_name: OTC, password: ''"), ":2: clouds.otc.auth.password: required with username"},
	"no sk":                    {withAuth("ak: AK"), ":2: clouds.otc.auth.sk: required with an access key"},
	"no ak":                    {withAuth("sk: pass-word"), ":2: clouds.otc.auth.ak: required with a secret key"},
	"no token":                 {"clouds:\n  otc: {auth_type: v3token, auth: {user_id: u}}\n", ":2: clouds.otc.auth.token: required with auth_type token"},
	"no passcode":              {"clouds:\n  otc: {auth_type: v3totp, auth: {user_id: u, password: pass-word}}\n", ":2: clouds.otc.auth.passcode: required with auth_type v3totp"},
	"no application secret":    {withAuth("application_credential_id: a"), ":2: clouds.otc.auth.application_credential_secret: required with an application credential"},
	"no application":           {withAuth("application_credential_secret: pass-word"), ":2: clouds.otc.auth.application_credential_id: required with an application credential; or application_credential_name and a user"},
	"an application of nobody": {withAuth("application_credential_name: n, application_credential_secret: pass-word"), ":2: clouds.otc.auth.username: required; or user_id"},
	"SAML":                     {"clouds:\n  otc:\n    auth_type: v3samlpassword\n    auth: {username: u, password: pass-word}\n", `:3: clouds.otc.auth_type: "v3samlpassword" is not supported; supported are aksk, password, token, v3applicationcredential, v3password, v3token, v3totp`},
	"version 2 by auth_type":   {"clouds:\n  otc:\n    auth_plugin: v2password\n    auth: {username: u, password: pass-word}\n", `:3: clouds.otc.auth_plugin: "v2password" is not supported; supported are aksk, password, token, v3applicationcredential, v3password, v3token, v3totp`},
	"a trust":                  {withAuth("user_id: u, password: pass-word, trust_id: t"), ":3: clouds.otc.auth.trust_id: is not supported"},
	"an agency":                {withAuth("ak: AK, sk: pass-word, agency_name: a"), ":3: clouds.otc.auth.agency_name: is not supported"},
	"a region that is a list":  {"clouds:\n  otc: {regions: [[pass-word]], auth: {user_id: u, password: p}}\n", ":2: clouds.otc.regions: must be text, not a list"},
	"regions that are numbers": {"clouds:\n  otc: {regions: [{name: a, values: 1}], auth: {user_id: u, password: p}}\n", ":2: clouds.otc.regions.values: must be a mapping of keys to values, not text"},
}

func withAuth(auth string) string { return "clouds:\n  otc:\n    auth: {" + auth + "}\n" }

func withURL(url string) string { return withAuth("user_id: u, password: p, auth_url: '" + url + "'") }

// manyAliases repeats one mapping 2^14 times.
func manyAliases() string {
	var b strings.Builder
	b.WriteString("a0: &a0 {x: 1}\n")
	for i := 1; i < 15; i++ {
		fmt.Fprintf(&b, "a%d: &a%[1]d {<<: [*a%[2]d, *a%[2]d]}\n", i, i-1)
	}
	return b.String() + "clouds: {otc: {<<: *a14}}\n"
}

func TestBadClouds(t *testing.T) {
	for name, test := range badClouds {
		t.Run(name, func(t *testing.T) {
			writeFile(t, filepath.Join(fixture.WithoutClouds(t), "clouds.yaml"), test.text)
			_, err := Read(&config.Project{CloudName: "otc"})
			if err == nil || err.Error() != "clouds.yaml"+test.want {
				t.Errorf("got  %v\nwant clouds.yaml%s", err, test.want)
			}
			if errors.Is(err, ErrNotFound) {
				t.Error("it is there, but broken")
			}
			leaks(t, err, "pass-word", "cGFzcy13b3Jk")
		})
	}
}

func TestBadFilesBesideClouds(t *testing.T) {
	for _, test := range []struct{ file, text, want string }{
		{"secure.yaml", "clouds: {otc: {auth: pass-word}}", "secure.yaml:1: clouds.otc.auth: must be a mapping of keys to values, not text"},
		{"secure.yaml", "clouds: {otc: {auth: {password: [pass-word]}}}", "secure.yaml:1: clouds.otc.auth.password: must be text, not a list"},
		{"secure.json", "{\"clouds\":\n{\"otc\": {\"auth\": {\"password\": {}}}}}", "secure.json: clouds.otc.auth.password: must be text, not a mapping"},
		{"secure.json", "{\"clouds\": {}} pass-word", "secure.json: not valid JSON"},
		{"clouds-public.yaml", "public-clouds: [otc]", "clouds-public.yaml:1: public-clouds: must be a mapping of keys to values, not a list"},
		{"clouds-public.yaml", "public-clouds:\n  otc:\n    auth: pass-word\n", "clouds-public.yaml:3: public-clouds.otc.auth: must be a mapping of keys to values, not text"},
		{"clouds-public.yaml", "public-clouds: {otc: {auth_type: oidc}}", `clouds-public.yaml:1: public-clouds.otc.auth_type: "oidc" is not supported; supported are aksk, password, token, v3applicationcredential, v3password, v3token, v3totp`},
	} {
		folder := fixture.WithoutClouds(t)
		writeFile(t, filepath.Join(folder, "clouds.yaml"), "clouds: {otc: {profile: otc, auth: {user_id: u, password: p}}}")
		writeFile(t, filepath.Join(folder, test.file), test.text)
		if _, err := Read(&config.Project{CloudName: "otc"}); err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		} else {
			leaks(t, err, "pass-word")
		}
	}
}

func TestCloudsThatIsNoRegularFileDoesNotBlock(t *testing.T) {
	folder := fixture.WithoutClouds(t)
	if err := syscall.Mkfifo(filepath.Join(folder, "clouds.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = "clouds.yaml: cannot be read: is not a regular file"
	if _, err := Read(&config.Project{CloudName: "otc"}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMissingClouds(t *testing.T) {
	folder := fixture.WithoutClouds(t)
	none := filepath.Join(folder, "none")
	for _, test := range []struct{ text, want string }{
		{"", "clouds.yaml not found; looked for in ., " + none + "/openstack, " + none + "/.config/openstack, " + none + "/openstack, /etc/openstack"},
		{"# nothing yet\n", `entry "otc" not found in clouds.yaml, which has: none`},
		{"other: 1\n", `entry "otc" not found in clouds.yaml, which has: none`},
		{"clouds:\n", `entry "otc" not found in clouds.yaml, which has: none`},
		{"clouds: {b: {}, a: {}}\n", `entry "otc" not found in clouds.yaml, which has: a, b`},
	} {
		if test.text != "" {
			writeFile(t, filepath.Join(folder, "clouds.yaml"), test.text)
		}
		_, err := Read(&config.Project{CloudName: "otc"})
		if err == nil || err.Error() != test.want || !errors.Is(err, ErrNotFound) {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
}

// FuzzClouds: whatever the files say, an entry can be used or is refused in words;
// and one that can be used is one that gophercloud logs in with.
func FuzzClouds(f *testing.F) {
	for _, test := range badClouds {
		if len(test.text) < 2048 {
			f.Add([]byte(test.text), []byte("clouds: {otc: {auth: {password: p}}}"), []byte(""))
		}
	}
	f.Add([]byte("clouds: {otc: {profile: x, auth: {username: u, domain_name: d}}}"), []byte("clouds: {otc: {auth: {password: p}}}"), []byte("public-clouds: {x: {regions: [a]}}"))
	f.Add([]byte("clouds: {otc: {auth: {ak: a, sk: s}}}"), []byte("{}"), []byte("public-clouds: {}"))
	folder := f.TempDir()
	for variable, file := range map[string]string{"OS_CLIENT_CONFIG_FILE": "clouds.yaml", "OS_CLIENT_SECURE_FILE": "secure.yaml", "OS_CLIENT_VENDOR_FILE": "public.yaml"} {
		f.Setenv(variable, filepath.Join(folder, file))
	}
	f.Fuzz(func(t *testing.T, clouds, secure, public []byte) {
		writeFile(t, filepath.Join(folder, "clouds.yaml"), string(clouds))
		writeFile(t, filepath.Join(folder, "secure.yaml"), string(secure))
		writeFile(t, filepath.Join(folder, "public.yaml"), string(public))
		p := &config.Project{CloudName: "otc", ProjectID: "p"}
		a, err := Read(p)
		switch {
		case err != nil:
			if text := err.Error(); strings.Contains(text, "panicked") || strings.ContainsAny(text, "\n\x00") {
				t.Errorf("got %q", text)
			}
		case a.AccessKey != "":
			if a.SecretKey.Reveal() == "" {
				t.Error("an access key without its secret")
			}
		default:
			if !strings.HasPrefix(a.Endpoint, "http") || !strings.HasSuffix(a.Endpoint, "/v3") {
				t.Errorf("the endpoint is %q", a.Endpoint)
			}
			scope, err := a.Login.ToTokenV3ScopeMap()
			if err == nil {
				_, err = a.Login.ToTokenV3CreateMap(scope)
			}
			if err != nil {
				t.Errorf("cannot be logged in with: %v", err)
			}
		}
	})
}

package config

import (
	"reflect"
	"strings"
	"testing"
)

// TestSecretsThatYAMLChanges: what is valid YAML, but hardly the secret that was meant, is
// named without a word of it.
func TestSecretsThatYAMLChanges(t *testing.T) {
	const (
		anchor  = "begins with &, which has a meaning in YAML; quote it"
		escapes = `in double quotes \L, \N, \P and \_ have a meaning; use single quotes, or write \\`
		quotes  = `is in typographic quotes; use ' or "`
	)
	password := func(text string) string {
		return "username: u\n  domain_name: d\n  password: " + text
	}
	for text, want := range map[string]string{
		password("&hunter2 hunter2"):                                 "8: projects[0].password: " + anchor,
		password("&hunter2"):                                         "8: projects[0].password: " + anchor,
		password(`"hunter\P2"`):                                      "8: projects[0].password: has a line separator in it, U+2029; " + escapes,
		password(`"hunter\L2"`):                                      "8: projects[0].password: has a line separator in it, U+2028; " + escapes,
		password(`"hunter\N2"`):                                      "8: projects[0].password: has a line separator in it, U+0085; " + escapes,
		password(`"hunter\_2"`):                                      "8: projects[0].password: has a no-break space in it, U+00A0; " + escapes,
		password("“hunter2”"):                                        "8: projects[0].password: " + quotes,
		password("hunter2’"):                                         "8: projects[0].password: " + quotes,
		password("„hunter2"):                                         "8: projects[0].password: " + quotes,
		"access_key: ‘hunter2’\n  secret_key: s":                     "6: projects[0].access_key: " + quotes,
		"access_key: &hunter2\n  secret_key: s":                      "6: projects[0].access_key: " + anchor,
		"access_key: a\n  secret_key: “hunter2”":                     "7: projects[0].secret_key: " + quotes,
		"access_key: a\n  secret_key: s\n  security_token: &hunter2": "8: projects[0].security_token: " + anchor,
		"token: &a hunter2":                                          "6: projects[0].token: " + anchor,
		"metadata: true\n  proxy_url: http://proxy\n  proxy_connect_header: {A: [“hunter2”]}": "8: projects[0].proxy_connect_header.A[0]: " + quotes,
		"metadata: true\n  proxy_url: “http://u:hunter2@proxy”":                               "7: projects[0].proxy_url: " + quotes,
	} {
		_, err := Parse("c.yml", []byte("projects:\n- name: p\n  cloud: otc\n  region: eu-de\n  project_id: '1'\n  "+text+"\n"), options())
		if want = "c.yml:" + want; err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

func TestSecretsThatACommentCutsOff(t *testing.T) {
	const (
		head = "projects:\n- name: p\n  cloud: otc\n  region: eu-de\n  project_id: ID\n"
		jobs = "jobs: [{provider: elb, project: p, ids: [a]}]\n"
		cut  = "the value ends before ' #'; quote it if the # belongs to it"
	)
	for text, want := range map[string]string{
		"  token: hunt #er2\n":                                "dir/c.yml:6: projects[0].token: " + cut,
		"  access_key: a #b\n  secret_key: s\n":               "dir/c.yml:6: projects[0].access_key: " + cut,
		"  access_key: a\n  secret_key: hunt #er2\n":          "dir/c.yml:7: projects[0].secret_key: " + cut,
		"  username: u\n  domain_name: d\n  password: a #b\n": "dir/c.yml:8: projects[0].password: " + cut,
		"  metadata: true\n  proxy_url: http://proxy\n  proxy_connect_header:\n    A:\n    - hunt #er2\n": "dir/c.yml:10: projects[0].proxy_connect_header.A[0]: " + cut,
		"  token: hunter2 # comment\n":     "",
		"  token: hunter2 #\n":             "",
		"  token: 'hunter2' #quoted\n":     "",
		"  token: hunter#2\n":              "",
		"  token: hunter2\n  #region: a\n": "",
	} {
		var lines []string
		if want != "" {
			lines = []string{want}
		}
		if got := warningsOf(t, head+text+jobs); !reflect.DeepEqual(got, lines) || strings.Contains(strings.Join(got, ""), "hunt") {
			t.Errorf("%s: got %q, want %q", text, got, lines)
		}
	}
}

// TestOddSpacesOfValidYAML are in the indentation, where YAML takes them for text.
func TestOddSpacesOfValidYAML(t *testing.T) {
	const odd = "the character U+00A0 (no-break space) in the indentation; YAML is indented with spaces"
	c := mustParse(t, project+"metadata: true}")
	for text, want := range map[string]string{
		"- \u00a0provider: cfw\n":                                      "a.yml:1: [0].\"\\u00a0provider\": unknown key; there is " + odd,
		"- provider: cfw\n  project: p\n  \u200bids: [a]\n":            "a.yml:3: [0].\"\\u200bids\": unknown key; there is the character U+200B (looks like a space) in the indentation; YAML is indented with spaces",
		"- provider: cfw\n  project: p\n  ids:\n  - a\n   \u00a0- b\n": "a.yml:5: " + odd,
		"- provider: cfw\n  project: p\n  ids:\n    \u00a0- a\n":       "a.yml:3: [0].ids: must be a list, not text; line 4 has " + odd,
		"\u00a0- provider: cfw\n":                                      "a.yml:1: must be a list, not a mapping; line 1 has " + odd,
	} {
		_, err := c.ParseJobs("a.yml", []byte(text))
		if err == nil || !strings.Contains("\n"+err.Error()+"\n", "\n"+want+"\n") {
			t.Errorf("%q:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

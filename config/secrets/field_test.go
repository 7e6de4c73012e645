package secrets

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/strictyaml"
)

// account has each kind of field.
type account struct {
	id              string
	password, token Source
	certificateKey  Text
}

func accountFields() (fields strictyaml.Fields[account]) {
	fields = append(fields, KeyIDField("id", func(a *account) *string { return &a.id }))
	fields = append(fields, Fields("password", func(a *account) *Source { return &a.password })...)
	fields = append(fields, KeyFields("token", func(a *account) *Source { return &a.token })...)
	return append(fields, LinesField("certificate_key", func(a *account) *Text { return &a.certificateKey }))
}

func read(text string) (a account, err error) {
	d := strictyaml.NewDecoder("dir/a.yml")
	if root, ok := d.Document([]byte(text)); ok {
		accountFields().Read(d, root, &a)
	}
	return a, d.Err()
}

func TestFieldsAreReadAndHidden(t *testing.T) {
	a, err := read("id: AK\npassword: \"hunt er2\\n\"\ntoken: hunter2\ncertificate_key: |\n  hunter2\n  hunter3\n")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{a.id, a.password.Value.Reveal(), a.token.Value.Reveal(), a.certificateKey.Reveal()}
	if want := "AK;hunt er2;hunter2;hunter2\nhunter3\n"; strings.Join(got, ";") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	out, err := yaml.Marshal(accountFields().Node(&a))
	if want := "id: AK\npassword: <secret>\ntoken: <secret>\ncertificate_key: <secret>\n"; err != nil || string(out) != want {
		t.Errorf("written as\n%s%v\nwant\n%s", out, err, want)
	}

	a, err = read("password_file: p\ntoken_file: /t\n")
	if want := filepath.Join("dir", "p"); err != nil || a.password.File != want || a.token.File != "/t" {
		t.Errorf("got the files %s and %s, want %s and /t: %v", a.password.File, a.token.File, want, err)
	}
	out, err = yaml.Marshal(accountFields().Node(&a))
	if want := fmt.Sprintf("password_file: %s\ntoken_file: /t\n", filepath.Join("dir", "p")); err != nil || string(out) != want {
		t.Errorf("written as\n%s%v\nwant\n%s", out, err, want)
	}
}

func TestMistakesInFieldsShowNoSecret(t *testing.T) {
	for text, want := range map[string]string{
		"id: hunt er2":               "id: has a space in it",
		"id: “hunter2”":              `id: is in typographic quotes; use ' or "`,
		"password: “hunter2”":        `password: is in typographic quotes; use ' or "`,
		"password: [hunter2]":        "password: must be text, not a list",
		"token: hunt er2":            "token: has a space in it",
		`token: "hunter2\_"`:         `token: has a no-break space in it, U+00A0; in double quotes \L, \N, \P and \_ have a meaning; use single quotes, or write \\`,
		"certificate_key: {hunter2}": "certificate_key: must be text, not a mapping",
	} {
		if _, err := read(text); err == nil || err.Error() != "dir/a.yml:1: "+want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

package cloud

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudjob_exporter/config"
	"cloudjob_exporter/simulator"
)

func TestFilesThatChange(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	t.Setenv("OS_CLIENT_CONFIG_FILE", path("clouds.yaml"))
	cloud := newCloud(t, simulator.Options{})
	clouds := func(password, more string) string {
		return "clouds: {otc: {auth: {auth_url: 'https://iam.test/v3', username: reader, password: " + password + ", project_id: p}}, other: {" + more + "}}"
	}
	for _, test := range []struct {
		file              string
		auth              func(*config.Project)
		first, same, next string
	}{
		{
			"secret", withKey(config.SecretSource{File: path("secret")}),
			"one\n", "one", "two\n",
		},
		{
			"ca.pem", func(p *config.Project) { withKey(secret("sk"))(p); p.TLS.CAFile = path("ca.pem") },
			"one", "one", "two",
		},
		{
			"clouds.yaml", func(p *config.Project) { p.CloudName = "otc" },
			clouds("one", ""), clouds("one", "region_name: another"), clouds("two", ""),
		},
	} {
		t.Run(test.file, func(t *testing.T) {
			write := func(text string) {
				t.Helper()
				if err := os.WriteFile(path(test.file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write(test.first)
			client := newClient(t, cloud, test.auth)
			write(test.same)
			if client.FilesChanged() {
				t.Error("nothing has changed that counts")
			}
			write(test.next)
			if !client.FilesChanged() {
				t.Error("the file has changed")
			}
			if err := os.Remove(path(test.file)); err != nil {
				t.Fatal(err)
			}
			if !client.FilesChanged() {
				t.Error("the file is gone")
			}
		})
	}
}

func TestWarningsAboutCloudsYAML(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clouds.yaml")
	t.Setenv("OS_CLIENT_CONFIG_FILE", file)
	projects := []config.Project{{Name: "other"}, {Name: "prod", CloudName: "otc"}}
	for _, test := range []struct{ text, want string }{
		{"clouds: {otc: {auth: {auth_url: 'https://iam.test/v3', password: pass-word}}}", ""},
		{
			"clouds: {otc: {auth: {auth_url: 'HTTP://iam.test/v3', password: pass-word}}}",
			`project "prod": clouds.yaml: the auth_url of the entry "otc" is not encrypted, so that others can read the password`,
		},
		{"clouds: {otc: {auth: {auth_url: 'http://127.0.0.1:1/v3', password: pass-word}}}", ""},
		{"clouds: {}", `project "prod": clouds.yaml: cloud "otc" not found in clouds.yaml`},
		{"clouds: pass-word", `project "prod": clouds.yaml: the entry "otc" cannot be read`},
	} {
		if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(Warnings(projects), "\n"); got != test.want {
			t.Errorf("%s: got %s, want %s", test.text, got, test.want)
		}
	}
}

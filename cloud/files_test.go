package cloud

import (
	"os"
	"path/filepath"
	"testing"

	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/simulator"
)

func TestFilesThatChange(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	t.Setenv("OS_CLIENT_CONFIG_FILE", path("clouds.yaml"))
	cloud := newCloud(t, simulator.Options{})
	clouds := func(password, more string) string {
		return "clouds: {otc: {auth: {auth_url: 'https://iam.test/v3', username: reader, user_domain_name: OTC, password: " + password + "}}, other: {" + more + "}}"
	}
	for _, test := range []struct {
		file              string
		auth              func(*config.Project)
		first, same, next string
	}{
		{
			"secret", withKey(secrets.Source{File: path("secret")}),
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

package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// FuzzParse: whatever a file says, it is read or refused in words; and what was read
// can be written without a secret in it, and read again.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yml", "testdata/bad/*.yml", "testdata/jobs/*.yml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("no seeds in %s: %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			if len(data) < 2048 { // of larger ones, the fuzzer spends its time on making them small
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("c.yml", data, options())
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		out, err := yaml.Marshal(c)
		if err != nil {
			t.Fatalf("cannot be written: %v", err)
		}
		asJSON, err := json.Marshal(c)
		if err != nil {
			t.Fatalf("cannot be written as JSON: %v", err)
		}
		for _, secret := range secretsOf(c) {
			for _, text := range []string{string(out), string(asJSON), fmt.Sprintf("%+v", c)} {
				if strings.Contains(text, secret) {
					t.Errorf("the secret %q stands in\n%s", secret, text)
				}
			}
		}
		if _, err := Parse("c.yml", out, options()); err != nil {
			t.Errorf("what was written cannot be read: %v\n%s", err, out)
		}
		_, _ = c.ParseJobs("jobs.yml", data)
	})
}

// secretsOf lists the secrets that the fuzzer did not make too common to look for.
func secretsOf(c *Config) []string {
	var all []string
	for _, p := range c.Projects {
		for _, s := range []SecretSource{p.SecretKey, p.SecurityToken, p.Password, p.Token} {
			all = append(all, s.Value.Reveal())
		}
		all = append(all, p.TLSKey.Reveal())
		for _, values := range p.ProxyConnectHeader {
			for _, v := range values {
				all = append(all, v.Reveal())
			}
		}
		if u := p.Proxy.ProxyURL.URL; u != nil && u.User != nil {
			password, _ := u.User.Password()
			all = append(all, password)
		}
	}
	var rare []string
	for _, s := range all {
		if strings.Contains(s, plainText) {
			rare = append(rare, s)
		}
	}
	return rare
}

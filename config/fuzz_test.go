package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/fixture"
	"cloudjob_exporter/job"
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
	_, cert, key := fixture.Certificate(f)
	f.Add(fmt.Appendf(nil, "projects: [{name: p, cloud: otc, region: eu-de, project_id: '1', metadata: true, tls_config: {cert: %q, key: %q}}]", cert, "hunter2\n"+key))
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
		keyHidden := slices.ContainsFunc(c.Projects, func(p Project) bool { return p.TLS.Key.Reveal() != "" })
		if _, err := Parse("c.yml", out, options()); err != nil && !keyHidden { // with which a certificate is of no use
			t.Errorf("what was written cannot be read: %v\n%s", err, out)
		}
		_, _ = c.ParseJobs("jobs.yml", data)
	})
}

// FuzzParseJobs: whatever a job file says, it is refused in words, or gives jobs that
// may be asked for, of projects and providers that there are.
func FuzzParseJobs(f *testing.F) {
	files, err := filepath.Glob("testdata/jobs/*.yml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, text := range []string{
		"- {provider: elb, project: prod, ids: [a, 1e3, 0x1F, ..], api_version: v3, stuck_after: 1d}",
		"- &a {provider: cfw, project: prod, ids: [a]}\n- {<<: *a, ids: [b]}\n- *a",
		"- {provider: cfw, project: prod, ids: [a/../b, \"a\\n\", a%2fb, \u0430]}",
	} {
		f.Add([]byte(text))
	}
	c, err := Parse("c.yml", []byte("projects: [{name: prod, cloud: otc, region: eu-de, project_id: '1', token: hunter2}]"), options())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		groups, err := c.ParseJobs("jobs.yml", data)
		if err != nil {
			if err.Error() == "" || len(groups) > 0 {
				t.Errorf("%d groups and the error %q", len(groups), err)
			}
			return
		}
		type key struct{ provider, id string }
		seen := map[key]bool{}
		for _, g := range groups {
			if c.Project(g.Project) == nil || c.Project(g.Project).Endpoint(g.Provider) == "" || g.StuckAfter <= 0 {
				t.Errorf("accepted %+v", g)
			}
			for _, id := range g.IDs {
				if !job.ValidID(id) || seen[key{g.Provider, id}] {
					t.Errorf("accepted the ID %q", id)
				}
				seen[key{g.Provider, id}] = true
			}
		}
	})
}

// secretsOf lists the secrets that the fuzzer did not make too common to look for.
func secretsOf(c *Config) []string {
	var all []string
	for _, p := range c.Projects {
		for _, s := range []secrets.Source{p.SecretKey, p.SecurityToken, p.Password, p.Token} {
			all = append(all, s.Value.Reveal())
		}
		all = append(all, p.TLS.Key.Reveal())
		for _, values := range p.Proxy.ConnectHeader {
			for _, v := range values {
				all = append(all, v.Reveal())
			}
		}
		if u := p.Proxy.URL; u != nil && u.User != nil {
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

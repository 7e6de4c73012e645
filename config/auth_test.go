package config

import (
	"reflect"
	"strings"
	"testing"

	"cloudjob_exporter/config/secrets"
)

func TestEnvironment(t *testing.T) {
	const half = `dir/c.yml:3: projects[0]: the environment has CLOUD_SDK_AK, but not CLOUD_SDK_SK: not used`
	for _, tc := range []struct {
		name     string
		env      []string
		want     Project // only how it authenticates
		warnings []string
	}{
		{
			"first of two sets",
			[]string{"HW_ACCESS_KEY=b", "HW_SECRET_KEY=b", "CLOUD_SDK_AK=a", "CLOUD_SDK_SK=s"},
			Project{AccessKey: "a", SecretKey: inClear("s")},
			nil,
		},
		{
			"Huawei's SDKs",
			[]string{"HUAWEICLOUD_SDK_AK=a", "HUAWEICLOUD_SDK_SK=s", "HUAWEICLOUD_SDK_SECURITY_TOKEN=t"},
			Project{AccessKey: "a", SecretKey: inClear("s"), SecurityToken: inClear("t")},
			nil,
		},
		{
			"Huawei's Terraform",
			[]string{"HW_ACCESS_KEY=a", "HW_SECRET_KEY=s", "HW_SECURITY_TOKEN=t"},
			Project{AccessKey: "a", SecretKey: inClear("s"), SecurityToken: inClear("t")},
			nil,
		},
		{
			"OpenStack keys",
			[]string{"OS_ACCESS_KEY=a", "OS_SECRET_KEY=s", "OS_SECURITY_TOKEN=t", "OS_USERNAME=u", "OS_PASSWORD=p", "OS_DOMAIN_NAME=d"},
			Project{AccessKey: "a", SecretKey: inClear("s"), SecurityToken: inClear("t")},
			nil,
		},
		{
			"OpenStack user",
			[]string{"OS_USERNAME=u", "OS_PASSWORD=p", "OS_DOMAIN_NAME=d", "OS_USER_DOMAIN_NAME=e", "OS_TOKEN=t"},
			Project{Username: "u", Password: inClear("p"), DomainName: "d"},
			nil,
		},
		{
			"other name of the domain",
			[]string{"OS_USERNAME=u", "OS_PASSWORD=p", "OS_USER_DOMAIN_NAME=e"},
			Project{Username: "u", Password: inClear("p"), DomainName: "e"},
			nil,
		},
		{"OpenStack token", []string{"OS_TOKEN=t"}, Project{Token: inClear("t")}, nil},
		{
			"half a set",
			[]string{"CLOUD_SDK_AK=a", "CLOUD_SDK_SK=", "OS_TOKEN=t"},
			Project{Token: inClear("t")},
			[]string{half},
		},
		{
			"half a user",
			[]string{"OS_USERNAME=u", "OS_TOKEN=t"},
			Project{Token: inClear("t")},
			[]string{"dir/c.yml:3: projects[0]: the environment has OS_USERNAME, but not OS_PASSWORD and OS_DOMAIN_NAME or OS_USER_DOMAIN_NAME: not used"},
		},
		{"half a set after a whole one", []string{"CLOUD_SDK_AK=a", "CLOUD_SDK_SK=s", "HW_ACCESS_KEY=b"}, Project{AccessKey: "a", SecretKey: inClear("s")}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := mustParse(t, `
projects:
- &p {name: p, cloud: otc, region: eu-de, project_id: '1'}
- {<<: *p, name: q}
- {<<: *p, name: own, token: own}
`, tc.env...)
			for _, p := range c.Projects[:2] {
				want := tc.want
				want.Name, want.Cloud, want.Region, want.ProjectID, want.providers = p.Name, p.Cloud, p.Region, p.ProjectID, options().Providers
				if !reflect.DeepEqual(p, want) {
					t.Errorf("got %v, want %v", p, want)
				}
			}
			if own := c.Projects[2]; own.Auth() != AuthToken || own.AccessKey != "" {
				t.Errorf("a project with a token of its own took %v", own)
			}
			var warnings []string
			for _, w := range c.Warnings {
				if strings.Contains(w.Text, "environment") {
					warnings = append(warnings, w.String())
				}
			}
			if !reflect.DeepEqual(warnings, tc.warnings) {
				t.Errorf("warnings %q, want %q", warnings, tc.warnings)
			}
		})
	}
}

func inClear(s string) secrets.Source { return secrets.Source{Value: secrets.New(s)} }

func TestHalfAnEnvironmentIsNamed(t *testing.T) {
	_, err := Parse("c.yml", []byte(project+"}"), options("CLOUD_SDK_SK=hunter2"))
	if err == nil || !strings.HasSuffix(err.Error(), "or OS_TOKEN; the environment has CLOUD_SDK_SK, but not CLOUD_SDK_AK") {
		t.Errorf("got %v", err)
	}
	if strings.Contains(err.Error(), plainText) {
		t.Error("the error shows a secret")
	}
}

func TestRealEnvironment(t *testing.T) {
	for _, set := range environment {
		for _, names := range set.need {
			for _, name := range names {
				t.Setenv(name, "")
			}
		}
	}
	t.Setenv("OS_TOKEN", "t")
	o := options()
	o.LookupEnv = nil
	c, err := Parse("c.yml", []byte(project+"}"), o)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Projects[0].Token.Value.Reveal(); got != "t" {
		t.Errorf("token %q", got)
	}
}

func TestAuth(t *testing.T) {
	for text, want := range map[string]AuthMethod{
		"access_key: a, secret_key: s}":                                AuthAccessKey,
		"access_key: a, secret_key_file: s, security_token_file: t}":   AuthAccessKey,
		"access_key: a, secret_key: s, username: '', token: ~}":        AuthAccessKey,
		"username: u, password_file: p, domain_name: d}":               AuthPassword,
		"token: t, metadata: False}":                                   AuthToken,
		"token_file: t}":                                               AuthToken,
		"metadata: True}":                                              AuthMetadata,
		"cloud_name: c}":                                               AuthCloudName,
		"username: u, password: 'false', domain_name: 1, token: \"\"}": AuthPassword,
	} {
		if got := mustParse(t, project+text).Projects[0].Auth(); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
	if got := new(Project).Auth(); got != AuthNone {
		t.Errorf("an empty project authenticates by %d", got)
	}
}

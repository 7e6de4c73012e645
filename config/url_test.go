package config

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config/secrets"
)

func TestProxyURLs(t *testing.T) {
	const (
		whole   = "must be a whole URL, like http://proxy.example:3128; it may begin with http, https, socks5, socks5h"
		user    = "must be a whole URL, like http://user:password@proxy.example:3128; " + howToEscape
		escape  = "user and password are not escaped; " + howToEscape
		noPath  = "a proxy has no path, ? or #, only a host and a port, like http://proxy.example:3128; " + howToEscape
		written = "" // it is good
	)
	for text, want := range map[string]string{
		"http://proxy.example:3128":             written,
		"HTTP://proxy.example:3128/":            written,
		"socks5h://[::1]:1080":                  written,
		"http://user:pass@proxy":                written,
		"http://user:a:b@proxy":                 written,
		"http://user:%2F%40%3A%3F%23%25@proxy":  written,
		"http://token@proxy":                    written,
		"http://token:@proxy":                   written,
		"http://user:4711/Geheim@host:1":        escape,
		"http://user:4711/Geheim@host:1/":       escape,
		"http://user:Ge@heim@host:1":            escape,
		"http://us@er@host":                     escape,
		"http://user:Geheim?@host:1":            escape,
		"http://user:Geheim#@host:1":            escape,
		"http://user:1?a/Geheim@host":           escape,
		"http://host:1/user:Geheim@":            escape,
		"http://host:1/?user=me:Geheim@x":       escape,
		"http://user:Geheim%zz@host":            user,
		"http://user:Ge heim@host":              user,
		`http://user:Ge\heim@host`:              user,
		"http://user:Ge[heim@host":              user,
		"http://host:1@user:Geheim":             user,
		"http://user:4711/Geheim":               noPath,
		"http://host:1//":                       noPath,
		"http://host:1/path":                    noPath,
		"http://host:1?":                        noPath,
		"http://host:1#Geheim":                  noPath,
		"user:Geheim@host:3128":                 whole,
		"proxy.example:3128":                    whole,
		"http:user:Geheim@host":                 whole,
		"http://@:1":                            whole,
		"http://user:Geheim@":                   whole,
		"http://host:":                          whole,
		"http://host:70000":                     whole,
		"ftp://host":                            whole,
		"http://host name":                      whole,
		"http:///user:Geheim@host":              escape,
		"http:///host":                          whole,
		"//user:Geheim@host:1":                  whole,
		"http://user:Geheim@host:1/path/to/any": noPath,
	} {
		u, got := parseProxyURL(text)
		if got != want || (u == nil) != (want != "") {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestEndpointsWithUsers(t *testing.T) {
	const user = "must not have a user or password in it; credentials have keys of their own"
	for text, want := range map[string]string{
		"https://elb.example.com/base":          "",
		"https://me:Geheim@elb.example.com":     user,
		"https://me:4711/Geheim@elb.example":    user,
		"https://me:Ge@heim@elb.example":        user,
		"https://elb.example/me:Geheim@":        user,
		"https://elb.example/?a=me:Geheim@":     user,
		"https://elb.example/#Geheim":           "must not have a ? or # in it; it is the base of all paths",
		"https://me%3AGeheim%40elb.example.com": "must be a whole URL, like https://x.example",
		"elb.example.com":                       "must be a whole URL, like https://x.example",
	} {
		if got := checkEndpoint(text, "https://x.example"); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestNoProxy(t *testing.T) {
	const url = "must be a list of hosts, domains or networks, like .example.com,10.0.0.0/8, not a URL, and without a user or password"
	for text, want := range map[string]string{
		".example.com,10.0.0.0/8, host:1,[::1]": "",
		"*":                                     "",
		"http://u:Geheim@h":                     url,
		"a,u:Geheim@h":                          url,
		"http://h":                              url,
	} {
		if got := checkNoProxy(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	_, err := Parse("c.yml", []byte(project+"metadata: true, proxy_url: 'http://proxy', no_proxy: 'http://u:Geheim@h'}"), options())
	if want := "c.yml:2: projects[0].no_proxy: " + url; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestPlainHTTP(t *testing.T) {
	for url, want := range map[string]bool{
		"http://example.com":       true,
		"HTTP://example.com":       true,
		"http://10.0.0.1:80":       true,
		"http://localhost.example": true,
		"http://127.example":       true,
		"http://[fe80::1%25eth0]":  true,
		"http://localhost:1":       false,
		"http://LocalHost":         false,
		"http://127.0.0.1:1/v3":    false,
		"http://127.8.9.1":         false,
		"http://[::1]:1":           false,
		"http://[::ffff:7f00:1]":   false,
		"https://example.com":      false,
	} {
		if got := PlainHTTP(url); got != want {
			t.Errorf("%s: got %t", url, got)
		}
	}
}

func TestProxiesFromTheEnvironment(t *testing.T) {
	const text = project + "metadata: true, proxy_from_environment: true}"
	for _, tc := range []struct {
		env     []string
		want    string
		secrets []string
	}{
		{env: []string{"HTTPS_PROXY=http://me:hunter2@proxy:1"}, secrets: []string{"hunter2", "bWU6aHVudGVyMg"}},
		{env: []string{"https_proxy=hunter2@proxy:1", "HTTP_PROXY=me:hunter2@proxy"}, secrets: []string{"hunter2", "bWU6aHVudGVyMg", "hunter2", "aHVudGVyMjo"}},
		{env: []string{"HTTPS_PROXY=proxy:1", "http_proxy=/"}, want: "http_proxy"},
		{env: []string{"HTTPS_PROXY=http://me:4711/hunter2@proxy:1"}, want: "HTTPS_PROXY"},
		{env: []string{"HTTPS_PROXY=me:hunt@er2@proxy:1"}, want: "HTTPS_PROXY"},
		{env: []string{"HTTPS_PROXY=http://me:hunter2@proxy:1\n"}, want: "HTTPS_PROXY"},
		{env: []string{"HTTPS_PROXY=http://proxy:1", "https_proxy=http://me:4711/hunter2@proxy:1"}, want: "https_proxy"},
		{env: []string{"HTTP_PROXY=http://proxy:1", "http_proxy=http://me:4711/hunter2@proxy:1"}, want: "http_proxy"},
		{env: []string{"HTTPS_PROXY=http://me:4711/hunter2@proxy:1", "https_proxy=http://proxy:1"}, want: "HTTPS_PROXY"},
		{
			env:     []string{"HTTP_PROXY=http://me:hunter2@proxy:1", "http_proxy=http://me:hunter3@proxy:1", "HTTPS_PROXY=hunter4@proxy", "https_proxy=proxy"},
			secrets: []string{"hunter2", "bWU6aHVudGVyMg", "hunter3", "bWU6aHVudGVyMw", "hunter4", "aHVudGVyNDo"},
		},
	} {
		c, err := Parse("c.yml", []byte(text), options(tc.env...))
		if tc.want != "" {
			want := "c.yml:2: projects[0].proxy_from_environment: environment variable " + tc.want + ": "
			if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunt") {
				t.Errorf("%s: got %v", tc.env, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tc.env, err)
			continue
		}
		if got := c.Projects[0].ProxySecrets(); fmt.Sprint(got) != fmt.Sprint(tc.secrets) {
			t.Errorf("%s: secrets %q, want %q", tc.env, got, tc.secrets)
		}
		if text := fmt.Sprintf("%+v", c); strings.Contains(text, "hunter2") {
			t.Errorf("shows the password: %s", text)
		}
	}
	bad := []string{"HTTPS_PROXY=http://me:4711/hunter2@proxy:1"}
	mustParse(t, project+"metadata: true}", bad...) // which does not look at it
}

// FuzzPasswordsInURLs: of a URL with any password no part is shown, whether the URL is
// taken or refused.
func FuzzPasswordsInURLs(f *testing.F) {
	for _, password := range []string{
		"4711/Geheim", "Ge@heim", "@Geheim/", "/Geheim@", "?Geheim", "#Geheim", "%zzGeheim", "%2FGeheim", "Ge:heim", ":Geheim", "Geheim:",
		"<secret>Geheim", "Ge heim", "Geheim\n", "Geheim\\", "[Geheim]", "1/@2/Geheim", "@host:1/Geheim", "Geheim@host:1?", "x@h/Geheim%40",
	} {
		f.Add(password)
	}
	f.Fuzz(func(t *testing.T, password string) {
		for _, form := range []string{"http://user:%s@host:1", "http://%s@host:1", "http://%s:@host:1", "%s@host:1", "http://host:1/%s@", "socks5://u:%s@[::1]:1"} {
			if strings.Contains(password, ":") && !strings.Contains(form, ":%s@") {
				continue // what stands before the colon is the name of a user
			}
			shown := all(t, fmt.Sprintf(form, password))
			base := all(t, fmt.Sprintf(form, "")) + all(t, fmt.Sprintf(form, "0"))
			for i := 0; i+4 <= len(password); i++ {
				if part := password[i : i+4]; strings.Contains(shown, part) && !strings.Contains(base+secrets.Hidden, part) {
					t.Fatalf("the part %q of the password is shown for %s:\n%s", part, form, shown)
				}
			}
		}
	})
}

// all is all that is shown of a configuration with a URL everywhere.
func all(t *testing.T, url string) string {
	var shown strings.Builder
	quoted := strconv.QuoteToASCII(url)
	for _, keys := range []string{"proxy_url: URL", "endpoints: {iam: URL}", "endpoints: {elb: URL, cfw: URL}", "proxy_url: 'http://proxy', no_proxy: URL", "proxy_from_environment: true"} {
		text := project + "metadata: true, " + strings.ReplaceAll(keys, "URL", quoted) + "}"
		c, err := Parse("c.yml", []byte(text), options("HTTP_PROXY="+url, "http_proxy="+url, "HTTPS_PROXY="+url, "https_proxy="+url))
		if err != nil {
			shown.WriteString(err.Error())
			continue
		}
		asYAML, err := yaml.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&shown, "%s%s%v%+v%#v%v%v", asYAML, asJSON, c, *c, c.Projects, c.Projects[0], c.Warnings)
	}
	return shown.String()
}

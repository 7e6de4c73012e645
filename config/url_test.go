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

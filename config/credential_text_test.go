package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestCredentialsOfTheEnvironment: a line end comes off, and other mistakes name the
// variable that is used, never its value.
func TestCredentialsOfTheEnvironment(t *testing.T) {
	sets := [][]string{
		{"CLOUD_SDK_AK", "CLOUD_SDK_SK"},
		{"HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"},
		{"HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN"},
		{"OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_SECURITY_TOKEN"},
		{"OS_USERNAME", "OS_PASSWORD", "OS_DOMAIN_NAME"},
		{"OS_USERNAME", "OS_PASSWORD", "OS_USER_DOMAIN_NAME"},
		{"OS_TOKEN"},
	}
	for _, names := range sets {
		spaces := names[0] == "OS_USERNAME" // may be in all of them
		env := func(special, value string) (set []string) {
			for _, name := range names {
				if name == special {
					set = append(set, name+"="+value)
				} else {
					set = append(set, name+"=hunter2")
				}
			}
			return set
		}
		for _, name := range names {
			for value, mistake := range map[string]string{
				"hunter2\n": "", "hunter2\r\n": "",
				"hunter2\n\n":   "has more than one line; only one line end, at its end, is ignored",
				"hunter2\t":     "has a control character in it, U+0009",
				"\x1bhunter2":   "has a control character in it, U+001B",
				"\u0020hunter2": "has a space in it",
				"hunter2é":      "has a character in it that keys and tokens do not have; they are letters, digits and signs of ASCII",
			} {
				if spaces && !strings.ContainsAny(value, "\n\t\x1b") {
					mistake = ""
				}
				c, err := Parse("c.yml", []byte(project+"}"), options(env(name, value)...))
				if mistake != "" {
					if want := fmt.Sprintf("c.yml:2: projects[0]: environment variable %s %s", name, mistake); err == nil || err.Error() != want {
						t.Errorf("%s=%q: got %v, want %s", name, value, err, want)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s=%q: %v", name, value, err)
					continue
				}
				p := &c.Projects[0]
				for _, got := range []string{
					p.AccessKey, p.SecretKey.Value.Reveal(), p.SecurityToken.Value.Reveal(),
					p.Username, p.Password.Value.Reveal(), p.DomainName, p.Token.Value.Reveal(),
				} {
					if got != "" && got != "hunter2" && got != strings.TrimRight(value, "\r\n") {
						t.Errorf("%s=%q gives %q", name, value, got)
					}
				}
			}
		}
	}
	if _, err := Parse("c.yml", []byte(project+"}"), options("OS_TOKEN=\n")); err == nil || !strings.Contains(err.Error(), "no way to authenticate") {
		t.Errorf("a variable with a line end alone: %v", err)
	}
	mustParse(t, project+"}", "OS_TOKEN=t", "OS_PASSWORD=a\tb") // which is not used
}

func TestLineEndsInTheFile(t *testing.T) {
	c := mustParse(t, `
projects:
- {name: p, cloud: "otc\n", region: "eu-de\r\n", project_id: "1\n", access_key: "a\n", secret_key: "s\n", security_token_file: "t\n",
  endpoints: {elb: "https://e\n"}, proxy_url: "http://proxy\n", proxy_connect_header: {A: ["b\n"]}}
- {name: q, cloud: otc, region: eu-de, project_id: "1", username: "u\n", password: "p\n", domain_name: "d\n"}
- {name: r, cloud: otc, region: eu-de, project_id: "1", token: "t\n"}
- {name: s, cloud: otc, region: eu-de, project_id: "1", cloud_name: "n\n"}
`)
	p, q := c.Projects[0], c.Projects[1]
	got := []string{
		p.Cloud, p.Region, p.ProjectID, p.AccessKey, p.SecretKey.Value.Reveal(), p.SecurityToken.File, p.Endpoints["elb"], p.Proxy.URL.String(),
		p.Proxy.ConnectHeader["A"][0].Reveal(), q.Username, q.Password.Value.Reveal(), q.DomainName, c.Projects[2].Token.Value.Reveal(), c.Projects[3].CloudName,
	}
	want := "otc eu-de 1 a s dir/t https://e http://proxy b u p d t n"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("got %q, want %q", text, want)
	}
}

func TestControlCharactersInTheFile(t *testing.T) {
	const control, space = "has a control character in it, U+0009", "has a space in it"
	for text, want := range map[string]string{
		`access_key: "hunter2\t", secret_key: s}`:                     "access_key: " + control,
		`access_key: "hunt er2", secret_key: s}`:                      "access_key: " + space,
		`access_key: a, secret_key: "hunter2\t"}`:                     "secret_key: " + control,
		`access_key: a, secret_key: s, security_token: " hunter2"}`:   "security_token: " + space,
		`access_key: a, secret_key: "\n"}`:                            "secret_key: is empty",
		`token: "hunt er2"}`:                                          "token: " + space,
		`token: "hunter2\n\n"}`:                                       "token: has more than one line; only one line end, at its end, is ignored",
		`username: "hunter2\t", password: p, domain_name: d}`:         "username: " + control,
		`username: u, password: "hunter2\t", domain_name: d}`:         "password: " + control,
		`username: u, password: p, domain_name: "hunter2\t"}`:         "domain_name: " + control,
		`cloud_name: "hunter2\t"}`:                                    "cloud_name: " + control,
		`metadata: true, proxy_url: "http://u:hunter2\t@proxy:1"}`:    "proxy_url: " + control,
		`metadata: true, endpoints: {elb: "https://e/hunter2\t"}}`:    "endpoints.elb: " + control,
		`metadata: true, tls_config: {server_name: "hunter2\t"}}`:     "tls_config.server_name: " + control,
		`username: u, password_file: "hunter2\t", domain_name: d}`:    "password_file: " + control,
		`metadata: true, proxy_url: 'http://a', no_proxy: "b\thunt"}`: "no_proxy: " + control,
	} {
		_, err := Parse("c.yml", []byte(project+text), options())
		if want = "c.yml:2: projects[0]." + want; err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

package transport

import "testing"

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
	_, err := read("proxy_url: 'http://proxy'\nno_proxy: 'http://u:Geheim@h'\n")
	if want := "dir/c.yml:2: no_proxy: " + url; err == nil || err.Error() != want {
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

package transport

import (
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"strings"
	"testing"

	commoncfg "github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config/secrets"
)

func TestProxy(t *testing.T) {
	const text = "proxy_url: 'http://u:p@proxy:1'\nno_proxy: a\nproxy_connect_header: {A: [b, c]}\n"
	c, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	want := commoncfg.ProxyConfig{
		ProxyURL: commoncfg.URL{URL: &url.URL{
			Scheme: "http", User: url.UserPassword("u", "p"), Host: "proxy:1",
		}},
		NoProxy: "a", ProxyConnectHeader: commoncfg.ProxyHeader{"A": {"b", "c"}},
	}
	proxy := c.Proxy.Config()
	if !reflect.DeepEqual(proxy, want) {
		t.Error("the proxy is not as configured")
	}
	if err := proxy.Validate(); err != nil {
		t.Errorf("prometheus/common does not accept it: %v", err)
	}
	if again, err := read(text); proxy.Proxy() == nil || !reflect.DeepEqual(c, again) || err != nil {
		t.Error("asking for the proxy changes the configuration")
	}
}

func TestProxiesThatCannotBe(t *testing.T) {
	for text, want := range map[string]string{
		"proxy_url: 'http://a'\nproxy_from_environment: true": "dir/c.yml:2: proxy_from_environment: proxy_url is given, too, in line 1; keep one of them",
		"no_proxy: a\nproxy_from_environment: true":           "dir/c.yml:1: no_proxy: only works with proxy_url; with proxy_from_environment the variable NO_PROXY says it",
		"no_proxy: a": "dir/c.yml:1: no_proxy: only works with proxy_url",
		"name: p\nproxy_connect_header: {A: [b]}":                          "dir/c.yml:2: proxy_connect_header: only works with proxy_url or proxy_from_environment",
		"proxy_url: 'http://a'\nproxy_connect_header: {'A b': [c]}":        `dir/c.yml:2: proxy_connect_header."A b": not a name that a header may have`,
		"proxy_url: 'http://a'\nproxy_connect_header: {A: [\"b\\n\\nc\"]}": "dir/c.yml:2: proxy_connect_header.A[0]: not a value that a header may have",
	} {
		if _, err := read(text); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

// TestProxiesDoNotLeak prints each in every way that a program may happen to.
func TestProxiesDoNotLeak(t *testing.T) {
	const password = "hunter2"
	address, err := url.Parse("http://u:" + password + "@proxy:1")
	if err != nil {
		t.Fatal(err)
	}
	token := &url.URL{Scheme: "http", User: url.User(password), Host: "proxy:1"}
	for _, p := range []Proxy{
		{URL: address, ConnectHeader: map[string][]secrets.Text{"A": {secrets.New(password)}}},
		{URL: token, environment: []secrets.Text{secrets.New(password)}},
	} {
		nested := struct {
			value   Proxy
			pointer *Proxy
		}{p, &p}
		for _, v := range []any{p, &p, []Proxy{p}, map[string]Proxy{"a": p}, nested, &nested} {
			var log strings.Builder
			slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				fmt.Fprintf(&log, verb, v)
			}
			asYAML, err := yaml.Marshal(v)
			if shown := log.String() + string(asYAML); err != nil || strings.Contains(shown, password) || strings.Contains(shown, fmt.Sprintf("%x", password)) {
				t.Errorf("shows the password: %s, %v", shown, err)
			}
		}
	}
	if got, want := fmt.Sprint(Proxy{URL: address, NoProxy: "a"}), "{proxy_url: 'http://u:<secret>@proxy:1', no_proxy: a}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestProxiesFromTheEnvironment(t *testing.T) {
	const text = "name: p\nproxy_from_environment: true\n"
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
		c, err := read(text, tc.env...)
		if tc.want != "" {
			want := "dir/c.yml:2: proxy_from_environment: environment variable " + tc.want + ": "
			if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hunt") {
				t.Errorf("%s: got %v", tc.env, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tc.env, err)
			continue
		}
		if got := c.Proxy.Secrets(); fmt.Sprint(got) != fmt.Sprint(tc.secrets) {
			t.Errorf("%s: secrets %q, want %q", tc.env, got, tc.secrets)
		}
		if text := fmt.Sprintf("%+v", c); strings.Contains(text, "hunter2") {
			t.Errorf("shows the password: %s", text)
		}
	}
	bad := []string{"HTTPS_PROXY=http://me:4711/hunter2@proxy:1"}
	if _, err := read("name: p\n", bad...); err != nil {
		t.Errorf("what nobody asks for is looked at: %v", err)
	}
}

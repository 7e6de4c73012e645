package config

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	commoncfg "github.com/prometheus/common/config"
)

func TestTransport(t *testing.T) {
	dir := t.TempDir()
	certified(t, dir, "")
	below, err := filepath.Rel(Absolute("dir"), dir)
	if err != nil {
		t.Fatal(err)
	}
	text := project + `metadata: true, proxy_url: 'http://u:p@proxy:1', no_proxy: a, proxy_connect_header: {A: [b, c]},
 tls_config: {ca_file: ` + below + `/cert.pem, cert_file: ` + dir + `/cert.pem, key_file: ` + below + `/key.pem, server_name: s, min_version: TLS12, max_version: TLS13}}`
	c := mustParse(t, text)
	want := commoncfg.ProxyConfig{
		ProxyURL: commoncfg.URL{URL: &url.URL{
			Scheme: "http", User: url.UserPassword("u", "p"), Host: "proxy:1",
		}},
		NoProxy: "a", ProxyConnectHeader: commoncfg.ProxyHeader{"A": {"b", "c"}},
	}
	p := &c.Projects[0]
	proxy := p.ProxyConfig()
	if !reflect.DeepEqual(proxy, want) {
		t.Error("the proxy is not as configured")
	}
	if proxy.Proxy() == nil || !reflect.DeepEqual(c, mustParse(t, text)) {
		t.Error("asking for the proxy changes the configuration")
	}
	wantTLS := commoncfg.TLSConfig{
		CAFile: filepath.Join("dir", below, "cert.pem"), CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join("dir", below, "key.pem"), ServerName: "s",
		MinVersion: commoncfg.TLSVersions["TLS12"], MaxVersion: commoncfg.TLSVersions["TLS13"],
	}
	if !reflect.DeepEqual(p.TLS, wantTLS) {
		t.Errorf("got %+v, want %+v", p.TLS, wantTLS)
	}
	tls := p.tlsSettings()
	if err := errors.Join(proxy.Validate(), tls.Validate()); err != nil {
		t.Errorf("prometheus/common does not accept it: %v", err)
	}
}

func TestTLSKeyInClear(t *testing.T) {
	_, cert, key := pair(t)
	c := mustParse(t, project+fmt.Sprintf("metadata: true, tls_config: {cert: %q, key: %q, ca: %q}}", cert, key, cert))
	if got, want := c.Projects[0].tlsSettings(), (commoncfg.TLSConfig{CA: cert, Cert: cert, Key: commoncfg.Secret(key)}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestEverythingEmptyIsDefault(t *testing.T) {
	c := mustParse(t, project+`metadata: true, proxy_url: "", tls_config: {}, endpoints: {}, access_key: ~}
poll:
jobs:
job_files: []
discover: ~
`)
	want := mustParse(t, project+"metadata: true}")
	c.Warnings = want.Warnings // whose lines are others
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %v, want %v", c, want)
	}
}

func TestParseJobs(t *testing.T) {
	c := mustParse(t, project+"metadata: true}\njobs: [{provider: elb, project: p, ids: [a]}]")
	got, err := c.ParseJobs("jobs.d/a.yml", []byte("- {provider: elb, project: p, ids: [a, 1e3]}\n- {provider: cfw, project: p, ids: [a], stuck_after: 1m}"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Jobs{
		{Provider: "elb", Project: "p", APIVersion: "v1.0", IDs: []string{"a", "1e3"}, StuckAfter: 30 * time.Minute},
		{Provider: "cfw", Project: "p", IDs: []string{"a"}, StuckAfter: time.Minute},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, err := c.ParseJobs("none.yml", []byte("[]")); len(got) > 0 || err != nil {
		t.Errorf("an empty list: %v, %v", got, err)
	}
}

func TestProvidersThatCannot(t *testing.T) {
	o := Options{Providers: []Provider{{Name: "cfw"}}}
	_, err := Parse("c.yml", []byte(project+"metadata: true}\ndiscover: [{provider: cfw, project: p}]"), o)
	if want := "c.yml:3: discover[0].provider: provider cfw has no API that lists jobs; none has"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Parse("c.yml", []byte(project+"metadata: true}\njobs: [{provider: cfw, project: p, ids: [a]}]"), Options{})
	if want := `c.yml:3: jobs[0].provider: unknown provider "cfw"; none is known`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

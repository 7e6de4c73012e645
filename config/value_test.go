package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/fixture"
)

// TestTransport: what is said of proxy and TLS stands among the keys of a project.
func TestTransport(t *testing.T) {
	_, cert, _ := fixture.Certificate(t)
	caFile := fixture.File(t, t.TempDir(), "ca.pem", cert)
	text := project + "metadata: true, proxy_from_environment: true, tls_config: {ca_file: " + caFile + "}}"
	p := mustParse(t, text, "HTTPS_PROXY=http://u:hunter2@proxy:1").Projects[0]
	if got, want := p.Proxy.Secrets(), []string{"hunter2", "dTpodW50ZXIy"}; !reflect.DeepEqual(got, want) || p.TLS.CAFile != caFile {
		t.Errorf("got %q and %s, want %q and %s", got, p.TLS.CAFile, want, caFile)
	}
	_, err := Parse("c.yml", []byte(text), options("HTTPS_PROXY=http://u@hunter2@proxy:1"))
	if want := "c.yml:2: projects[0].proxy_from_environment: environment variable HTTPS_PROXY: user and password are not escaped; "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s…", err, want)
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

package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
	"cloudjob_exporter/strictyaml"
)

// options knows the two providers of the exporter and an empty environment.
func options(env ...string) Options {
	return Options{
		Providers: []Provider{
			{Name: "cfw", Statuses: map[string][]job.Status{"": {job.Running, job.Success, job.Failed, job.Unknown}}},
			{
				Name:        "elb",
				APIVersions: []string{"v1.0", "v3"},
				Discover:    []string{"v3"},
				Statuses: map[string][]job.Status{
					"v1.0": {job.Init, job.Running, job.Success, job.Failed, job.Unknown},
					"v3":   {job.Init, job.Running, job.Success, job.Failed, job.RollingBack, job.Canceled, job.Unknown},
				},
			},
		},
		LookupEnv: func(name string) (string, bool) {
			for _, e := range env {
				if k, v, _ := strings.Cut(e, "="); k == name {
					return v, true
				}
			}
			return "", false
		},
	}
}

// project is a whole project but for its end, which a test adds.
const project = "projects:\n- {name: p, cloud: otc, region: eu-de, project_id: '1', "

func mustParse(t *testing.T, text string, env ...string) *Config {
	t.Helper()
	c, err := Parse("dir/c.yml", []byte(text), options(env...))
	if err != nil {
		t.Fatalf("Parse: %v\nof\n%s", err, text)
	}
	return c
}

func TestLoadMinimal(t *testing.T) {
	c, err := Load("testdata/minimal.yml", options())
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Poll: Poll{
			Interval: 30 * time.Second, Timeout: 10 * time.Second, Concurrency: 16, RateLimit: 10,
			MaxStale: 15 * time.Minute,
		},
		Projects: []Project{{
			Name: "prod", Cloud: "otc", Region: "eu-de", ProjectID: "09bb24e6fe80d23d2fa2c010b53b418c",
			AccessKey: "AK", SecretKey: secrets.Source{Value: secrets.New("SK")}, providers: options().Providers,
		}},
		Jobs: []Jobs{{
			Provider: "cfw", Project: "prod", StuckAfter: 30 * time.Minute,
			IDs: []string{"f588ce71-e26c-400d-8981-f854355f6849"},
		}},
		Registration: defaultRegistration,
		providers:    options().Providers,
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

// example is cloudjob.example.yml with certificates that there are.
func example(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("../cloudjob.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	return []byte(certified(t, t.TempDir(), string(text)))
}

func TestLoadExample(t *testing.T) {
	c, err := Parse("../cloudjob.example.yml", example(t), options())
	if err != nil {
		t.Fatal(err)
	}
	methods := []AuthMethod{AuthAccessKey, AuthPassword, AuthToken, AuthMetadata, AuthCloudName}
	for i, p := range c.Projects {
		if p.Auth() != methods[i] {
			t.Errorf("%s: authenticates by %d, want %d", p.Name, p.Auth(), methods[i])
		}
	}
	for _, w := range c.Warnings {
		if !strings.Contains(w.Text, "no such file") {
			t.Errorf("unexpected warning: %s", w)
		}
	}
	if want := []string{"../jobs.d/*.yml"}; !reflect.DeepEqual(c.JobFiles, want) {
		t.Errorf("job files %q, want %q", c.JobFiles, want)
	}
	// What the example calls a default is one.
	if c.Poll != defaultPoll {
		t.Errorf("poll %+v, want the defaults %+v", c.Poll, defaultPoll)
	}
	if c.Registration != defaultRegistration {
		t.Errorf("registration %+v, want the defaults %+v", c.Registration, defaultRegistration)
	}
	d := c.Discover[0]
	d.Provider, d.Project, d.APIVersion, d.Statuses, d.JobTypes = "", "", "", nil, nil
	want := defaultDiscover
	want.Interval = defaultPoll.Interval
	if !reflect.DeepEqual(d, want) {
		t.Errorf("discover %+v, want the defaults %+v", d, want)
	}
}

// TestExampleHasEveryKey reads the keys from the tables of the package.
func TestExampleHasEveryKey(t *testing.T) {
	text, err := os.ReadFile("../cloudjob.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	d := new(decoder)
	keys := slices.Concat(d.configFields().Keys(), pollFields.Keys(), d.projectFields().Keys(), jobsFields.Keys(), registrationFields.Keys(), discoverFields.Keys())
	for _, key := range keys {
		if !strings.Contains(string(text), " "+key+":") && !strings.Contains(string(text), "\n"+key+":") {
			t.Errorf("cloudjob.example.yml does not show %s", key)
		}
	}
}

func TestLoadMissing(t *testing.T) {
	_, err := Load("testdata/none.yml", options())
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	if want := "testdata/none.yml: cannot be read: no such file or directory"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if _, err = Load("testdata", options()); err == nil || err.Error() != "testdata: cannot be read: is a directory" {
		t.Errorf("a folder: %v", err)
	}
}

func TestLoadTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yml")
	if err := os.WriteFile(path, []byte(strings.Repeat("#", strictyaml.MaxFileSize+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, options()); err == nil || err.Error() != path+": is larger than 16 MiB" {
		t.Errorf("got %v", err)
	}
}

func TestRoundTrip(t *testing.T) {
	c, err := Parse("cloudjob.yml", example(t), options())
	if err != nil {
		t.Fatal(err)
	}
	out, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("cloudjob.yml", out, options())
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, out)
	}
	second, err := yaml.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if string(out) != string(second) {
		t.Errorf("written, read and written again:\n%s\nfirst:\n%s", second, out)
	}
}

func TestMarshalGolden(t *testing.T) {
	c := mustParse(t, `
poll: {interval: 90m, timeout: 1.5s, max_stale: 1d, rate_limit: 0.5}
projects:
- name: p
  cloud: otc
  region: eu-de
  project_id: '0123'
  username: u
  password: hunter2
  domain_name: d
  endpoints: {elb: http://127.0.0.1:1/}
  proxy_url: http://me:hunter2@proxy:1
  tls_config: {min_version: TLS12, insecure_skip_verify: true}
  proxy_connect_header: {X-Secret: [hunter2]}
jobs: [{provider: elb, project: p, ids: [1, a]}]
job_files: [jobs.d/*.yml, /abs/*]
discover: [{provider: elb, project: p}]
`)
	c.Projects[0].TLS.Cert, c.Projects[0].TLS.Key = "c", secrets.New("hunter2")
	got, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/marshal.golden.yml")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestAnchorsAndMerges(t *testing.T) {
	c := mustParse(t, `
projects:
- &base {name: p, cloud: otc, region: eu-de, project_id: '1', metadata: true}
- {<<: *base, name: q, region: &nl eu-nl}
- {<<: [{name: r}, *base], region: *nl}
jobs:
- {provider: cfw, project: p, ids: &ids [a, b]}
- {provider: elb, project: p, ids: *ids}
`)
	var got []string
	for _, p := range c.Projects {
		got = append(got, p.Name+" "+p.Region)
	}
	if want := []string{"p eu-de", "q eu-nl", "r eu-nl"}; !reflect.DeepEqual(got, want) {
		t.Errorf("projects %q, want %q", got, want)
	}
	if want := []string{"a", "b"}; !reflect.DeepEqual(c.Jobs[1].IDs, want) {
		t.Errorf("ids %q, want %q", c.Jobs[1].IDs, want)
	}
}

func TestProjectByName(t *testing.T) {
	c := mustParse(t, project+"metadata: true}")
	if p := c.Project("p"); p != &c.Projects[0] {
		t.Errorf("got %v", p)
	}
	if p := c.Project("q"); p != nil {
		t.Errorf("got %v, want none", p)
	}
}

func TestFolderOfPatternsIsNoPattern(t *testing.T) {
	c, err := Parse("a[1]/c.yml", []byte(project+"metadata: true}\njob_files: ['*.yml']"), options())
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := filepath.Match(c.JobFiles[0], "a[1]/x.yml"); !ok || err != nil {
		t.Errorf("%q does not match a[1]/x.yml: %v", c.JobFiles[0], err)
	}
}

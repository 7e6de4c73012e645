package simulator

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, path string
		project, job  string
		ok            bool
	}{
		{"/v3/{project_id}/jobs/{job_id}", "/v3/p/jobs/j", "p", "j", true},
		{"/v3/{project_id}/jobs/{job_id}", "/v3/p/jobs/", "p", "", true},
		{"/v3/{project_id}/jobs/{job_id}", "/v3/p/jobs/a%2Fb", "p", "a/b", true},
		{"/v3/{project_id}/jobs/{job_id}", "/v3/p/jobs", "", "", false},
		{"/v3/{project_id}/jobs/{job_id}", "/v3/p/jobs/j/", "", "", false},
		{"/v3/{project_id}/jobs/{job_id}", "/v1.0/p/jobs/j", "", "", false},
		{"/v3/{project_id}/jobs?id={job_id}", "/v3/p/jobs", "p", "", true},
		{"/v3/{project_id}/elb/jobs", "/v3/p/elb/jobs", "p", "", true},
		{"", "/", "", "", false},
	} {
		project, job, ok := match(tt.pattern, segments(tt.path))
		if project != tt.project || job != tt.job || ok != tt.ok {
			t.Errorf("%s, %s: got %q, %q, %t", tt.pattern, tt.path, project, job, ok)
		}
	}
}

func TestServiceNamedByPathOrHost(t *testing.T) {
	c := newTestCloud(t, Options{})
	for url, want := range map[string]Service{
		"https://cloud.example/v3/p/jobs/j":                           ServiceCFW, // as at one address for both
		"https://cloud.example/v1.0/p/jobs/j":                         ServiceELB,
		"https://cloud.example/v1/p/jobs/j":                           ServiceGateway,
		"https://cloud.example/v3/p/jobs?id=j":                        ServiceGateway,
		"http://127.0.0.1:1/ecs/v1/p/jobs/j":                          "ecs",
		"http://127.0.0.1:1/bms/v1/p/jobs/j":                          "bms",
		"http://127.0.0.1:1/ddm/v3/p/jobs/j":                          "ddm",
		"http://127.0.0.1:1/cfw/v3/p/jobs/j":                          ServiceCFW,
		"http://127.0.0.1:1/none/v3/p/jobs/j":                         ServiceGateway,
		"https://evs.test/v1/p/jobs/j":                                "evs",
		"https://evs.test/v3/p/jobs/j":                                ServiceGateway,
		"https://evs.test/ecs/v1/p/jobs/j":                            "ecs",
		"https://rds.eu-de.otc.t-systems.com/v3/p/jobs?id=j":          "rds",
		"https://sfs-turbo.eu-nl.example/v1/p/sfs-turbo/jobs/j":       "sfs_turbo",
		"https://gaussdb-mysql.eu-de.example/v3/p/jobs?id=j":          "taurusdb",
		"https://gaussdb-opengauss.cn-north-4.example/v3/p/jobs?id=j": "gaussdb",
		"https://gaussdb.eu-de.example/v3/p/tasks":                    "gaussdb",
		"https://cce.test/api/v2/projects/p/jobs":                     "cce",
	} {
		if got := c.route(httptest.NewRequest(http.MethodGet, url, nil)).service; got != want {
			t.Errorf("%s is for %q, want %q", url, got, want)
		}
	}
}

// TestServicesWithEqualPaths also covers signatures: of a job ID in the query, and of
// a service's name in the path.
func TestServicesWithEqualPaths(t *testing.T) {
	c := newTestCloud(t, Options{})
	for _, api := range []API{ECS, EVS, RDS, DDS} {
		c.AddJob(Job{API: api, ProjectID: testProject, ID: "j", Type: "type-" + string(api), Begin: time.Now(), Plan: api.Hangs()})
	}
	s, err := c.Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	network := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	bubble := &http.Client{Transport: &Transport{c}}
	for path, apis := range map[string][]API{
		"/v1/" + testProject + "/jobs/j":    {ECS, EVS},
		"/v3/" + testProject + "/jobs?id=j": {RDS, DDS},
	} {
		for _, api := range apis {
			for client, base := range map[*http.Client]string{network: s.URL + "/" + string(api), bubble: "https://" + string(api) + ".test"} {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				sign(r, testKey, time.Now(), "host;x-sdk-date", "")
				resp, err := client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				wantAnswer(t, recorded(t, resp), 200, `"type-`+string(api)+`"`)
			}
		}
	}
}

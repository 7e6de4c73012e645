package simulator

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEveryAPI holds each row of the table to what all of them have.
func TestEveryAPI(t *testing.T) {
	for _, a := range apis {
		t.Run(string(a.api), func(t *testing.T) {
			c := newTestCloud(t, Options{})
			begin := time.Now().Add(-time.Hour)
			c.AddJob(
				Job{API: a.api, ProjectID: testProject, ID: "known", Begin: begin, Plan: a.api.Succeeds(time.Minute)},
				Job{API: a.api, ProjectID: otherProject, ID: "foreign", Begin: begin, Plan: a.api.Hangs()},
			)
			path := func(pattern, id string) string {
				return strings.NewReplacer("{project_id}", testProject, "{job_id}", id).Replace(pattern)
			}
			known := get(t, c, path(a.path, "known"))
			wantAnswer(t, known, 200, `"`+a.words.success+`"`)
			var body map[string]any
			decode(t, known, &body)
			if _, ok := body[a.envelope]; ok != (a.envelope != "") {
				t.Errorf("the envelope %q is not in %v", a.envelope, body)
			}
			if _, ok := body["request_id"]; ok != a.requestID {
				t.Errorf("request_id is in the answer: %t", ok)
			}
			for _, id := range []string{"foreign", "none"} {
				if got := get(t, c, path(a.path, id)); got.Code != a.notFound(id).Status || got.Code < 400 {
					t.Errorf("%s: got %d %s", id, got.Code, got.Body)
				}
			}
			if n := c.Calls(a.api.Service()); n != 3 {
				t.Errorf("%s counts %d calls", a.api.Service(), n)
			}
			if a.listPath == "" {
				return
			}
			list := get(t, c, path(a.listPath, ""))
			wantAnswer(t, list, 200, `"known"`)
			if strings.Contains(list.Body.String(), "foreign") {
				t.Errorf("a job of another project is in the list: %s", list.Body)
			}
		})
		w := a.words
		if slices.Contains(w.final, w.running) || !slices.Contains(w.final, w.success) || !slices.Contains(w.final, w.failed) ||
			slices.Contains(w.failures, w.success) || !slices.Contains(w.failures, w.failed) {
			t.Errorf("%s: these words contradict each other: %+v", a.api, w)
		}
	}
}

func TestAnUnknownAPIPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it is taken for one that is known")
		}
	}()
	API("none").Hangs()
}

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
		{"/v3/{project_id}/elb/jobs", "/v3/p/elb/jobs", "p", "", true},
		{"", "/", "", "", false},
	} {
		project, job, ok := match(tt.pattern, segments(tt.path))
		if project != tt.project || job != tt.job || ok != tt.ok {
			t.Errorf("%s, %s: got %q, %q, %t", tt.pattern, tt.path, project, job, ok)
		}
	}
}

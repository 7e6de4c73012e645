package simulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var demoStart = time.Date(2026, 11, 21, 9, 30, 0, 123456789, time.UTC)

// api is the job API that a watch asks.
func (w Watch) api() API {
	switch {
	case w.Provider == "cfw":
		return CFW
	case w.APIVersion == "v3":
		return ELBv3
	default:
		return ELBv1
	}
}

func projectID(t *testing.T, name string) string {
	t.Helper()
	for _, c := range DemoCredentials() {
		if c.Project == name {
			return c.ProjectID
		}
	}
	t.Fatalf("no project %s", name)
	return ""
}

func TestDemoAlwaysHasSomethingToSee(t *testing.T) {
	d := NewDemo(demoStart)
	most := 0
	moments := func(yield func(time.Duration) bool) {
		for _, day := range []time.Duration{0, 30 * 24 * time.Hour} {
			for after := day; after < day+4*time.Hour; after += 37 * time.Second {
				if !yield(after) {
					return
				}
			}
		}
	}
	for after := range moments {
		now := demoStart.Add(after)
		seen := map[string]int{}
		watches := d.Watches(now)
		most = max(most, len(watches))
		known := map[jobKey]string{}
		for _, j := range d.jobs(now) {
			if v, ok := j.at(now); ok {
				known[j.key()] = v.status
			}
		}
		for _, w := range watches {
			status := known[jobKey{w.api(), projectID(t, w.Project), w.ID}]
			seen[w.Provider+" "+strings.ToUpper(status)]++
		}
		for _, want := range []string{
			"cfw RUNNING", "cfw SUCCESS", "cfw FAILED", "elb RUNNING", "elb SUCCESS",
		} {
			if seen[want] == 0 {
				t.Fatalf("after %v there is no %s: %v", after, want, seen)
			}
		}
		if seen["elb FAIL"]+seen["elb ROLLBACK_FAIL"] == 0 {
			t.Fatalf("after %v no job of elb has failed: %v", after, seen)
		}
		if seen["elb "] != 1 || seen["cfw "] != 0 {
			t.Fatalf("after %v the unknown jobs are %v, want one of elb", after, seen)
		}
	}
	if most < 20 || most > 80 {
		t.Errorf("at most %d jobs are watched, want some dozens", most)
	}
}

func TestDemoIsRepeatable(t *testing.T) {
	now := demoStart.Add(3 * time.Hour)
	one, two := NewDemo(demoStart), NewDemo(demoStart)
	two.Watches(now.Add(-time.Hour))
	if !reflect.DeepEqual(one.Cloud.Jobs(now), two.Cloud.Jobs(now)) || !slices.Equal(one.Watches(now), two.Watches(now)) {
		t.Error("two demos of the same start differ")
	}
	seen := map[Watch]bool{}
	for _, w := range one.Watches(now) {
		if seen[w] {
			t.Errorf("%v is watched twice", w)
		}
		seen[w] = true
	}
}

func TestDemoJobsGoOn(t *testing.T) {
	d := NewDemo(demoStart)
	at := func(after time.Duration) []Watch { return d.Watches(demoStart.Add(after)) }
	before, after := at(0), at(20*time.Minute)
	var both []Watch
	for _, w := range before {
		if slices.Contains(after, w) {
			both = append(both, w)
		}
	}
	if !slices.Equal(both, d.fixed) {
		t.Errorf("after 20 min these are left: %v, want %v", both, d.fixed)
	}
	statuses := map[string]bool{}
	for after := time.Duration(0); after < 2*time.Hour; after += 5 * time.Second {
		now := demoStart.Add(after)
		for _, j := range d.streams[1].jobs(now, demoKeep) {
			status, _ := d.Cloud.Truth(ELBv3, j.ProjectID, j.ID, now)
			statuses[status] = true
			if after > time.Minute && len(statuses) == 8 {
				return
			}
		}
	}
	t.Errorf("in 2 h ELB v3 shows only %v", statuses)
}

// TestDemoAnswers asks for every job with the demo's own credentials.
func TestDemoAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewDemo(time.Now())
		defer d.Cloud.Close()
		time.Sleep(time.Hour)
		for _, creds := range DemoCredentials() {
			token := ""
			if creds.Username != "" {
				body, _ := json.Marshal(map[string]any{"auth": map[string]any{
					"identity": map[string]any{"methods": []string{"password"}, "password": map[string]any{"user": map[string]any{
						"name": creds.Username, "password": creds.Password, "domain": map[string]string{"name": creds.DomainName},
					}}},
					"scope": map[string]any{"project": map[string]string{"id": creds.ProjectID}},
				}})
				token = do(d.Cloud, http.MethodPost, "/v3/auth/tokens", string(body), nil).Header().Get("X-Subject-Token")
			}
			asked := 0
			for _, w := range d.Watches(time.Now()) {
				if w.Project != creds.Project {
					continue
				}
				path := map[API]string{CFW: "/v3/%/jobs/", ELBv1: "/v1.0/%/jobs/", ELBv3: "/v3/%/elb/jobs/"}[w.api()]
				path = strings.Replace(path, "%", creds.ProjectID, 1) + w.ID
				var got *httptest.ResponseRecorder
				if token != "" {
					got = do(d.Cloud, http.MethodGet, path, "", http.Header{"X-Auth-Token": {token}})
				} else {
					got = signedGet(d.Cloud, Key{Access: creds.AccessKey, Secret: creds.SecretKey}, path, nil, "host;x-sdk-date")
				}
				if missing := w.ID == d.fixed[1].ID; (got.Code == 200) == missing {
					t.Errorf("%v: %d %s", w, got.Code, got.Body)
				}
				asked++
			}
			if asked < 5 {
				t.Errorf("%s has %d jobs, want more", creds.Project, asked)
			}
		}
		if d.Cloud.counts.jobs != nil {
			t.Error("a demo counts calls of single jobs, which takes memory without end")
		}
	})
}

package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/registration"
)

const twoProjects = `
projects:
- {name: prod, project_id: 09bb24e6fe80d23d2fa2c010b53b418c, token: t0ken, cloud: otc, region: eu-de}
- {name: test, project_id: 5dd3c0b24cdc4d31952c49589182a89d, token: t0ken, endpoints: {elb: https://elb.test}}
registration: {max_jobs: 3}
jobs: [{provider: elb, project: prod, ids: [configured]}]
`

// newRegistering makes a handler that registers jobs, of which clouds say that they run.
func newRegistering(t testing.TB, configuration string, change func(*Options)) http.Handler {
	t.Helper()
	c, err := config.Parse("c.yml", []byte(configuration), config.Options{Providers: provider.Schema()})
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	p := poller.New(log.NewNopLogger(), registry, nil)
	t.Cleanup(p.Close)
	var set *registration.Set
	set = registration.New(log.NewNopLogger(), registry, nil, p, func() { p.Watch(set.Changes()...) })
	set.Use(c)
	plan := poller.Plan{Settings: poller.Settings{Interval: 30 * time.Second, MaxStale: time.Minute, Concurrency: 16}}
	f := fetcher(answering)
	for _, project := range c.Projects {
		plan.Projects = append(plan.Projects, poller.Project{Name: project.Name, Fetcher: fetch{&f}})
	}
	configured := poller.Change{Source: poller.Source{Name: "configuration"}}
	for _, group := range c.Jobs {
		for _, id := range group.IDs {
			j, err := provider.NewJob(group.Provider, group.APIVersion, group.Project, id, group.StuckAfter)
			if err != nil {
				t.Fatal(err)
			}
			configured.Add = append(configured.Add, j)
		}
	}
	plan.Changes = []poller.Change{configured}
	p.Apply(plan)
	o := Options{
		Logger: log.NewNopLogger(), Poller: p, Metrics: registry, TelemetryPath: "/metrics", TimeoutOffset: 500 * time.Millisecond,
		Config: func() (string, error) { return "", nil }, Reload: func() error { return nil },
		EnableRegistration: true, Registrations: set,
	}
	change(&o)
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// anotherShard refuses all jobs.
type anotherShard struct{}

func (anotherShard) refuse(r registration.Request) error {
	return &registration.Refusal{Reason: registration.Misdirected, Err: fmt.Errorf("job %s belongs to shard 2 of 3, and this is shard 0", r.JobID)}
}

func (s anotherShard) Put(_ context.Context, r registration.Request) (bool, error) {
	return false, s.refuse(r)
}

func (s anotherShard) Delete(_ context.Context, r registration.Request) error { return s.refuse(r) }

func TestRegistration(t *testing.T) {
	const badPath = `{"error":"The path must be /api/v1/jobs/{provider}/{project}/{job_id}, and no part of it may be empty."}`
	disabled := func(o *Options) { o.EnableRegistration = false }
	another := func(o *Options) { o.Registrations = anotherShard{} }
	for name, test := range map[string]struct {
		before  []string // requests
		request string
		headers []string
		change  func(*Options)
		status  int
		body    string
	}{
		"new":             {nil, "PUT /api/v1/jobs/elb/prod/a?api_version=v3&stuck_after=45m", nil, nil, 201, `{"provider":"elb","project":"prod","job_id":"a","api_version":"v3","status":"unknown","expired":false,"stuck_after_seconds":2700,"failures":0`},
		"known":           {[]string{"PUT /api/v1/jobs/cfw/prod/a"}, "PUT /api/v1/jobs/cfw/prod/a", nil, nil, 200, `{"provider":"cfw","project":"prod","job_id":"a","status":"unknown","expired":false,"stuck_after_seconds":1800,"failures":0`},
		"after a scrape":  {[]string{"PUT /api/v1/jobs/cfw/prod/a", "GET /metrics"}, "PUT /api/v1/jobs/cfw/prod/a", nil, nil, 200, `{"provider":"cfw","project":"prod","job_id":"a","status":"success","expired":false,"job_type":"createELB","start":"2001-09-09T01:46:40Z"`},
		"other words":     {[]string{"PUT /api/v1/jobs/elb/prod/a"}, "PUT /api/v1/jobs/elb/prod/a?api_version=v3", nil, nil, 200, `{"provider":"elb","project":"prod","job_id":"a","api_version":"v3",`},
		"empty values":    {nil, "PUT /api/v1/jobs/elb/prod/a?api_version=&stuck_after=", nil, nil, 201, `{"provider":"elb","project":"prod","job_id":"a","api_version":"v1.0",`},
		"escaped":         {nil, "PUT /api/v1/jobs/%65lb/prod/%61?stuck_after=1h%330m", nil, nil, 201, `{"provider":"elb","project":"prod","job_id":"a",`},
		"configured, too": {nil, "PUT /api/v1/jobs/elb/prod/configured", nil, nil, 200, `{"provider":"elb","project":"prod","job_id":"configured","api_version":"v1.0",`},

		"no such parameter":     {nil, "PUT /api/v1/jobs/elb/prod/a?version=v3", nil, nil, 400, `{"error":"There is no parameter \"version\"; there are api_version, stuck_after."}`},
		"a parameter twice":     {nil, "PUT /api/v1/jobs/elb/prod/a?api_version=v3&api_version=v3", nil, nil, 400, `{"error":"The parameter api_version is there 2 times."}`},
		"an unreadable query":   {nil, "PUT /api/v1/jobs/elb/prod/a?api_version=v3;x", nil, nil, 400, `{"error":"The query cannot be read; characters that have a meaning in a URL must be percent-encoded."}`},
		"a bad ID":              {nil, "PUT /api/v1/jobs/elb/prod/a%2Fb", nil, nil, 400, `{"error":"\"a/b\" is not a job ID: must be 1 to 128 characters out of A-Z a-z 0-9 . _ -."}`},
		"dots":                  {nil, "PUT /api/v1/jobs/elb/prod/%2e%2e", nil, nil, 400, `{"error":"\"..\" is not a job ID: must be 1 to 128 characters out of A-Z a-z 0-9 . _ -."}`},
		"a line end":            {nil, "PUT /api/v1/jobs/elb/prod/a%0d%0aHost:x", nil, nil, 400, `{"error":"\"a\\r\\nHost:x\" is not a job ID: must be 1 to 128 characters out of A-Z a-z 0-9 . _ -."}`},
		"no such provider":      {nil, "PUT /api/v1/jobs/obs/prod/a", nil, nil, 400, `{"error":"There is no provider \"obs\"."}`},
		"no such version":       {nil, "PUT /api/v1/jobs/elb/prod/a?api_version=v2", nil, nil, 400, `{"error":"Provider elb has no api_version \"v2\"."}`},
		"no duration":           {nil, "PUT /api/v1/jobs/elb/prod/a?stuck_after=45", nil, nil, 400, `{"error":"The parameter stuck_after: \"45\" has no unit; for seconds write 45s."}`},
		"no endpoint":           {nil, "PUT /api/v1/jobs/cfw/test/a", nil, nil, 400, `{"error":"Project \"test\" has no endpoint for cfw; its cloud and region, or its endpoints, must say it."}`},
		"no project in it":      {nil, "PUT /api/v1/jobs/elb//a", nil, nil, 400, badPath},
		"no ID in it":           {nil, "PUT /api/v1/jobs/elb/prod/", nil, nil, 400, badPath},
		"nothing in it":         {nil, "PUT /api/v1/jobs", nil, nil, 400, badPath},
		"dots in the path":      {nil, "PUT /api/v1/jobs/elb/prod/../a", nil, nil, 400, badPath},
		"a slash in the path":   {nil, "PUT /api/v1/jobs/elb/%2f/a", nil, nil, 400, badPath},
		"a slash before it":     {nil, "PUT //api/v1/jobs/elb/prod/a", nil, nil, 400, badPath},
		"dots before it":        {nil, "DELETE /x/../api/v1/jobs/elb/prod/a", nil, nil, 400, badPath},
		"a slash within it":     {nil, "PUT /api//v1/jobs/elb/prod/a", nil, nil, 400, badPath},
		"two slashes, at last":  {nil, "PUT //api/v1/jobs/elb/prod/a/", nil, nil, 400, badPath},
		"a slash before others": {nil, "PUT //api/v1/jobsets/elb/prod/a", nil, nil, 404, "404 page not found"},
		"a slash below":         {nil, "PUT /cloudjob//api/v1/jobs/elb/prod/a", nil, func(o *Options) { o.RoutePrefix = "/cloudjob" }, 400, strings.Replace(badPath, "/api", "/cloudjob/api", 1)},
		"too long a path":       {nil, "DELETE /api/v1/jobs/elb/prod/a/b", nil, nil, 400, badPath},
		"deleting all":          {nil, "DELETE /api/v1/jobs/", nil, nil, 400, badPath},
		"another path":          {nil, "PUT /api/v1/jobsets/elb/prod/a", nil, nil, 404, "404 page not found"},
		"no such project":       {nil, "PUT /api/v1/jobs/elb/prd/a", nil, nil, 404, `{"error":"There is no project \"prd\", did you mean prod?"}`},
		"configured elsewhere":  {nil, "PUT /api/v1/jobs/elb/test/configured", nil, nil, 409, `{"error":"Job configured is already watched by the configuration, in project \"prod\", api_version \"v1.0\", which takes precedence over a registration."}`},
		"registered elsewhere":  {[]string{"PUT /api/v1/jobs/elb/prod/a"}, "PUT /api/v1/jobs/elb/test/a", nil, nil, 409, `{"error":"Job a is registered in project \"prod\"; delete that registration first."}`},
		"full": {
			[]string{"PUT /api/v1/jobs/elb/prod/a", "PUT /api/v1/jobs/elb/prod/b", "PUT /api/v1/jobs/elb/prod/c"},
			"PUT /api/v1/jobs/elb/prod/d", nil, nil, 507,
			`{"error":"There are 3 registered jobs, and registration.max_jobs allows no more."}`,
		},

		"deleted":              {[]string{"PUT /api/v1/jobs/elb/prod/a"}, "DELETE /api/v1/jobs/elb/prod/a", nil, nil, 204, ""},
		"deleted twice":        {[]string{"PUT /api/v1/jobs/elb/prod/a", "DELETE /api/v1/jobs/elb/prod/a"}, "DELETE /api/v1/jobs/elb/prod/a", nil, nil, 404, `{"error":"Job a is not registered in project \"prod\"."}`},
		"deleting, configured": {nil, "DELETE /api/v1/jobs/elb/prod/configured", nil, nil, 404, `{"error":"Job configured is not registered in project \"prod\"."}`},
		"deleting nowhere":     {nil, "DELETE /api/v1/jobs/elb/tst/a", nil, nil, 404, `{"error":"There is no project \"tst\", did you mean test?"}`},
		"deleting with words":  {nil, "DELETE /api/v1/jobs/elb/prod/a?api_version=v3", nil, nil, 400, `{"error":"There is no parameter \"api_version\"; a DELETE has none."}`},

		"another shard's":          {nil, "PUT /api/v1/jobs/elb/prod/a", nil, another, 421, `{"error":"Job a belongs to shard 2 of 3, and this is shard 0."}`},
		"deleting another shard's": {nil, "DELETE /api/v1/jobs/elb/prod/a", nil, another, 421, `{"error":"Job a belongs to shard 2 of 3, and this is shard 0."}`},

		"disabled":             {nil, "PUT /api/v1/jobs/elb/prod/a", nil, disabled, 403, `{"error":"Registration of jobs is off; it needs --web.enable-registration."}`},
		"disabled for deletes": {nil, "DELETE /api/v1/jobs/elb/prod/a", nil, disabled, 403, `{"error":"Registration of jobs is off; it needs --web.enable-registration."}`},
		"from another site":    {nil, "PUT /api/v1/jobs/elb/prod/a", []string{"Sec-Fetch-Site", "cross-site"}, nil, 403, `{"error":"A browser must not register jobs at the request of another site."}`},
		"from another origin":  {nil, "DELETE /api/v1/jobs/elb/prod/a", []string{"Origin", "https://evil.test"}, nil, 403, `{"error":"A browser must not register jobs at the request of another site."}`},
		"from its own origin":  {nil, "PUT /api/v1/jobs/elb/prod/a", []string{"Origin", "https://example.com"}, nil, 201, `{"provider":"elb",`},
		"posted":               {nil, "POST /api/v1/jobs/elb/prod/a", nil, nil, 405, `{"error":"A job is registered with PUT, and let go with DELETE."}`},
		"got":                  {nil, "GET /api/v1/jobs/elb/prod/a", nil, nil, 405, `{"error":"A job is registered with PUT, and let go with DELETE."}`},
		"patched, disabled":    {nil, "PATCH /api/v1/jobs/elb/prod/a", nil, disabled, 405, `{"error":"A job is registered with PUT, and let go with DELETE."}`},
		"below a prefix":       {nil, "PUT /cloudjob/api/v1/jobs/elb/prod/a", nil, func(o *Options) { o.RoutePrefix = "/cloudjob" }, 201, `{"provider":"elb",`},
		"a bad path below it":  {nil, "PUT /cloudjob/api/v1/jobs/elb/prod", nil, func(o *Options) { o.RoutePrefix = "/cloudjob" }, 400, strings.Replace(badPath, "/api", "/cloudjob/api", 1)},
		"beside the prefix":    {nil, "PUT /api/v1/jobs/elb/prod/a", nil, func(o *Options) { o.RoutePrefix = "/cloudjob" }, 404, "404 page not found"},
		"metrics below":        {nil, "PUT /api/v1/jobs/elb/prod/a", nil, func(o *Options) { o.TelemetryPath = "/api/v1/jobs/a/b/c" }, 201, `{"provider":"elb",`},
	} {
		t.Run(name, func(t *testing.T) {
			if test.change == nil {
				test.change = unchanged
			}
			h := newRegistering(t, twoProjects, test.change)
			for _, request := range test.before {
				method, path, _ := strings.Cut(request, " ")
				if w := ask(h, method, path); w.Code >= 300 {
					t.Fatalf("%s: got %d: %s", request, w.Code, w.Body)
				}
			}
			method, path, _ := strings.Cut(test.request, " ")
			w := ask(h, method, path, test.headers...)
			got := strings.TrimSuffix(w.Body.String(), "\n")
			if exact := !strings.HasPrefix(test.body, `{"provider`); w.Code != test.status || !strings.HasPrefix(got, test.body) || exact && got != test.body {
				t.Errorf("got  %d %s\nwant %d %s", w.Code, got, test.status, test.body)
			}
			if kind := w.Header().Get("Content-Type"); strings.HasPrefix(got, "{") && (kind != "application/json" || !json.Valid(w.Body.Bytes())) {
				t.Errorf("it is %s", kind)
			}
			if allow := w.Header().Get("Allow"); (w.Code == 405) != (allow == "DELETE, PUT") {
				t.Errorf("allowed are %q", allow)
			}
		})
	}
}

func TestARequestThatRegistersHasNoBody(t *testing.T) {
	for name, test := range map[string]struct {
		body   string
		length int64 // -1 if the request does not say
		status int
	}{
		"none":           {"", 0, 201},
		"empty, chunked": {"", -1, 201},
		"one":            {"x", 1, 400},
		"chunked":        {"x", -1, 400},
	} {
		r := httptest.NewRequest("PUT", "/api/v1/jobs/elb/prod/a", strings.NewReader(test.body))
		r.ContentLength = test.length
		w := httptest.NewRecorder()
		newRegistering(t, twoProjects, unchanged).ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s: got %d: %s", name, w.Code, w.Body)
		}
		if w.Code == 400 && w.Body.String() != `{"error":"The request must have no body; parameters stand in the URL."}`+"\n" {
			t.Errorf("%s: %s", name, w.Body)
		}
	}
}

func TestARegisteredJobIsInTheNextScrape(t *testing.T) {
	h := newRegistering(t, twoProjects, unchanged)
	const series = `job_status{job_id="a",provider="elb",status="success"} 1`
	for _, step := range []struct {
		request string
		there   bool
	}{
		{"GET /", false},
		{"PUT /api/v1/jobs/elb/prod/a", true},
		{"PUT /api/v1/jobs/elb/prod/a?api_version=v3", true},
		{"DELETE /api/v1/jobs/elb/prod/a", false},
		{"PUT /api/v1/jobs/elb/prod/a", true},
	} {
		method, path, _ := strings.Cut(step.request, " ")
		ask(h, method, path)
		if got := strings.Contains(ask(h, "GET", "/metrics").Body.String(), series+"\n"); got != step.there {
			t.Errorf("after %s: %v", step.request, got)
		}
	}
	metrics := ask(h, "GET", "/metrics").Body.String()
	for _, want := range []string{`cloudjob_exporter_registered_jobs{project="prod"} 1`, `cloudjob_exporter_registered_jobs{project="test"} 0`} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("there is no %s", want)
		}
	}
	if got := jobIDs(listed(t, h, "?q=a&provider=elb&status=success")); got != "a" {
		t.Errorf("/api/v1/jobs has %q", got)
	}
}

// TestManyRegistrationsAtOnceLoseNone: 2,000 pipelines, more than --web.max-requests.
func TestManyRegistrationsAtOnceLoseNone(t *testing.T) {
	const n = 2000
	h := newRegistering(t, strings.Replace(twoProjects, "max_jobs: 3", "max_jobs: 2000", 1), func(o *Options) { o.MaxRequests = 1 })
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if w := ask(h, "PUT", fmt.Sprintf("/api/v1/jobs/elb/prod/job-%d?api_version=v3", i)); w.Code != 201 {
				t.Errorf("job %d: got %d: %s", i, w.Code, w.Body)
			}
		})
	}
	wg.Wait()
	if got := len(listed(t, h, "?q=job-")); got != n {
		t.Errorf("%d of %d jobs are there", got, n)
	}
	metrics := ask(h, "GET", "/metrics").Body.String()
	if got := strings.Count(metrics, `job_status{job_id="job-`); got != n*7 || !strings.Contains(metrics, `cloudjob_exporter_registered_jobs{project="prod"} 2000`) {
		t.Errorf("%d series", got)
	}
	if w := ask(h, "PUT", "/api/v1/jobs/elb/prod/more"); w.Code != 507 {
		t.Errorf("one more: got %d", w.Code)
	}
}

// slowRegistrations are those of a disk that hangs.
type slowRegistrations struct {
	waiting atomic.Int32
	goOn    chan struct{}
}

func (s *slowRegistrations) Put(context.Context, registration.Request) (bool, error) {
	s.waiting.Add(1)
	<-s.goOn
	return true, nil
}

func (s *slowRegistrations) Delete(context.Context, registration.Request) error { return nil }

func TestRegistrationsQueueWithinBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowRegistrations{goOn: make(chan struct{})}
		h := newRegistering(t, twoProjects, func(o *Options) { o.Registrations = slow })
		var wg sync.WaitGroup
		for range maxRegistering {
			wg.Go(func() {
				if w := ask(h, "PUT", "/api/v1/jobs/elb/prod/a"); w.Code != 201 {
					t.Errorf("got %d", w.Code)
				}
			})
		}
		synctest.Wait()
		if got := slow.waiting.Load(); got != maxRegistering {
			t.Fatalf("%d wait", got)
		}
		w := ask(h, "PUT", "/api/v1/jobs/elb/prod/a")
		if w.Code != 503 || w.Header().Get("Retry-After") != "1" || w.Body.String() != `{"error":"More than 10000 jobs are being registered at this moment."}`+"\n" {
			t.Errorf("got %d, %v: %s", w.Code, w.Header(), w.Body)
		}
		if w := ask(h, "GET", "/metrics"); w.Code != 200 {
			t.Errorf("a scrape got %d", w.Code)
		}
		close(slow.goOn)
		wg.Wait()
		if w := ask(h, "PUT", "/api/v1/jobs/elb/prod/a"); w.Code != 201 {
			t.Errorf("afterwards: got %d", w.Code)
		}
	})
}

func TestAJobThatIsGoneAgainIsAnswered(t *testing.T) {
	slow := &slowRegistrations{goOn: make(chan struct{})}
	close(slow.goOn)
	h := newRegistering(t, twoProjects, func(o *Options) { o.Registrations = slow })
	want := `{"provider":"elb","project":"prod","job_id":"a","api_version":"v3","status":"unknown","expired":false,"failures":0}` + "\n"
	if w := ask(h, "PUT", "/api/v1/jobs/elb/prod/a?api_version=v3"); w.Code != 201 || w.Body.String() != want {
		t.Errorf("got %d: %s", w.Code, w.Body)
	}
}

// FuzzRegister: whatever the path and query, a request is answered in JSON, and what is
// registered is a valid job of a configured project.
func FuzzRegister(f *testing.F) {
	for _, target := range []string{
		"elb/prod/a", "elb/prod/a?api_version=v3&stuck_after=45m", "cfw/prod/f588ce71-e26c-400d-8981-f854355f6849", "elb/prod/..%2F..%2Fv3%2Fauth%2Ftokens",
		"elb%2Fprod/a/b", "elb//a", "elb/prod/a/..", "elb/prod/%2e", "elb/prod/a%0d%0aHost:%20evil?api_version=v1.0", "elb/prod/a;b?stuck_after=1h;x=1",
		"elb/prod/a?stuck_after=-1h", "elb/prod/a?stuck_after=1e9y", "%gg/prod/a", "elb/prod/\xff",
	} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		h := newRegistering(t, twoProjects, unchanged)
		path, query, _ := strings.Cut(target, "?")
		for _, method := range []string{"PUT", "DELETE"} {
			r := httptest.NewRequest(method, "/", nil)
			u, err := r.URL.Parse("/api/v1/jobs/" + path)
			if err != nil || !strings.HasPrefix(u.EscapedPath(), "/api/v1/jobs/") || u.Host != "" {
				return // no server gets such a request
			}
			r.URL = u
			r.URL.RawQuery = query
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			switch w.Code {
			case 201:
				all := listed(t, h, "?q=")
				if len(all) != 2 || method != "PUT" {
					t.Fatalf("%q: watched are %+v", target, all)
				}
				for _, j := range all {
					if !job.ValidID(j.JobID) || j.Project != "prod" && j.Project != "test" || *j.StuckAfter <= 0 {
						t.Errorf("%q registers %+v", target, j)
					}
				}
			case 200, 204:
			case 400, 404, 409:
				if !json.Valid(w.Body.Bytes()) {
					t.Errorf("%q: %d %s", target, w.Code, w.Body)
				}
			default:
				t.Errorf("%q: got %d", target, w.Code)
			}
		}
	})
}

func TestEveryAnswerToARegistrationIsDocumented(t *testing.T) {
	want, got := map[string]bool{}, map[string]bool{}
	for _, status := range []int{http.StatusOK, http.StatusCreated, http.StatusNoContent, http.StatusForbidden, http.StatusServiceUnavailable} {
		want[strconv.Itoa(status)] = true
	}
	for _, status := range refusals {
		want[strconv.Itoa(status)] = true
	}
	for _, heading := range []string{"PUT /api/v1/jobs", "DELETE /api/v1/jobs"} {
		for _, row := range documented(t, heading, "code | when") {
			got[row[0]] = true
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("documented are %v, want %v", got, want)
	}
}

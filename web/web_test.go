package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"go.uber.org/goleak"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type fetcher func(ctx context.Context, j *job.Job) (job.Report, error)

func (f fetcher) Fetch(ctx context.Context, j *job.Job) (job.Report, error) { return f(ctx, j) }

// fetch is a comparable Fetcher.
type fetch struct{ *fetcher }

// newHandler makes a handler over three jobs that are polled by f.
func newHandler(t *testing.T, f fetcher, change func(*Options)) http.Handler {
	t.Helper()
	var jobs []*job.Job
	for _, id := range []string{"a", "b", "c"} {
		jobs = append(jobs, &job.Job{
			Key: job.Key{Provider: "elb", ID: id}, Project: "prod", APIVersion: "v1.0", StuckAfter: time.Hour,
			Statuses: []job.Status{job.Running, job.Success, job.Failed, job.Unknown},
		})
	}
	return handle(t, poller.Plan{
		Settings: poller.Settings{Interval: 30 * time.Second, MaxStale: 15 * time.Minute, Concurrency: 16},
		Projects: []poller.Project{{Name: "prod", Fetcher: fetch{&f}}},
		Changes:  []poller.Change{{Add: jobs}},
	}, change)
}

// handle makes a handler over the jobs of a plan.
func handle(t *testing.T, plan poller.Plan, change func(*Options)) http.Handler {
	t.Helper()
	registry := prometheus.NewRegistry()
	p := poller.New(log.NewNopLogger(), registry, nil)
	t.Cleanup(p.Close)
	p.Apply(plan)
	o := Options{
		Logger: log.NewNopLogger(), Poller: p, Metrics: registry, TelemetryPath: "/metrics",
		TimeoutOffset: 500 * time.Millisecond, Version: "1.2.3",
		Config: func() (string, error) { return "poll:\n  interval: 30s\n", nil },
		Reload: func() error { return nil },
	}
	change(&o)
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func answering(context.Context, *job.Job) (job.Report, error) {
	return job.Report{Status: job.Success, Begin: time.Unix(1e9, 0), End: time.Unix(1e9+14, 0), Type: "createELB"}, nil
}

func hanging(ctx context.Context, _ *job.Job) (job.Report, error) {
	<-ctx.Done()
	return job.Report{}, ctx.Err()
}

func unchanged(*Options) {}

// ask makes one request. Headers come as pairs of name and value.
func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPaths(t *testing.T) {
	broken := func(o *Options) {
		o.EnableLifecycle = true
		o.Reload = func() error { return errors.New("cloudjob.yml:3: poll.interval: too short") }
		o.Config = func() (string, error) { return "", errors.New("no configuration") }
	}
	for _, test := range []struct {
		method, path string
		change       func(*Options)
		status       int
		contentType  string
		contains     string
	}{
		{"GET", "/", unchanged, 200, "text/html; charset=utf-8", `<a href="./metrics">Metrics</a>`},
		{"GET", "/", unchanged, 200, "text/html; charset=utf-8", "1.2.3"},
		{"GET", "/metrics", unchanged, 200, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", `job_status{job_id="a",provider="elb",status="success"} 1`},
		{"GET", "/other", func(o *Options) { o.TelemetryPath = "/other" }, 200, "", `job_up{job_id="c",provider="elb"} 1`},
		{"GET", "/", func(o *Options) { o.TelemetryPath = "/" }, 200, "", `job_up{job_id="c",provider="elb"} 1`},
		{"GET", "/config", unchanged, 200, "text/yaml; charset=utf-8", "interval: 30s"},
		{"GET", "/config", broken, 500, "text/plain; charset=utf-8", "no configuration"},
		{"GET", "/probe?provider=elb&project=prod&job_id=new", unchanged, 200, "", `job_status{job_id="new",provider="elb",status="success"} 1`},
		{"GET", "/probe?provider=elb&project=prod&job_id=new&api_version=v3", unchanged, 200, "", `job_status{job_id="new",provider="elb",status="canceled"} 0`},
		{"GET", "/probe?provider=cfw&project=prod&job_id=new", unchanged, 200, "", `job_status{job_id="new",provider="cfw",status="success"} 1`},
		{"GET", "/probe?provider=elb&project=prod", unchanged, 400, "text/plain; charset=utf-8", "The parameter job_id is missing.\n"},
		{"GET", "/probe?provider=elb&project=&job_id=a", unchanged, 400, "text/plain; charset=utf-8", "The parameter project is missing.\n"},
		{"GET", "/probe?provider=nosuch&project=prod&job_id=a", unchanged, 400, "text/plain; charset=utf-8", `There is no provider "nosuch".`},
		{"GET", "/probe?provider=elb&project=test&job_id=a", unchanged, 400, "text/plain; charset=utf-8", `No answer: there is no project "test".`},
		{"GET", "/probe?provider=elb&project=prod&job_id=a&job_id=b", unchanged, 400, "text/plain; charset=utf-8", "The parameter job_id is there 2 times.\n"},
		{"GET", "/probe?provider=elb&project=prod&job_id=a&target=b", unchanged, 400, "text/plain; charset=utf-8", `There is no parameter "target"; a probe has provider, project, job_id, api_version.`},
		{"GET", "/probe?provider=cfw&project=prod&job_id=a&api_version=v2", unchanged, 400, "text/plain; charset=utf-8", `Provider cfw has no api_version "v2".`},
		{"GET", "/probe?provider=elb&project=prod&job_id=..%2Fv2%2Fx", unchanged, 400, "text/plain; charset=utf-8", `"../v2/x" is not a job ID: must be 1 to 128 characters out of A-Z a-z 0-9 . _ -`},
		{"GET", "/-/healthy", unchanged, 200, "text/plain; charset=utf-8", "healthy"},
		{"GET", "/-/ready", unchanged, 200, "text/plain; charset=utf-8", "ready"},
		{"POST", "/-/reload", unchanged, 403, "text/plain; charset=utf-8", "--web.enable-lifecycle"},
		{"POST", "/-/reload", func(o *Options) { o.EnableLifecycle = true }, 200, "text/plain; charset=utf-8", "The configuration was reloaded."},
		{"POST", "//-/reload", func(o *Options) { o.EnableLifecycle = true }, 404, "text/plain; charset=utf-8", "404 page not found"},
		{"POST", "/-/reload", broken, 500, "text/plain; charset=utf-8", "keeping the previous configuration: cloudjob.yml:3: poll.interval: too short"},
		{"GET", "/-/reload", broken, 405, "", ""},
		{"POST", "/metrics", unchanged, 405, "", ""},
		{"GET", "/debug/pprof/", unchanged, 404, "", ""},
		{"GET", "/debug/pprof/", func(o *Options) { o.EnablePprof = true }, 200, "", "goroutine"},
		{"GET", "/nothing", unchanged, 404, "", ""},
		{"GET", "/nothing", func(o *Options) { o.TelemetryPath = "/" }, 404, "", ""},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			w := ask(newHandler(t, answering, test.change), test.method, test.path)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.contains) {
				t.Errorf("got %d:\n%s", w.Code, w.Body)
			}
			if got := w.Header().Get("Content-Type"); test.contentType != "" && got != test.contentType {
				t.Errorf("the type is %q", got)
			}
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %q", name, got)
				}
			}
			if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "script-src") {
				t.Errorf("the policy is %q", csp)
			}
		})
	}
}

func TestAnotherSiteCannotReload(t *testing.T) {
	h := newHandler(t, answering, func(o *Options) {
		o.EnableLifecycle = true
		o.Reload = func() error { t.Error("reloaded"); return nil }
	})
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"} {
		if w := ask(h, "POST", "/-/reload", name, value); w.Code != http.StatusForbidden {
			t.Errorf("%s: got %d", name, w.Code)
		}
	}
}

func TestEverythingAtMetricsPassesTheLinter(t *testing.T) {
	h := newHandler(t, answering, unchanged)
	ask(h, "GET", "/metrics")
	problems, err := promlint.New(strings.NewReader(ask(h, "GET", "/metrics").Body.String())).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestOpenMetricsOnDemand(t *testing.T) {
	w := ask(newHandler(t, answering, unchanged), "GET", "/metrics", "Accept", "application/openmetrics-text; version=1.0.0")
	if !strings.HasSuffix(w.Body.String(), "# EOF\n") || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/openmetrics-text") {
		t.Errorf("got %s:\n%s", w.Header(), w.Body)
	}
}

func TestNoSampleHasATimestamp(t *testing.T) {
	for line := range strings.Lines(ask(newHandler(t, answering, unchanged), "GET", "/metrics").Body.String()) {
		if !strings.HasPrefix(line, "#") && len(strings.Fields(line[strings.LastIndex(line, "}")+1:])) > 2 {
			t.Errorf("%s", line)
		}
	}
}

func TestAScrapeIsAnsweredInTimeWithAllJobs(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"2": 1500 * time.Millisecond, "": defaultBudget, "0.6": 300 * time.Millisecond,
		"NaN": defaultBudget, "-1": defaultBudget, "1e300": defaultBudget, "soon": defaultBudget, "+Inf": defaultBudget,
	} {
		t.Run(header, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHandler(t, hanging, unchanged)
				began := time.Now()
				w := ask(h, "GET", "/metrics", "X-Prometheus-Scrape-Timeout-Seconds", header)
				if d := time.Since(began); d != want {
					t.Errorf("it took %v, want %v", d, want)
				}
				if n := strings.Count(w.Body.String(), `status="unknown"} 1`); w.Code != 200 || n != 3 {
					t.Errorf("%d jobs are unknown in the answer:\n%s", n, w.Body)
				}
			})
		})
	}
}

func TestReadersOfPagesTakeNoScrapesPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, hanging, func(o *Options) { o.MaxRequests = 1 })
		var wg sync.WaitGroup
		for _, path := range []string{"/jobs", "/api/v1/jobs"} {
			client := &slowReader{ResponseRecorder: httptest.NewRecorder(), goOn: make(chan struct{})}
			wg.Go(func() { h.ServeHTTP(client, httptest.NewRequest("GET", path, http.NoBody)) })
			synctest.Wait()
			for _, other := range []string{"/jobs", "/api/v1/jobs"} {
				if w := ask(h, "GET", other); w.Code != 503 {
					t.Errorf("%s beside a reader of %s: got %d", other, path, w.Code)
				}
			}
			if w := ask(h, "GET", "/metrics"); w.Code != 200 {
				t.Errorf("a scrape beside a reader of %s: got %d", path, w.Code)
			}
			close(client.goOn)
			wg.Wait()
			if client.Code != 200 {
				t.Errorf("the reader of %s got %d", path, client.Code)
			}
		}
	})
}

// slowReader takes nothing until it goes on.
type slowReader struct {
	*httptest.ResponseRecorder
	goOn chan struct{}
}

func (r *slowReader) Write(b []byte) (int, error) {
	<-r.goOn
	return r.ResponseRecorder.Write(b)
}

func (r *slowReader) WriteString(s string) (int, error) {
	<-r.goOn
	return r.ResponseRecorder.WriteString(s)
}

func TestTooManyScrapesAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, hanging, func(o *Options) { o.MaxRequests = 3 })
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if w := ask(h, "GET", "/metrics"); w.Code != 200 {
					t.Errorf("got %d", w.Code)
				}
			})
		}
		synctest.Wait()
		if w := ask(h, "GET", "/probe?provider=elb&project=prod&job_id=a"); w.Code != 503 || !strings.Contains(w.Body.String(), "--web.max-requests") {
			t.Errorf("the fourth got %d: %s", w.Code, w.Body)
		}
		if w := ask(h, "GET", "/metrics"); w.Code != 503 {
			t.Errorf("the fifth got %d", w.Code)
		}
		wg.Wait()
		w := ask(h, "GET", "/metrics")
		if w.Code != 200 {
			t.Errorf("a later one got %d", w.Code)
		}
		for _, want := range []string{ // of scrapes, which the probe is not; the last one is under way
			`promhttp_metric_handler_requests_total{code="200"} 3`,
			`promhttp_metric_handler_requests_total{code="503"} 1`,
			"promhttp_metric_handler_requests_in_flight 1",
		} {
			if !strings.Contains(w.Body.String(), want+"\n") {
				t.Errorf("there is no %s in\n%s", want, w.Body)
			}
		}
	})
}

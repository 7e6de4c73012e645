package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// sample is a job, and what the cloud answers about it.
type sample struct {
	provider, project, id string
	report                job.Report
	err                   job.Reason // why there is no answer
}

// samples are of every kind: two that have ended, one that runs, one that
// hangs, and one that the cloud does not know. What is asked of them is asked at
// the beginning of synctest's time, midnight UTC.
func samples() []sample {
	begun := func(ago time.Duration) time.Time { return time.Now().Add(-ago) }
	ended := func(status job.Status, ago, took time.Duration) job.Report {
		return job.Report{Status: status, Begin: begun(ago), End: begun(ago - took)}
	}
	failed := ended(job.Failed, time.Hour, 14*time.Second)
	failed.Type, failed.ErrorCode, failed.FailReason, failed.FailedSubJobs = "createELB", "ELB.8902", "no address is left", 2
	return []sample{
		{provider: "elb", project: "prod", id: "failed", report: failed},
		{provider: "cfw", project: "prod", id: "succeeded", report: ended(job.Success, 2*time.Hour, 5*time.Minute)},
		{provider: "elb", project: "test", id: "runs", report: job.Report{Status: job.Running, Begin: begun(time.Minute)}},
		{provider: "cfw", project: "test", id: "hangs", report: job.Report{Status: job.Running, Begin: begun(45 * time.Minute)}},
		{provider: "elb", project: "prod", id: "lost", err: job.NotFound},
	}
}

// watching makes a handler over samples, which were not yet asked for.
func watching(t *testing.T, retention time.Duration, all ...sample) http.Handler {
	t.Helper()
	answers := map[job.Key]sample{}
	f := fetcher(func(_ context.Context, j *job.Job) (job.Report, error) {
		s := answers[j.Key]
		if s.err != "" {
			return job.Report{}, &job.Failure{Reason: s.err}
		}
		return s.report, nil
	})
	var jobs []*job.Job
	plan := poller.Plan{
		Settings: poller.Settings{Interval: 30 * time.Second, MaxStale: 15 * time.Minute, Retention: retention, Concurrency: 16},
	}
	for _, s := range all {
		j := &job.Job{
			Key: job.Key{Provider: s.provider, ID: s.id}, Project: s.project, StuckAfter: 30 * time.Minute,
			Statuses: []job.Status{job.Running, job.Success, job.Failed, job.Unknown},
		}
		if s.provider == "elb" {
			j.APIVersion = "v1.0"
		}
		answers[j.Key] = s
		jobs = append(jobs, j)
		if !slices.ContainsFunc(plan.Projects, func(p poller.Project) bool { return p.Name == s.project }) {
			plan.Projects = append(plan.Projects, poller.Project{Name: s.project, Fetcher: fetch{&f}})
		}
	}
	plan.Changes = []poller.Change{{Add: jobs}}
	return handle(t, plan, unchanged)
}

// asked makes a handler over samples that were asked for once.
func asked(t *testing.T, all ...sample) http.Handler {
	t.Helper()
	h := watching(t, 0, all...)
	ask(h, "GET", "/metrics")
	return h
}

// listed reads an answer of /api/v1/jobs, as strictly as can be.
func listed(t *testing.T, h http.Handler, query string) []jobJSON {
	t.Helper()
	w := ask(h, "GET", "/api/v1/jobs"+query)
	if got := w.Header().Get("Content-Type"); w.Code != 200 || got != "application/json" {
		t.Fatalf("got %d, %s: %s", w.Code, got, w.Body)
	}
	var answer struct {
		Jobs []jobJSON `json:"jobs"`
	}
	decoder := json.NewDecoder(w.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if decoder.More() || answer.Jobs == nil {
		t.Fatalf("there is more than one value, or no list: %+v", answer)
	}
	return answer.Jobs
}

func jobIDs(jobs []jobJSON) string {
	var all []string
	for _, j := range jobs {
		all = append(all, j.JobID)
	}
	return strings.Join(all, " ")
}

func TestJobsAsJSONAreFiltered(t *testing.T) {
	for query, want := range map[string]string{
		"":                              "failed hangs lost runs succeeded",
		"?provider=cfw":                 "hangs succeeded",
		"?project=test":                 "hangs runs",
		"?status=failed":                "failed",
		"?status=failed&status=unknown": "failed lost",
		"?status=running&provider=elb":  "runs",
		"?provider=cfw&provider=elb":    "failed hangs lost runs succeeded",
		"?provider=&status=":            "failed hangs lost runs succeeded",
		"?q=AIL":                        "failed",
		"?provider=ecs":                 "",
		"?project=prod&status=init":     "",
	} {
		t.Run(query, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := jobIDs(listed(t, asked(t, samples()...), query)); got != want {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}

func TestOneFieldForEachThingThatIsKnown(t *testing.T) {
	all := func() map[string]sample {
		known := map[string]sample{}
		for _, s := range samples() {
			known[s.id] = s
		}
		return known
	}
	for id, want := range map[string]string{
		"failed": `{"provider":"elb","project":"prod","job_id":"failed","api_version":"v1.0","status":"failed","expired":false,` +
			`"job_type":"createELB","start":"1999-12-31T23:00:00Z","end":"1999-12-31T23:00:14Z","duration_seconds":14,"failures":3,` +
			`"error_code":"ELB.8902","fail_reason":"no address is left","last_poll_success":"2000-01-01T00:00:00Z"}`,
		"hangs": `{"provider":"cfw","project":"test","job_id":"hangs","status":"running","expired":false,` +
			`"start":"1999-12-31T23:15:00Z","duration_seconds":2700,"stuck_after_seconds":1800,"failures":0,"last_poll_success":"2000-01-01T00:00:00Z"}`,
		"lost": `{"provider":"elb","project":"prod","job_id":"lost","api_version":"v1.0","status":"unknown","expired":false,` +
			`"stuck_after_seconds":1800,"failures":0,"poll_error":"not_found"}`,
	} {
		t.Run(id, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := ask(asked(t, all()[id]), "GET", "/api/v1/jobs").Body.String()
				if got != `{"jobs":[`+want+"\n]}\n" {
					t.Errorf("got %s", got)
				}
			})
		})
	}
}

func TestAJobThatWasNotYetAskedForIsUnknown(t *testing.T) {
	h := watching(t, 0, sample{provider: "cfw", project: "prod", id: "new"})
	want := `{"jobs":[{"provider":"cfw","project":"prod","job_id":"new","status":"unknown","expired":false,"stuck_after_seconds":1800,"failures":0}` + "\n]}\n"
	if got := ask(h, "GET", "/api/v1/jobs").Body.String(); got != want {
		t.Errorf("got %s", got)
	}
}

func TestAnyNumberOfJobsIsValidJSON(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			if got := listed(t, watching(t, 0, many(n)...), ""); len(got) != n {
				t.Errorf("got %d jobs", len(got))
			}
		})
	}
}

// many makes jobs that succeeded, one a second.
func many(n int) []sample {
	all := make([]sample, n)
	for i := range all {
		end := time.Date(1999, 1, 1, 0, 0, i, 0, time.UTC)
		all[i] = sample{
			provider: "elb", project: "prod", id: fmt.Sprintf("job-%04d", i),
			report: job.Report{Status: job.Success, Begin: end.Add(-time.Duration(i) * time.Second), End: end},
		}
	}
	return all
}

func TestExpiredJobsAreStillShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := watching(t, 90*time.Minute, samples()...) // one ended more than that ago
		ask(h, "GET", "/metrics")
		if strings.Contains(ask(h, "GET", "/metrics").Body.String(), `job_id="succeeded"`) {
			t.Fatal("the job is still in the metrics")
		}
		expired := slices.DeleteFunc(listed(t, h, ""), func(j jobJSON) bool { return !j.Expired })
		if len(expired) != 1 || expired[0].JobID != "succeeded" || expired[0].Status != "success" || *expired[0].DurationSeconds != 300 {
			t.Errorf("expired are %+v", expired)
		}
		if got := jobIDs(listed(t, h, "?status=success")); got != "succeeded" {
			t.Errorf("a filter lets pass %q", got)
		}
		const mark = "<small>no longer in the metrics</small>"
		if page := ask(h, "GET", "/jobs").Body.String(); strings.Count(page, mark) != 1 {
			t.Errorf("the page does not say that one is no longer in the metrics:\n%s", page)
		}
	})
}

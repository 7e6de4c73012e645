package poller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudjob_exporter/job"
)

func TestApplyKeepsWhatIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		jobs := testJobs("cfw", 10)
		p := start(t, testSettings(), f, jobs[:6]...)
		p.scrape(time.Second)
		longer := *jobs[5]
		longer.StuckAfter = 2 * time.Hour
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Jobs: append([]*job.Job{jobs[9], &longer}, jobs[2:5]...)})
		snapshot := p.scrape(time.Second)
		var ids []string
		for _, state := range snapshot.Jobs() {
			ids = append(ids, state.ID)
		}
		equal(t, "jobs", strings.Join(ids, " "), "job-0002 job-0003 job-0004 job-0005 job-0009")
		equal(t, "running", statuses(snapshot)["running"], 5)
		equal(t, "calls: only the new job's is added", f.calls(), 7)
		equal(t, "threshold", snapshot.Jobs()[3].StuckAfter, 2*time.Hour)
	})
}

func TestApplyForgetsAJobThatIsAnotherOneNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f, testJobs("elb", 1)...)
		p.scrape(time.Second)
		other := testJobs("elb", 1)
		other[0].APIVersion = "v3"
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Jobs: other})
		equal(t, "unknown", statuses(p.Snapshot())["unknown"], 1)
		p.scrape(time.Second)
		equal(t, "calls", f.calls(), 2)
	})
}

func TestApplyCancelsThePollsOfJobsThatGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		canceled := 0
		f := &fakeCloud{answer: func(ctx context.Context, j *job.Job) (job.Report, error) {
			report, err := running(20*time.Second)(ctx, j)
			if err != nil {
				canceled++
			}
			return report, err
		}}
		jobs := testJobs("cfw", 2)
		p := start(t, testSettings(), f, jobs...)
		answered := make(chan Snapshot)
		go func() { answered <- p.scrape(time.Minute) }()
		synctest.Wait()
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Jobs: jobs[:1]})
		synctest.Wait()
		equal(t, "canceled", canceled, 1)
		snapshot := <-answered
		equal(t, "jobs", len(snapshot.Jobs()), 1)
		equal(t, "running: the other poll went on", statuses(snapshot)["running"], 1)
	})
}

func TestApplyKeepsTheQueueAndItsScrapes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 10
		f := &fakeCloud{answer: running(0)}
		jobs := testJobs("cfw", 50)
		p := start(t, s, f, jobs...)
		answered := make(chan Snapshot)
		go func() { answered <- p.scrape(time.Minute) }()
		for range 40 {
			time.Sleep(100 * time.Millisecond)
			p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: jobs})
		}
		equal(t, "running", statuses(<-answered)["running"], 50)
		equal(t, "calls", f.calls(), 50)
	})
}

func TestAChangedProjectIsAskedAtOnceForWhatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := &fakeCloud{answer: failing(job.Failure{Reason: job.Auth, RetryAfter: 15 * time.Minute})}
		p := start(t, testSettings(), refused, testJobs("cfw", 5)...)
		p.scrape(time.Second)
		good := &fakeCloud{answer: running(0)}
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", good}}, Jobs: testJobs("cfw", 5)})
		equal(t, "running", statuses(p.scrape(time.Second))["running"], 5)
	})
}

func TestAnUnchangedProjectKeepsItsPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: failing(job.Failure{Reason: job.RateLimited, RetryAfter: 5 * time.Minute})}
		p := start(t, testSettings(), f, testJobs("cfw", 1)...)
		p.scrape(time.Second)
		time.Sleep(time.Minute)
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Jobs: testJobs("cfw", 1)})
		p.scrape(time.Second)
		equal(t, "calls", f.calls(), 1)
	})
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{}
		f.answer = func(ctx context.Context, j *job.Job) (job.Report, error) {
			switch j.ID {
			case "job-0000":
				return job.Report{Status: job.Success}, nil
			case "job-0001":
				return job.Report{RawStatus: "PAUSED", ParseIssue: `begin_time "soon" is no time`}, nil
			case "job-0002":
				return failing(job.Failure{Reason: job.NotFound})(ctx, j)
			}
			return running(time.Minute)(ctx, j)
		}
		p := start(t, testSettings(), f, testJobs("cfw", 4)...)
		p.scrape(time.Second)
		p.scrape(time.Second)
		err := testutil.GatherAndCompare(p.registry, strings.NewReader(`
# HELP cloudjob_exporter_answers_total Answers about jobs by how they came: call (of the job) or listing (of many jobs).
# TYPE cloudjob_exporter_answers_total counter
cloudjob_exporter_answers_total{provider="cfw",source="call"} 2
cloudjob_exporter_answers_total{provider="cfw",source="listing"} 0
# HELP cloudjob_exporter_cache_hits_total Jobs served from the cache at scrape time.
# TYPE cloudjob_exporter_cache_hits_total counter
cloudjob_exporter_cache_hits_total{provider="cfw"} 3
# HELP cloudjob_exporter_cache_misses_total Jobs that were due at scrape time, whether a call of their own or a listing answered for them.
# TYPE cloudjob_exporter_cache_misses_total counter
cloudjob_exporter_cache_misses_total{provider="cfw"} 5
# HELP cloudjob_exporter_detection_delay_seconds Time from the end of a job, as the cloud gives it, to the answer that said so.
# TYPE cloudjob_exporter_detection_delay_seconds histogram
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="1"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="2.5"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="5"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="10"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="15"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="30"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="60"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="120"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="300"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="600"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="1800"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="3600"} 0
cloudjob_exporter_detection_delay_seconds_bucket{provider="cfw",le="+Inf"} 0
cloudjob_exporter_detection_delay_seconds_sum{provider="cfw"} 0
cloudjob_exporter_detection_delay_seconds_count{provider="cfw"} 0
# HELP cloudjob_exporter_ended_job_duration_seconds Time from the start to the end of the jobs that ended while they were watched.
# TYPE cloudjob_exporter_ended_job_duration_seconds histogram
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="1"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="5"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="10"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="30"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="60"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="120"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="300"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="600"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="1200"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="1800"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="3600"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="7200"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="failed",le="+Inf"} 0
cloudjob_exporter_ended_job_duration_seconds_sum{job_type="",provider="cfw",status="failed"} 0
cloudjob_exporter_ended_job_duration_seconds_count{job_type="",provider="cfw",status="failed"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="1"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="5"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="10"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="30"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="60"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="120"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="300"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="600"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="1200"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="1800"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="3600"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="7200"} 0
cloudjob_exporter_ended_job_duration_seconds_bucket{job_type="",provider="cfw",status="success",le="+Inf"} 0
cloudjob_exporter_ended_job_duration_seconds_sum{job_type="",provider="cfw",status="success"} 0
cloudjob_exporter_ended_job_duration_seconds_count{job_type="",provider="cfw",status="success"} 0
# HELP cloudjob_exporter_ended_jobs_total Jobs that ended while they were watched, by their last status.
# TYPE cloudjob_exporter_ended_jobs_total counter
cloudjob_exporter_ended_jobs_total{job_type="",project="prod",provider="cfw",status="failed"} 0
cloudjob_exporter_ended_jobs_total{job_type="",project="prod",provider="cfw",status="success"} 0
# HELP cloudjob_exporter_jobs Jobs of this shard that are watched, whatever source names them.
# TYPE cloudjob_exporter_jobs gauge
cloudjob_exporter_jobs{project="prod",provider="cfw"} 4
# HELP cloudjob_exporter_poll_errors_total Polls that failed, by reason.
# TYPE cloudjob_exporter_poll_errors_total counter
cloudjob_exporter_poll_errors_total{provider="cfw",reason="auth"} 0
cloudjob_exporter_poll_errors_total{provider="cfw",reason="bad_response"} 0
cloudjob_exporter_poll_errors_total{provider="cfw",reason="forbidden"} 0
cloudjob_exporter_poll_errors_total{provider="cfw",reason="network"} 0
cloudjob_exporter_poll_errors_total{provider="cfw",reason="not_found"} 1
cloudjob_exporter_poll_errors_total{provider="cfw",reason="not_published"} 0
cloudjob_exporter_poll_errors_total{provider="cfw",reason="rate_limited"} 0
cloudjob_exporter_poll_errors_total{provider="cfw",reason="server_error"} 0
cloudjob_exporter_poll_errors_total{provider="cfw",reason="timeout"} 0
# HELP cloudjob_exporter_polls_pending Jobs that are due or being asked for, and not yet answered.
# TYPE cloudjob_exporter_polls_pending gauge
cloudjob_exporter_polls_pending{project="prod"} 1
# HELP cloudjob_exporter_unrecognized_statuses_total Answers with a status that is in no table.
# TYPE cloudjob_exporter_unrecognized_statuses_total counter
cloudjob_exporter_unrecognized_statuses_total{provider="cfw"} 1
`))
		if err != nil {
			t.Error(err)
		}
		if logs := p.logs.String(); strings.Count(logs, "unrecognized status PAUSED") != 1 {
			t.Errorf("the unrecognized status is not logged once:\n%s", logs)
		}
	})
}

func TestANewIntervalCountsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: func(ctx context.Context, j *job.Job) (job.Report, error) {
			if j.ID == "job-0001" {
				return failing(job.Failure{Reason: job.NotFound})(ctx, j)
			}
			return running(0)(ctx, j)
		}}
		jobs := testJobs("cfw", 2)
		p := start(t, testSettings(), f, jobs...)
		began := time.Now()
		apply := func(interval time.Duration) {
			s := testSettings()
			s.Interval = interval
			p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: jobs})
		}
		scrapeUntil := func(end time.Duration) {
			for ; time.Since(began) < end; time.Sleep(time.Second) {
				p.scrape(time.Second)
			}
		}
		scrapeUntil(45 * time.Second)
		apply(5 * time.Minute)
		scrapeUntil(6 * time.Minute)
		apply(time.Minute)
		scrapeUntil(7 * time.Minute)
		var asked []string
		ids, times := f.history()
		for i, id := range ids {
			asked = append(asked, fmt.Sprint(id, " after ", times[i].Sub(began)))
		}
		slices.Sort(asked)
		equal(t, "calls", strings.Join(asked, "\n"), strings.Join([]string{
			"job-0000 after 0s",
			"job-0000 after 30s",
			"job-0000 after 5m30s",
			"job-0000 after 6m30s",
			"job-0001 after 0s",
			"job-0001 after 30s",
			"job-0001 after 6m0s", // 2 new intervals after 30s have passed
		}, "\n"))
	})
}

func TestAReloadTakesOutOfTheQueueWhatIsNoLongerDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 1
		f := &fakeCloud{answer: running(0)}
		jobs := testJobs("cfw", 40)
		p := start(t, s, f, jobs...)
		p.scrape(time.Minute)
		answered := make(chan time.Time)
		go func() {
			p.scrape(time.Minute)
			answered <- time.Now()
		}()
		synctest.Wait()
		reloaded := time.Now()
		s.Interval = time.Hour
		p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}}, Jobs: jobs})
		equal(t, "the scrape still waits for", (<-answered).Sub(reloaded), 0)
		time.Sleep(time.Minute)
		if n := f.calls(); n > 41 {
			t.Errorf("%d calls for jobs that are not due, in a minute", n-40)
		}
	})
}

// TestAProjectThatGoesTakesItsClaimsAlong: the job that the configuration lets go of
// is named by a job file, too, in a project that goes at the same time.
func TestAProjectThatGoesTakesItsClaimsAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		configuration, file := Source{Name: "configuration"}, Source{Rank: JobFiles, Name: "a.yml"}
		ours, theirs := testJobs("cfw", 1)[0], testJobs("cfw", 1)[0]
		theirs.Project = "test"
		p.Poller.Apply(Plan{
			Settings: testSettings(), Projects: []Project{{"prod", f}, {"test", f}},
			Changes: []Change{{Source: file, Add: []*job.Job{theirs}}, {Source: configuration, Add: []*job.Job{ours}}},
		})
		equal(t, "project", p.scrape(time.Second).Jobs()[0].Project, "prod")
		p.Poller.Apply(Plan{
			Settings: testSettings(), Projects: []Project{{"prod", f}},
			Changes: []Change{{Source: configuration, Remove: []job.Key{ours.Key}}},
		})
		equal(t, "jobs", len(p.scrape(time.Second).Jobs()), 0)
		equal(t, "duplicates", p.logged("duplicate job ignored", "first=configuration", "second=a.yml"), 1)
	})
}

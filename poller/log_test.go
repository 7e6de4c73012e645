package poller

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudjob_exporter/job"
)

// logged counts the lines that say all of it.
func (tp testPoller) logged(what ...string) int {
	n := 0
lines:
	for line := range strings.Lines(tp.logs.String()) {
		for _, w := range what {
			if !strings.Contains(line, w) {
				continue lines
			}
		}
		n++
	}
	return n
}

func TestJobsThatFailAlikeAreOneWarning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: failing(job.Failure{Reason: job.Timeout})}
		jobs := testJobs("cfw", 20)
		p := start(t, testSettings(), f, jobs[:10]...)
		check := func(warned, told, over, overToo int) {
			t.Helper()
			p.scrape(time.Second)
			equal(t, "warnings", p.logged("level=warn", `msg="poll failed" reason=timeout`), warned)
			equal(t, "failures for those who want to know", p.logged("level=debug", `msg="poll failed"`), told)
			equal(t, "ends", p.logged("level=info", `msg="polling recovered" reason=timeout`), over)
			equal(t, "ends for those who want to know", p.logged("level=debug", `msg="polling recovered"`), overToo)
			time.Sleep(time.Minute)
		}
		check(1, 9, 0, 0)
		check(1, 9, 0, 0)
		p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Jobs: jobs[5:]})
		check(1, 19, 0, 0)
		f.answer = running(0)
		check(1, 19, 1, 14)
		check(1, 19, 1, 14)
		f.answer = failing(job.Failure{Reason: job.Timeout})
		check(2, 33, 1, 14)
	})
}

func TestEachJobThatIsNotFoundIsAWarning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, testSettings(), &fakeCloud{answer: failing(job.Failure{Reason: job.NotFound})}, testJobs("cfw", 3)...)
		p.scrape(time.Second)
		equal(t, "warnings", p.logged("level=warn", "reason=not_found"), 3)
	})
}

func TestAPauseDoesNotMakeAJobThatIsNotFoundNewsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{}
		p := start(t, testSettings(), f, testJobs("cfw", 3)...)
		for range 5 {
			f.answer = failing(job.Failure{Reason: job.NotFound})
			for range 20 {
				p.scrape(time.Second)
				time.Sleep(time.Minute)
			}
			f.answer = failing(job.Failure{Reason: job.RateLimited, Overloaded: true, RetryAfter: 5 * time.Minute})
			p.scrape(time.Second)
			time.Sleep(10 * time.Minute)
		}
		equal(t, "warnings", p.logged("level=warn", "reason=not_found"), 3)
		equal(t, "ends", p.logged("level=info", "reason=not_found"), 0)
		f.answer = running(0)
		p.scrape(time.Second)
		equal(t, "ends", p.logged("level=info", `msg="polling recovered" reason=not_found`), 3)
	})
}

func TestTheEndOfAFailureIsToldThoughAnotherBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: failing(job.Failure{Reason: job.Timeout})}
		p := start(t, testSettings(), f, testJobs("cfw", 3)...)
		p.scrape(time.Second)
		time.Sleep(time.Minute)
		f.answer = failing(job.Failure{Reason: job.NotFound})
		p.scrape(time.Second)
		equal(t, "ends", p.logged("level=info", `msg="poll error changed" from=timeout to=not_found`), 1)
		equal(t, "warnings", p.logged("level=warn", "reason=not_found"), 3)
	})
}

func TestAProbedJobThatIsForgottenFailsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, testSettings(), &fakeCloud{answer: failing(job.Failure{Reason: job.Timeout})})
		jobs := testJobs("cfw", 3)
		p.probe(t, time.Second, jobs[0])
		p.probe(t, time.Second, jobs[1])
		equal(t, "warnings", p.logged("level=warn"), 1)
		time.Sleep(2 * time.Hour)
		p.probe(t, time.Second, jobs[2])
		equal(t, "warnings once the others are forgotten", p.logged("level=warn"), 2)
	})
}

func TestAProbedJobThatMovedFailsNoMoreWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.Concurrency = 1
		f := &fakeCloud{answer: func(ctx context.Context, j *job.Job) (job.Report, error) {
			if j.Project == "test" {
				return running(0)(ctx, j)
			}
			return overloaded(10*time.Second+probeClaim, time.Minute)(ctx, j)
		}}
		p := start(t, s, f)
		p.Apply(testPlan{Settings: s, Projects: []Project{{"prod", f}, {"test", f}}})
		jobs := testJobs("elb", 2)
		p.probe(t, time.Second, jobs[0])
		p.probe(t, time.Second, jobs[1]) // queued, and there when the pause begins
		time.Sleep(probeClaim)
		moved := *jobs[1]
		moved.Project = "test"
		p.probe(t, time.Second, &moved)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		f.answer = running(0)
		p.probe(t, time.Second, jobs[0])
		equal(t, "ends", p.logged("level=info", `msg="polling recovered"`, "reason=rate_limited"), 1)
	})
}

func TestWhatIsOddIsLoggedWhenItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		words := []string{"PAUSED", "PAUSED", "HELD", "", "HELD"}
		f := &fakeCloud{}
		f.answer = func(context.Context, *job.Job) (job.Report, error) {
			return job.Report{RawStatus: words[f.calls()-1]}, nil
		}
		p := start(t, testSettings(), f, testJobs("cfw", 1)...)
		for i, want := range []int{1, 1, 2, 2, 3} {
			p.scrape(time.Second)
			if got := p.logged("answer not fully understood"); got != want {
				t.Errorf("answer %d: %d lines, want %d", i, got, want)
			}
			time.Sleep(time.Minute)
		}
		equal(t, "answers with a word in no table", testutil.ToFloat64(p.metrics.Unrecognized.WithLabelValues("cfw")), 4)
	})
}

func TestAPauseIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: failing(job.Failure{Reason: job.RateLimited, RetryAfter: time.Minute})}
		p := start(t, testSettings(), f, testJobs("cfw", 1)...)
		p.scrape(time.Second)
		equal(t, "lines", p.logged("level=warn", `msg="calls paused" provider=cfw project=prod for=1m0s reason=rate_limited`), 1)
	})
}

func TestSeriesOfAllProvidersAreThereFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, testSettings(), &fakeCloud{answer: running(0)}, append(testJobs("cfw", 2), testJobs("elb", 1)...)...)
		n, err := testutil.GatherAndCount(p.registry, "cloudjob_exporter_unrecognized_statuses_total")
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "series", n, 2)
	})
}

func TestWhatBecomesOfAJobIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ends := map[string]job.Report{
			"job-0000": {Status: job.Success, Type: "createELB"},
			"job-0001": {Status: job.Failed, Type: "deleteELB", ErrorCode: "ELB.9000", FailReason: "no capacity"},
			"job-0002": {Status: job.Canceled},
		}
		f := &fakeCloud{answer: func(_ context.Context, j *job.Job) (job.Report, error) {
			r, ok := ends[j.ID]
			switch {
			case j.ID == "job-0004":
				r = job.Report{Status: job.Success, End: began.Add(-time.Hour)} // long over
			case j.ID == "job-0005":
				r = job.Report{Status: job.Failed, Begin: began.Add(-2 * time.Hour), End: began.Add(-time.Hour)}
			case !ok || time.Since(began) < 10*time.Minute:
				r.Status = job.Running
			default:
				r.End = began.Add(10 * time.Minute)
			}
			if r.Begin.IsZero() {
				r.Begin = began
			}
			return r, nil
		}}
		p := start(t, testSettings(), f, testJobs("cfw", 6)...)
		for range 90 {
			p.scrape(time.Second)
			time.Sleep(time.Minute)
		}
		want := []string{
			`level=info provider=cfw project=prod job_id=job-0005 msg="job failed" duration=1h0m0s`,
			`level=info provider=cfw project=prod job_id=job-0000 msg="job succeeded" job_type=createELB duration=10m0s`,
			`level=info provider=cfw project=prod job_id=job-0001 msg="job failed" job_type=deleteELB duration=10m0s error_code=ELB.9000 fail_reason="no capacity"`,
			`level=info provider=cfw project=prod job_id=job-0002 msg="job canceled" duration=10m0s`,
			`level=info provider=cfw project=prod job_id=job-0003 msg="job stuck" duration=1h1m0s stuck_after=1h0m0s`,
		}
		for _, line := range want {
			equal(t, line, p.logged(line+"\n"), 1)
		}
		equal(t, "lines", p.logged("level=info"), len(want))
		equal(t, "over when first seen", p.logged(`level=debug`, `job_id=job-0004 msg="job succeeded"`), 1)
	})
}

func TestAFailureThatPausesALaneIsOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: failing(job.Failure{Reason: job.Auth, RetryAfter: time.Minute})}
		p := start(t, testSettings(), f, testJobs("cfw", 20)...)
		p.scrape(time.Second)
		equal(t, "warnings", p.logged("level=warn"), 1)
		equal(t, "about the pause", p.logged("level=warn", `msg="calls paused"`, "reason=auth"), 1)
	})
}

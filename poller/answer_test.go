package poller

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/metrics"
)

// TestWhichAnswerOfAListCounts: the cloud said at 10 s that the job runs, and is asked
// for it alone no more.
func TestWhichAnswerOfAListCounts(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Answer)
		want   job.Status
		due    time.Duration
	}{
		"a later one":        {func(*Answer) {}, job.Init, 50 * time.Second},
		"an earlier one":     {func(a *Answer) { a.Asked = a.Asked.Add(-11 * time.Second) }, job.Running, 40 * time.Second},
		"a final one":        {func(a *Answer) { a.Report.Status = job.Success }, job.Success, 50 * time.Second},
		"a word in no table": {func(a *Answer) { a.Report = job.Report{RawStatus: "ODD"} }, job.Unknown, 50 * time.Second},
		"another project":    {func(a *Answer) { a.Project = "test" }, job.Running, 40 * time.Second},
		"another version":    {func(a *Answer) { a.APIVersion = "v3" }, job.Running, 40 * time.Second},
		"another provider":   {func(a *Answer) { a.Provider = "cfw" }, job.Running, 40 * time.Second},
		"another job":        {func(a *Answer) { a.ID = "b" }, job.Running, 40 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				f := &fakeCloud{answer: running(0)}
				p := start(t, testSettings(), f, testJobs("elb", 1)...)
				time.Sleep(10 * time.Second)
				p.scrape(time.Second)
				time.Sleep(20 * time.Second)
				j := testJobs("elb", 1)[0]
				a := Answer{Key: j.Key, Project: "prod", Asked: began.Add(20 * time.Second), Report: job.Report{Status: job.Init}}
				test.change(&a)
				p.Answered([]Answer{a})
				s, _ := p.State(j.Key)
				equal(t, "status", s.Report.Status, test.want)
				equal(t, "due", p.entries[j.Key].Due.Sub(began), test.due)
				counted := testutil.ToFloat64(p.metrics.Answers.WithLabelValues("elb", metrics.Listing))
				equal(t, "counted", counted, map[bool]float64{true: 1}[test.want != job.Running])
				p.Answered([]Answer{{Key: j.Key, Project: "prod", Asked: time.Now(), Report: job.Report{Status: job.Running}}})
				s, _ = p.State(j.Key)
				equal(t, "final after one more", s.Final(), test.want.Final())
			})
		})
	}
}

func TestAnAnswerOfAListEndsAFailure(t *testing.T) {
	for _, reason := range []job.Reason{job.Timeout, job.NotFound} {
		synctest.Test(t, func(t *testing.T) {
			f := &fakeCloud{answer: failing(job.Failure{Reason: reason})}
			p := start(t, testSettings(), f, testJobs("elb", 1)...)
			for range 4 {
				p.scrape(time.Second)
				time.Sleep(5 * time.Minute)
			}
			asked := time.Now()
			j := testJobs("elb", 1)[0]
			p.Answered([]Answer{{Key: j.Key, Project: "prod", Asked: asked, Report: job.Report{Status: job.Running, ParseIssue: "odd time"}}})
			s, _ := p.State(j.Key)
			equal(t, "error", s.Err, "")
			equal(t, "missing", s.Missing, false)
			equal(t, "due", p.entries[j.Key].Due.Sub(asked), 30*time.Second)
			equal(t, "logged that it is odd", p.logged("answer not fully understood", "odd time"), 1)
			time.Sleep(30 * time.Second)
			p.scrape(time.Second)
			equal(t, "the next failure counts from the beginning", p.entries[j.Key].Backoff, 1)
		})
	}
}

// TestACallUnderWayDoesNotUndoALaterAnswer: it was begun at 0 s, and ends at 10 s.
func TestACallUnderWayDoesNotUndoALaterAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		asked time.Duration // by the list
		ends  error
		want  job.Status
		err   job.Reason
	}{
		"a later answer":                        {time.Second, nil, job.Init, ""},
		"a later answer, and the call fails":    {time.Second, &job.Failure{Reason: job.Timeout}, job.Init, ""},
		"a later answer, and it is not found":   {time.Second, &job.Failure{Reason: job.NotFound}, job.Init, ""},
		"an earlier answer":                     {-time.Second, nil, job.Running, ""},
		"an earlier answer, and the call fails": {-time.Second, &job.Failure{Reason: job.Timeout}, job.Init, job.Timeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeCloud{answer: func(ctx context.Context, j *job.Job) (job.Report, error) {
					if r, err := running(10*time.Second)(ctx, j); test.ends == nil || err != nil {
						return r, err
					}
					return job.Report{}, test.ends
				}}
				p := start(t, testSettings(), f, testJobs("elb", 1)...)
				time.Sleep(time.Second)
				began := time.Now()
				p.scrape(2 * time.Second)
				j := testJobs("elb", 1)[0]
				p.Answered([]Answer{{Key: j.Key, Project: "prod", Asked: began.Add(test.asked), Report: job.Report{Status: job.Init}}})
				s, _ := p.State(j.Key)
				equal(t, "status at once", s.Report.Status, job.Init)
				time.Sleep(10 * time.Second)
				synctest.Wait()
				s, _ = p.State(j.Key)
				equal(t, "status", s.Report.Status, test.want)
				equal(t, "error", s.Err, test.err)
				equal(t, "due", p.entries[j.Key].Due.Sub(began), 30*time.Second+max(test.asked, 0))
				equal(t, "calls in flight", p.projects["prod"].InFlight(), 0)
			})
		})
	}
}

func TestManyAnswersTakeQueuedJobsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSettings()
		s.RateLimit = 0.1
		f := &fakeCloud{answer: running(0)}
		jobs := testJobs("elb", 10_000)
		p := start(t, s, f, jobs...)
		done := make(chan Snapshot)
		began := time.Now()
		go func() { done <- p.scrape(time.Hour) }()
		time.Sleep(time.Second)
		answers := make([]Answer, len(jobs))
		for i, j := range jobs {
			answers[i] = Answer{Key: j.Key, Project: "prod", Asked: began.Add(time.Second), Report: job.Report{Status: job.Running}}
		}
		p.Answered(answers)
		equal(t, "running", statuses(<-done)["running"], 10_000)
		equal(t, "the scrape took", time.Since(began), time.Second)
		equal(t, "queued", p.projects["prod"].Queued(), 0)
		equal(t, "calls", f.calls(), 1)
	})
}

func TestJobsThatAListingFoundComeWithTheirAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f)
		jobs := testJobs("elb", 3)
		c := Change{Source: Source{Rank: Discovery, Name: "discovery of elb in project prod"}, Add: jobs}
		for _, j := range jobs[:2] {
			c.Answers = append(c.Answers, Answer{Key: j.Key, Project: "prod", Asked: time.Now(), Report: job.Report{Status: job.Running}})
		}
		p.Watch(c)
		s := p.scrape(time.Second)
		ids, _ := f.history()
		equal(t, "asked for", fmt.Sprint(ids), "[job-0002]")
		equal(t, "running", statuses(s)["running"], 3)
		equal(t, "source", s.Jobs()[0].Source, "discovery of elb in project prod")

		p.Watch(Change{Source: Source{Name: "configuration"}, Add: jobs[:1]})
		equal(t, "source that counts now", p.Snapshot().Jobs()[0].Source, "configuration")
		time.Sleep(time.Minute)
		equal(t, "and after a poll", p.scrape(time.Second).Jobs()[0].Source, "configuration")
		p.Watch(Change{Source: Source{Name: "configuration"}, Remove: []job.Key{jobs[0].Key}})
		equal(t, "source after that", p.Snapshot().Jobs()[0].Source, "discovery of elb in project prod")
		equal(t, "source of a job that is only probed", p.probe(t, time.Second, testJobs("cfw", 1)[0]).Jobs()[0].Source, "")
	})
}

// TestAnAnswerOfAListCountsOnce: a page that shows a job which another source names is
// known when the listing comes to name it, too.
func TestAnAnswerOfAListCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, l := startListing(t, 1, testSettings())
		counted := func() float64 { return testutil.ToFloat64(p.metrics.Answers.WithLabelValues("elb", "listing")) }
		before, answers := counted(), l.answers(time.Now(), l.shows...)
		p.Answered(answers)
		p.Poller.Watch(Change{Source: Source{Rank: Discovery, Name: "discovery"}, Add: l.shows, Answers: answers})
		equal(t, "answers", counted()-before, 1)
		time.Sleep(time.Second)
		p.Answered(l.answers(time.Now(), l.shows...))
		equal(t, "with those of the next listing", counted()-before, 2)
	})
}

func TestEndedJobsAreCountedOnce(t *testing.T) {
	for name, test := range map[string]struct {
		before job.Status // of the first answer
		stored bool
		want   float64
	}{
		"seen unfinished":                       {job.Running, false, 1},
		"over when first seen":                  {job.Failed, false, 0},
		"seen unfinished, and a restart":        {job.Running, true, 1},
		"over when first seen, and a restart":   {job.Failed, true, 0},
		"seen in no known status":               {job.Unknown, false, 1},
		"seen in no known status and a restart": {job.Unknown, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				status := test.before
				f := &fakeCloud{answer: func(context.Context, *job.Job) (job.Report, error) {
					r := job.Report{Status: status, Type: "create", Begin: began}
					if status.Final() {
						r.End = began.Add(40 * time.Second)
					}
					return r, nil
				}}
				var store Store
				if test.stored {
					store = &memory{states: map[job.Key]*job.State{}}
				}
				jobs := testJobs("elb", 1)
				p := startWith(t, store, testSettings(), f, jobs...)
				p.scrape(time.Second)
				time.Sleep(time.Minute)
				status = job.Failed
				if test.stored {
					p = startWith(t, store, testSettings(), f, jobs...)
				}
				for range 3 {
					p.scrape(time.Second)
					time.Sleep(time.Minute)
				}
				equal(t, "ended", float64(endedJobs(p.registry)["prod"]), test.want)
				equal(t, "durations", histogram(t, p, "cloudjob_exporter_ended_job_duration_seconds"), fmt.Sprint(test.want, " ", 40*test.want))
				equal(t, "delays", histogram(t, p, "cloudjob_exporter_detection_delay_seconds"), fmt.Sprint(test.want, " ", 20*test.want))

				if test.stored {
					p = startWith(t, store, testSettings(), f, jobs...)
					p.scrape(time.Second)
					equal(t, "after one more restart", endedJobs(p.registry)["prod"], 0)
				}
				p.Apply(testPlan{Settings: testSettings(), Projects: []Project{{"other", f}}})
				n, err := testutil.GatherAndCount(p.registry, "cloudjob_exporter_ended_jobs_total")
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "series, once the project is gone", n, 0)
			})
		})
	}
}

// histogram returns count and sum of a histogram, over all its series.
func histogram(t *testing.T, p testPoller, name string) string {
	t.Helper()
	families, err := p.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var count uint64
	var sum float64
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				count += m.GetHistogram().GetSampleCount()
				sum += m.GetHistogram().GetSampleSum()
			}
		}
	}
	return fmt.Sprint(count, " ", sum)
}

func TestAListIsLoggedLikeACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeCloud{answer: running(0)}
		p := start(t, testSettings(), f, testJobs("elb", 1)...)
		p.scrape(time.Second)
		j := testJobs("elb", 1)[0]
		for range 2 {
			p.Answered([]Answer{{Key: j.Key, Project: "prod", Asked: time.Now(), Report: job.Report{Status: job.Failed, ErrorCode: "ELB.1"}}})
		}
		equal(t, "logged that it failed", strings.Count(p.logs.String(), `msg="job failed"`), 1)
		equal(t, "in the next scrape", statuses(p.scrape(time.Second))["failed"], 1)
	})
}

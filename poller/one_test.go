package poller

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

func TestClaimed(t *testing.T) {
	first, second := Source{Rank: Configuration, Name: "first"}, Source{Rank: Discovery, Name: "second"}
	j := testJobs("elb", 1)[0]
	other := *j
	other.StuckAfter = time.Minute
	synctest.Test(t, func(t *testing.T) {
		p := start(t, testSettings(), &fakeCloud{answer: running(0)})
		for _, step := range []struct {
			change Change
			by     Source
			job    *job.Job
		}{
			{Change{Source: second, Add: []*job.Job{&other}}, second, &other},
			{Change{Source: first, Add: []*job.Job{j}}, first, j},
			{Change{Source: first, Remove: []job.Key{j.Key}}, second, &other},
			{Change{Source: second, Remove: []job.Key{j.Key}}, Source{}, nil},
		} {
			p.Watch(step.change)
			by, claimed, ok := p.Claimed(j.Key)
			if by != step.by || claimed != step.job || ok != (claimed != nil) {
				t.Errorf("after %+v: %+v, %v, %v", step.change, by, claimed, ok)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Probe(ctx, j); err != nil {
			t.Fatal(err)
		}
		if _, _, ok := p.Claimed(j.Key); ok {
			t.Error("a probe claims its job")
		}
	})
}

func TestSnapshotOfOneJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		settings := testSettings()
		settings.Retention = time.Minute
		jobs := testJobs("elb", 2)
		p := start(t, settings, &fakeCloud{answer: func(context.Context, *job.Job) (job.Report, error) {
			return job.Report{Status: job.Success, End: time.Now()}, nil
		}}, jobs...)
		is := func(what string, k job.Key, known, expired bool) {
			s, is := p.SnapshotOf(k)
			if n := len(s.Jobs()); known != (n == 1) || known && s.Jobs()[0].Key != k || is != expired || s.MaxStale != settings.MaxStale {
				t.Errorf("%s: %d jobs, expired %v, max_stale %v", what, n, is, s.MaxStale)
			}
		}
		is("not polled", jobs[0].Key, true, false)
		p.scrape(time.Second)
		is("over", jobs[1].Key, true, false)
		time.Sleep(2 * time.Minute)
		p.scrape(time.Second)
		is("expired", jobs[0].Key, true, true)
		is("unknown", job.Key{Provider: "elb", ID: "none"}, false, false)
	})
}

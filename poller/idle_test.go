package poller

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestASnapshotSaysWhenTheLastScrapeWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jobs := testJobs("elb", 1)
		p := start(t, testSettings(), &fakeCloud{answer: running(2 * time.Second)}, jobs...)
		expect := func(when string, want time.Time) {
			t.Helper()
			s := p.Snapshot()
			equal(t, when, s.LastScrape, want)
			equal(t, "the interval", s.Interval, 30*time.Second)
		}
		expect("at the start", time.Time{})
		p.probe(t, 5*time.Second, jobs[0])
		expect("after a probe", time.Time{})

		time.Sleep(time.Minute)
		began := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { equal(t, "of its own", p.scrape(5*time.Second).LastScrape, began.Add(2*time.Second)) })
		synctest.Wait()
		expect("during a scrape", began)
		wg.Wait()
		time.Sleep(time.Minute)
		expect("later", began.Add(2*time.Second))
	})
}

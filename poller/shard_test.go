package poller

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
)

// startShard starts a poller of one shard, without jobs.
func startShard(t *testing.T, store Store, shard job.Shard, f Fetcher) testPoller {
	t.Helper()
	tp := testPoller{jobs: map[job.Key]*job.Job{}, registry: prometheus.NewPedanticRegistry()}
	tp.Poller = NewShard(log.NewNopLogger(), tp.registry, store, shard)
	tp.Poller.Apply(Plan{Settings: testSettings(), Projects: []Project{{"prod", f}}})
	t.Cleanup(tp.Close)
	return tp
}

// TestWhateverNamesAJobOneShardWatchesIt: by Apply and by Watch, of every kind of source.
func TestWhateverNamesAJobOneShardWatchesIt(t *testing.T) {
	const n, shards = 30, 3
	synctest.Test(t, func(t *testing.T) {
		watched := map[job.Key]int{}
		for i := range shards {
			shard := job.Shard{Index: i, Total: shards}
			f := &fakeCloud{answer: running(0)}
			p := startShard(t, nil, shard, f)
			var all []Change
			for rank, source := range []string{"configuration", "file", "registration", "discovery"} {
				jobs := testJobs("cfw", n)
				for k, j := range jobs {
					j.ID = fmt.Sprintf("%s-%d", source, k)
				}
				all = append(all, Change{Source: Source{Rank: Rank(rank), Name: source}, Add: jobs})
			}
			p.Poller.Apply(Plan{Settings: testSettings(), Projects: []Project{{"prod", f}}, Changes: all[:2]})
			p.Watch(all[2:]...)
			s := p.scrape(time.Minute)
			for _, state := range s.Jobs() {
				watched[state.Key]++
				if !shard.Owns(state.Key) {
					t.Errorf("shard %d watches %v", i, state.Key)
				}
			}
			equal(t, "calls", f.calls(), len(s.Jobs()))
		}
		equal(t, "jobs", len(watched), 4*n)
		for k, by := range watched {
			equal(t, fmt.Sprint("shards that watch ", k), by, 1)
		}
	})
}

// foreign returns a job that another shard watches.
func foreign(shard job.Shard) *job.Job {
	for _, j := range testJobs("cfw", 100) {
		if !shard.Owns(j.Key) {
			return j
		}
	}
	return nil
}

// TestAProbeOfAnotherShardsJob is answered, and nothing more: the job is counted where it
// is watched.
func TestAProbeOfAnotherShardsJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{states: map[job.Key]*job.State{}}
		shard := job.Shard{Index: 1, Total: 2}
		status := job.Running
		p := startShard(t, store, shard, &fakeCloud{answer: func(context.Context, *job.Job) (job.Report, error) {
			return job.Report{Status: status}, nil
		}})
		j := foreign(shard)
		p.Watch(Change{Source: Source{Name: "test"}, Add: []*job.Job{j}})
		for _, status = range []job.Status{job.Running, job.Failed} {
			s, err := p.Probe(t.Context(), j)
			if err != nil || s.Jobs()[0].Report.Status != status {
				t.Errorf("got %+v, %v", s.Jobs(), err)
			}
			if stored, ok := store.Load(j); ok && !stored.Final() {
				t.Error("it is stored that the job is unfinished")
			}
			equal(t, "jobs in a scrape", len(p.scrape(time.Second).Jobs()), 0)
			time.Sleep(time.Minute)
		}
		equal(t, "ended jobs", endedJobs(p.registry)["prod"], 0)
	})
}

// TestAJobThatMovesBetweenShardsIsCountedOnce: jobs run while there are 3 shards, end
// while there are 4, and are with the first 3 again. All exporters have storage.
func TestAJobThatMovesBetweenShardsIsCountedOnce(t *testing.T) {
	const n = 100
	synctest.Test(t, func(t *testing.T) {
		stores := make([]*memory, 4)
		for i := range stores {
			stores[i] = &memory{states: map[job.Key]*job.State{}}
		}
		status, counted, shown := job.Running, 0, 0
		with := func(shards int, scrape func(p testPoller)) {
			shown = 0
			for i := range shards {
				p := startShard(t, stores[i], job.Shard{Index: i, Total: shards}, &fakeCloud{answer: func(context.Context, *job.Job) (job.Report, error) {
					return job.Report{Status: status}, nil
				}})
				p.Watch(Change{Source: Source{Name: "test"}, Add: testJobs("cfw", n)})
				scrape(p)
				shown += len(p.Snapshot().Jobs())
				counted += endedJobs(p.registry)["prod"]
				p.Close()
			}
			equal(t, fmt.Sprintf("jobs that %d shards watch", shards), shown, n)
		}
		with(3, func(p testPoller) { p.scrape(time.Minute) })
		with(4, func(p testPoller) {
			status = job.Running
			p.scrape(time.Minute)
			time.Sleep(time.Minute)
			status = job.Failed
			p.scrape(time.Minute)
		})
		with(3, func(p testPoller) { p.scrape(time.Minute) })
		equal(t, "ended jobs", counted, n)
	})
}

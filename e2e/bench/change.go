package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/go-kit/log"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/simulator"
	"cloudjob_exporter/watchlist"
)

// Changes is what one job more costs where many are watched.
type Changes struct {
	Jobs          int // that job files name
	File, Listing Added
	Lock          time.Duration // the longest that the poller's lock can have been held
}

// Added is what it costs that a source names one job more.
type Added struct {
	Until time.Duration // from the event until a snapshot has the job
	CPU   time.Duration // of the process, meanwhile
}

// perFile is how many jobs a job file has.
const perFile = 10_000

// measureChanges adds jobs to many, one at a time: by a new job file, and by a
// listing of 100 jobs.
func measureChanges(jobs, rounds int) Changes {
	w := newWatched(jobs, rounds)
	defer w.close()
	var files, listings, locks []time.Duration
	var fileCPU, listingCPU time.Duration
	c := Changes{Jobs: jobs}
	for i := range rounds {
		a := w.until(job.Key{Provider: "cfw", ID: fmt.Sprintf("file-%d", i)}, func(k job.Key) {
			must(os.Rename(w.path("new", k.ID), w.path("jobs.d", k.ID+".yml")))
		})
		files, fileCPU = append(files, a.Until), fileCPU+a.CPU

		time.Sleep(listEvery) // so that a scrape begins a listing
		a = w.until(job.Key{Provider: "elb", ID: fmt.Sprintf("listed-%d", i)}, func(k job.Key) {
			w.cloud.AddJob(simulator.Job{API: simulator.ELBv3, ProjectID: changesProject, ID: k.ID, Begin: time.Now(), Plan: simulator.ELBv3.Hangs()})
			w.scrape()
		})
		listings, listingCPU = append(listings, a.Until), listingCPU+a.CPU

		j, err := provider.NewJob("cfw", "", "prod", fmt.Sprintf("watched-%d", i), 0)
		must(err)
		watch := timed(func() { w.poller.Watch(poller.Change{Source: poller.Source{Name: "bench"}, Add: []*job.Job{j}}) })
		snapshot := timed(func() { w.poller.Snapshot() })
		locks = append(locks, max(watch, snapshot))
	}
	c.File = Added{median(files), fileCPU / time.Duration(rounds)}
	c.Listing = Added{median(listings), listingCPU / time.Duration(rounds)}
	c.Lock = median(locks)
	return c
}

const (
	changesProject = "0123456789abcdef0123456789abcdef"
	listEvery      = time.Second
	patience       = 10 * time.Second // with a job to appear
)

// watched is a list of jobs that is in effect.
type watched struct {
	folder string
	cloud  *simulator.Cloud
	server *simulator.Server
	busy   *httptest.Server
	poller *poller.Poller
	list   *watchlist.List
	stop   func()
}

func newWatched(jobs, rounds int) *watched {
	folder, err := os.MkdirTemp("", "bench")
	must(err)
	w := &watched{folder: folder, cloud: simulator.New(simulator.Options{})}
	w.cloud.SetProject(simulator.Project{ID: changesProject, Name: "shop"})
	for i := range 100 {
		w.cloud.AddJob(simulator.Job{
			API: simulator.ELBv3, ProjectID: changesProject, ID: fmt.Sprintf("there-%d", i), Begin: time.Now(), Plan: simulator.ELBv3.Hangs(),
		})
	}
	w.server, err = w.cloud.Listen()
	must(err)
	w.busy = newBusy()
	must(os.Mkdir(w.path("new"), 0o700))
	must(os.Mkdir(w.path("jobs.d"), 0o700))
	writeJobFiles(w.path("jobs.d"), jobs)
	for i := range rounds {
		must(os.WriteFile(w.path("new", fmt.Sprintf("file-%d", i)), fmt.Appendf(nil, "- {provider: cfw, project: prod, ids: [file-%d]}\n", i), 0o600))
	}
	registry := newRegistry()
	w.poller = poller.New(log.NewNopLogger(), registry, nil)
	w.list = watchlist.New(watchlist.Options{
		Logger: log.NewNopLogger(), Metrics: registry, Poller: w.poller, UserAgent: "bench",
		Read: func() (*config.Config, error) {
			return config.Parse(w.path("cloudjob.yml"), fmt.Appendf(nil, `
poll: {interval: 1h, rate_limit: 0}
projects:
  - {name: prod, project_id: %s, token: %s, endpoints: {cfw: '%s', elb: '%s'}}
job_files: [jobs.d/*.yml]
discover:
  - {provider: elb, project: prod, interval: %s, max_jobs: 10000}
`, changesProject, w.cloud.IssueToken(changesProject), w.busy.URL, w.server.URL, listEvery), config.Options{Providers: provider.Schema()})
		},
	})
	must(w.list.Load())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.list.Follow(ctx)
	}()
	w.stop = func() { cancel(); <-ended }
	w.until(job.Key{Provider: "elb", ID: "there-0"}, func(job.Key) { w.scrape() })
	w.poller.Poll(ctx) // those that the listing has shown; the others are paused after that
	runtime.GC()
	return w
}

func (w *watched) path(elements ...string) string {
	return filepath.Join(append([]string{w.folder}, elements...)...)
}

func (w *watched) close() {
	w.stop()
	w.poller.Close()
	w.list.Close()
	w.cloud.Close()
	w.busy.Close()
	must(w.server.Close())
	must(os.RemoveAll(w.folder))
}

// newBusy makes an endpoint that asks to be left alone, so that polls of the many jobs
// are not measured, too.
func newBusy() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "300")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
}

// scrape begins the listing if it is due, and does not wait for the polls.
func (w *watched) scrape() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	w.poller.Poll(ctx)
}

// until makes something happen, and waits until a snapshot has a job.
func (w *watched) until(k job.Key, happen func(job.Key)) Added {
	cpu, began := processorTime(), time.Now()
	go happen(k)
	for {
		if _, ok := w.poller.State(k); ok {
			return Added{time.Since(began), processorTime() - cpu}
		}
		if time.Since(began) > patience {
			must(fmt.Errorf("%s %s is not watched after %s", k.Provider, k.ID, patience))
		}
		time.Sleep(200 * time.Microsecond)
	}
}

// growth is the power of the number of jobs to which a cost grows.
func growth(all []Changes, cost func(Changes) time.Duration) float64 {
	first, last := all[0], all[len(all)-1]
	return math.Log(float64(cost(last))/float64(cost(first))) / math.Log(float64(last.Jobs)/float64(first.Jobs))
}

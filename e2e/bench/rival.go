package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	rivalModule  = "github.com/prometheus-community/json_exporter"
	rivalVersion = "v0.7.0"
	rivalJobs    = 1000
	rivalLatency = 20 * time.Millisecond
	// rivalAtOnce is how many calls are in flight: our default, and so many
	// probes at a time of json_exporter, which asks once for each probe.
	rivalAtOnce = 16
)

// Round is what it costs to learn of all jobs once.
type Round struct {
	Cold, Cached           time.Duration // wall time
	ColdCPU, CachedCPU     time.Duration // of the exporter's process
	ColdCalls, CachedCalls int64
}

const rivalConfig = `modules:
  default:
    headers: {X-Auth-Token: t}
    metrics:
      - {name: job_begin, path: '{.data.begin_time}', help: begin}
      - {name: job_end, path: '{.data.end_time}', help: end}
      - name: job
        type: object
        path: '{.data}'
        help: job
        labels: {id: '{.id}', status: '{.status}'}
        values: {info: 1}
`

// buildRival builds json_exporter in a module of its own, so that nothing of it
// comes here.
func buildRival(scratch string) string {
	dir := filepath.Join(scratch, "rival")
	must(os.MkdirAll(dir, 0o700))
	module := fmt.Sprintf("module scratch\n\ngo 1.26.0\n\nrequire %s %s\n\ntool %[1]s\n", rivalModule, rivalVersion)
	must(os.WriteFile(filepath.Join(dir, "go.mod"), []byte(module), 0o600))
	binary := filepath.Join(dir, "json_exporter")
	build(dir, rivalModule, binary, "-mod=mod")
	return binary
}

// measureRival has both exporters learn of the same jobs, and again at once.
func measureRival(scratch string) (ours, theirs Round) {
	server := newStandIn(rivalLatency, false)
	defer server.Close()
	config := filepath.Join(scratch, "thousand.yml")
	must(os.WriteFile(config, server.configuration(rivalJobs, rivalAtOnce), 0o600))
	our, _ := start("/-/ready", filepath.Join(scratch, "cloudjob_exporter"), "--config.file="+config)
	defer our.Stop()
	ask := func() { our.get("/metrics", "gzip") }
	ours = measureRound(our, server, ask)

	rivalFile := filepath.Join(scratch, "rival.yml")
	must(os.WriteFile(rivalFile, []byte(rivalConfig), 0o600))
	their, _ := start("/metrics", buildRival(scratch), "--config.file="+rivalFile)
	defer their.Stop()
	targets := newPopulation(rivalJobs).jobs
	theirs = measureRound(their, server, func() {
		var wg sync.WaitGroup
		jobs := make(chan string)
		for range rivalAtOnce {
			wg.Go(func() {
				for id := range jobs {
					their.get("/probe?module=default&target="+url.QueryEscape(server.URL+"/v3/p/jobs/"+id), "gzip")
				}
			})
		}
		for _, j := range targets {
			jobs <- j.ID
		}
		close(jobs)
		wg.Wait()
	})
	return ours, theirs
}

func measureRound(p running, server *standIn, ask func()) (r Round) {
	asked := server.asked.Load()
	used := p.CPU()
	r.Cold = timed(ask)
	r.ColdCPU = p.CPU() - used
	r.ColdCalls = server.asked.Load() - asked
	asked, used = server.asked.Load(), p.CPU()
	r.Cached = timed(ask)
	r.CachedCPU = p.CPU() - used
	r.CachedCalls = server.asked.Load() - asked
	return r
}

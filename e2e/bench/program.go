package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"cloudjob_exporter/e2e/process"
)

// build builds a program as it is released: without cgo, and stripped.
func build(folder, name, path string, flags ...string) {
	must(process.BuildPackage(folder, name, path, append(flags, "-trimpath", "-ldflags=-s -w")...))
}

// owner ends the benchmark if a program that it runs fails.
type owner struct{}

func (owner) Helper()                      {}
func (owner) Fatal(args ...any)            { must(errors.New(fmt.Sprint(args...))) }
func (owner) Fatalf(f string, args ...any) { must(fmt.Errorf(f, args...)) }
func (owner) Cleanup(func())               {} // who starts a program stops it

// running is an exporter that runs by itself.
type running struct{ *process.Process }

// start runs a program until it answers at a path, and returns how long that took.
func start(path, binary string, args ...string) (p running, took time.Duration) {
	p = running{process.Start(owner{}, binary, args...)}
	p.get(path, "")
	return p, time.Since(p.Started())
}

// Program is what the whole program costs.
type Program struct {
	Start, MinimalStart   time.Duration // medians
	Size                  int           // stripped
	Idle                  int           // resident, after the start, with one job
	LiveOne, LiveJobs     int           // the live heap, with one job and with 100,000
	IdleJobs, PeakJobs    int           // resident, with 100,000 jobs: between and during compressed scrapes
	PeakText              int           // likewise, during text scrapes after those
	FilledText, FilledZip time.Duration // scrapes of 100,000 jobs, from outside
}

// measureProgram builds the program in a scratch folder, and runs it.
func measureProgram(scratch string) Program {
	ours, minimal := filepath.Join(scratch, "cloudjob_exporter"), filepath.Join(scratch, "minimal")
	build(".", ".", ours)
	build(".", "./e2e/bench/testdata/minimal", minimal)
	info, err := os.Stat(ours)
	must(err)
	p := Program{Size: int(info.Size())}

	server := newStandIn(0, false)
	defer server.Close()
	one, many := filepath.Join(scratch, "one.yml"), filepath.Join(scratch, "many.yml")
	must(os.WriteFile(one, server.configuration(1, 16), 0o600))
	must(os.WriteFile(many, server.configuration(100_000, 200), 0o600))
	run := func(config string) running {
		p, _ := start("/-/ready", ours, "--config.file="+config, "--web.enable-pprof")
		return p
	}

	var our, theirs []time.Duration
	for range 21 {
		for binary, times := range map[string]*[]time.Duration{ours: &our, minimal: &theirs} {
			var args []string
			if binary == ours {
				args = []string{"--config.file=" + one}
			}
			started, took := start("/metrics", binary, args...)
			*times = append(*times, took)
			started.Stop()
		}
	}
	p.Start, p.MinimalStart = median(our), median(theirs)

	idle := run(one)
	idle.get("/metrics", "gzip")
	p.Idle, p.LiveOne = idle.settled(), idle.live()
	idle.Stop()

	full := run(many)
	defer full.Stop()
	for server.asked.Load() < 100_000 {
		full.get("/metrics", "gzip")
	}
	full.settled()
	full.ForgetPeak()
	p.FilledZip = medianOf(9, func() time.Duration { return timed(func() { full.get("/metrics", "gzip") }) })
	p.PeakJobs = full.PeakMemory()
	p.IdleJobs, p.LiveJobs = full.settled(), full.live()
	full.ForgetPeak()
	p.FilledText = medianOf(9, func() time.Duration { return timed(func() { full.get("/metrics", "identity") }) })
	p.PeakText = full.PeakMemory()
	return p
}

// settled is the resident memory once garbage is collected and given back.
func (p running) settled() int {
	for range 3 {
		p.get("/debug/pprof/heap?gc=1", "")
	}
	least := p.Memory()
	for range 20 {
		time.Sleep(time.Second)
		least = min(least, p.Memory())
	}
	return least
}

// live is the memory of what is reachable.
func (p running) live() int {
	const name = "\n# HeapAlloc = "
	_, rest, _ := bytes.Cut(p.get("/debug/pprof/heap?gc=1&debug=1", ""), []byte(name))
	value, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.Atoi(string(value))
	must(err)
	return n
}

func (p running) get(path, encoding string) []byte {
	b, err := p.try(path, encoding)
	must(err)
	return b
}

// try asks for a path, with a minute for polls. It gives the answer unless that
// is to be encoded in a certain way.
func (p running) try(path, encoding string) ([]byte, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, p.URL+path, http.NoBody)
	must(err)
	req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "60")
	req.Header.Set("Accept-Encoding", cmp.Or(encoding, "identity"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if encoding != "" {
		_, err = io.Copy(io.Discard, resp.Body)
		return nil, err
	}
	return io.ReadAll(resp.Body)
}

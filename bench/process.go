package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// goBuild builds a program as it is released: without cgo, and stripped.
func goBuild(dir, output string, args ...string) {
	cmd := exec.CommandContext(context.Background(), "go", append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", output}, args...)...) //nolint:gosec // it is written above and below
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	must(cmd.Run())
}

// process is an exporter that runs by itself.
type process struct {
	*exec.Cmd
	url     string
	started time.Duration // from its start to the end of its first answer
}

// start runs a program until it answers at a path. The argument LISTEN stands
// for a free address.
func start(path, binary string, args ...string) *process {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	address := l.Addr().String()
	must(l.Close())
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "LISTEN", address)
	}
	p := &process{Cmd: exec.CommandContext(context.Background(), binary, args...), url: "http://" + address} //nolint:gosec // likewise
	var log bytes.Buffer
	p.Stdout, p.Stderr = &log, &log
	began := time.Now()
	must(p.Start())
	for time.Since(began) < 30*time.Second {
		if _, err := p.try(path, ""); err == nil {
			p.started = time.Since(began)
			return p
		}
		time.Sleep(200 * time.Microsecond)
	}
	must(fmt.Errorf("%s does not answer: %s", binary, log.String()))
	return nil
}

// stop ends the process.
func (p *process) stop() {
	_ = p.Process.Signal(syscall.SIGTERM)
	_ = p.Wait() // by the signal
}

// memory reads a line of /proc/PID/status, such as VmRSS, in bytes.
func (p *process) memory(name string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	must(err)
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			kilobytes, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			must(err)
			return kilobytes << 10
		}
	}
	return 0
}

// forgetPeak makes VmHWM count anew.
func (p *process) forgetPeak() {
	must(os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.Process.Pid), []byte("5"), 0))
}

// cpu is the processor time that the process has used.
func (p *process) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
	must(err)
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] { // utime and stime, in hundredths of a second
		n, err := strconv.ParseInt(field, 10, 64)
		must(err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// Program is what the whole program costs.
type Program struct {
	Start, MinimalStart   time.Duration // medians
	Size                  int64         // stripped
	Idle                  int64         // resident, after the start, with one job
	LiveOne, LiveJobs     int64         // the live heap, with one job and with 100,000
	IdleJobs, PeakJobs    int64         // resident, with 100,000 jobs: between and during compressed scrapes
	PeakText              int64         // likewise, during text scrapes after those
	FilledText, FilledZip time.Duration // scrapes of 100,000 jobs, from outside
}

// measureProgram builds the program in a scratch folder, and runs it.
func measureProgram(scratch string) Program {
	ours, minimal := filepath.Join(scratch, "cloudjob_exporter"), filepath.Join(scratch, "minimal")
	goBuild("", ours, ".")
	goBuild("", minimal, "./bench/testdata/minimal")
	info, err := os.Stat(ours)
	must(err)
	p := Program{Size: info.Size()}

	server := newStandIn(0, false)
	defer server.Close()
	one, many := filepath.Join(scratch, "one.yml"), filepath.Join(scratch, "many.yml")
	must(os.WriteFile(one, server.configuration(1, 16), 0o600))
	must(os.WriteFile(many, server.configuration(100_000, 200), 0o600))
	run := func(config string) *process {
		return start("/-/ready", ours, "--web.listen-address=LISTEN", "--config.file="+config, "--log.level=error", "--web.enable-pprof")
	}

	var our, theirs []time.Duration
	for range 21 {
		for binary, times := range map[string]*[]time.Duration{ours: &our, minimal: &theirs} {
			args := []string{"--web.listen-address=LISTEN"}
			if binary == ours {
				args = append(args, "--config.file="+one, "--log.level=error")
			}
			running := start("/metrics", binary, args...)
			*times = append(*times, running.started)
			running.stop()
		}
	}
	p.Start, p.MinimalStart = median(our), median(theirs)

	idle := run(one)
	idle.get("/metrics", "gzip")
	p.Idle, p.LiveOne = idle.settled(), idle.live()
	idle.stop()

	full := run(many)
	defer full.stop()
	for server.asked.Load() < 100_000 {
		full.get("/metrics", "gzip")
	}
	full.settled()
	full.forgetPeak()
	p.FilledZip = medianOf(9, func() time.Duration { return timed(func() { full.get("/metrics", "gzip") }) })
	p.PeakJobs = full.memory("VmHWM")
	p.IdleJobs, p.LiveJobs = full.settled(), full.live()
	full.forgetPeak()
	p.FilledText = medianOf(9, func() time.Duration { return timed(func() { full.get("/metrics", "identity") }) })
	p.PeakText = full.memory("VmHWM")
	return p
}

// settled is the resident memory once garbage is collected and given back.
func (p *process) settled() int64 {
	for range 3 {
		p.get("/debug/pprof/heap?gc=1", "")
	}
	least := p.memory("VmRSS")
	for range 20 {
		time.Sleep(time.Second)
		least = min(least, p.memory("VmRSS"))
	}
	return least
}

// live is the memory of what is reachable.
func (p *process) live() int64 {
	const name = "\n# HeapAlloc = "
	_, rest, _ := bytes.Cut(p.get("/debug/pprof/heap?gc=1&debug=1", ""), []byte(name))
	value, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.ParseInt(string(value), 10, 64)
	must(err)
	return n
}

func (p *process) get(path, encoding string) []byte {
	b, err := p.try(path, encoding)
	must(err)
	return b
}

// try asks for a path, with a minute for polls. It gives the answer unless that
// is to be encoded in a certain way.
func (p *process) try(path, encoding string) ([]byte, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, p.url+path, http.NoBody)
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

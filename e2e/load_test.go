//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

// loadFor is short where it only shows that nothing breaks; make load takes 60 s.
var loadFor = flag.Duration("load.duration", 10*time.Second, "how long the load test scrapes")

const (
	loadJobs     = 10000
	loadScrapers = 50
	loadInterval = 5 * time.Second // between two polls of an unfinished job
	// loadMemory is the most that the process may hold: 50 answers of 9 MB are
	// under way at a time.
	loadMemory = 600 << 20
)

// startLoaded starts an exporter with 10,000 jobs, 1 % of them unfinished.
func (s *stack) startLoaded(flags ...string) *process.Process {
	s.t.Helper()
	var ids []string
	begin := time.Now().Add(-time.Hour)
	for i := range loadJobs {
		id := fmt.Sprintf("job-%05d", i)
		plan := simulator.ELBv1.Succeeds(time.Minute)
		if i%100 == 0 {
			plan = simulator.ELBv1.Hangs()
		}
		ids = append(ids, id)
		s.cloud.AddJob(simulator.Job{API: simulator.ELBv1, ProjectID: projectID, ID: id, Type: "createELB", Begin: begin, Plan: plan})
	}
	configuration := writeFile(s.t, s.path("cloudjob.yml"), fmt.Sprintf(`
poll: {interval: %s, rate_limit: 0, concurrency: 50}
projects:
  - {name: prod, project_id: %s, endpoints: {iam: "%[3]s/v3", elb: %[3]q}, username: reader, password: pass-word, domain_name: OTC}
jobs:
  - {provider: elb, project: prod, ids: [%[4]s]}
`, loadInterval, projectID, s.cloudURL, strings.Join(ids, ", ")))
	p := process.Launch(s.t, exporterPath, append(flags, "--config.file="+configuration)...)
	process.Eventually(s.t, "the first fill", func() error {
		body, err := p.Get("/metrics")
		if n := strings.Count(body, `status="unknown"} 1`); n > 0 && err == nil {
			err = fmt.Errorf("%d jobs are unknown", n)
		}
		return err
	})
	return p
}

func TestManyScrapers(t *testing.T) {
	s := newStack(t, quick())
	p := s.startLoaded("--web.max-requests=0")
	goroutines, files := p.Number("go_goroutines"), p.Number("process_open_fds")
	calls := s.cloud.Calls(simulator.ServiceELB)

	ctx, cancel := context.WithTimeout(t.Context(), *loadFor)
	defer cancel()
	began := time.Now()
	var scrapes atomic.Int64
	most := 0
	var wg sync.WaitGroup
	for range loadScrapers {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for ctx.Err() == nil {
				n, err := countJobs(context.WithoutCancel(ctx), client, p.URL+"/metrics")
				if err != nil || n != loadJobs {
					t.Errorf("%d jobs in an answer, %v", n, err)
					return
				}
				scrapes.Add(1)
			}
		})
	}
	for ctx.Err() == nil {
		most = max(most, p.Memory())
		<-time.After(100 * time.Millisecond)
	}
	wg.Wait()
	took := time.Since(began)

	more := s.cloud.Calls(simulator.ServiceELB) - calls
	t.Logf("%d scrapes of %d jobs by %d scrapers in %v, %d MiB at the most, %d calls to the cloud",
		scrapes.Load(), loadJobs, loadScrapers, took.Round(time.Second), most>>20, more)
	if rounds := int(took/loadInterval) + 1; more > rounds*loadJobs/100 {
		t.Errorf("%d calls in %d intervals for %d unfinished jobs", more, rounds, loadJobs/100)
	}
	if most > loadMemory {
		t.Errorf("%d MiB of memory", most>>20)
	}
	process.Eventually(t, "goroutines and files to be as before", func() error {
		if g, f := p.Number("go_goroutines"), p.Number("process_open_fds"); g > goroutines+10 || f > files+10 {
			return fmt.Errorf("%d goroutines and %d files, before: %d and %d", g, f, goroutines, files)
		}
		return nil
	})
}

// countJobs scrapes, and counts the jobs that have a status.
func countJobs(ctx context.Context, client *http.Client, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200s", resp.Status, body)
	}
	return bytes.Count(body, []byte("job_up{")), err
}

// TestSlowReaders: clients who ask and do not read take their places, and no
// more than those. Others are told, and memory does not grow with them.
func TestSlowReaders(t *testing.T) {
	s := newStack(t, quick())
	const places = 20
	p := s.startLoaded("--web.max-requests=" + strconv.Itoa(places))
	before := p.Memory()
	var slow []net.Conn
	// A small window from the start, so that an answer does not fit into buffers.
	dialer := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
	}}
	ask := func() {
		conn, err := dialer.DialContext(t.Context(), "tcp", p.Address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
	}
	for range 60 {
		ask()
	}
	process.Eventually(t, "all places to be taken", func() error {
		ask() // the scrape below may have taken the place of another one
		body, err := p.Get("/metrics")
		if err == nil || !strings.Contains(err.Error(), "503") {
			return fmt.Errorf("a scrape is answered: %w, %s", err, regexp.MustCompile(`in_flight (\d+)`).FindString(body))
		}
		return nil
	})
	if body, err := p.Get("/-/healthy"); err != nil || !strings.Contains(body, "healthy") {
		t.Errorf("health: %v, %q", err, body)
	}
	if grown := p.Memory() - before; grown > 200<<20 {
		t.Errorf("memory has grown by %d MiB", grown>>20)
	}
	for _, conn := range slow {
		_ = conn.Close()
	}
	process.Eventually(t, "scrapes to be answered again", func() error {
		_, err := p.Get("/metrics")
		return err
	})
}

//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

var (
	soakFor  = flag.Duration("soak.duration", 30*time.Second, "how long the soak lasts; make soak takes 10 min")
	soakSeed = flag.Uint64("soak.seed", 10994, "what the soak's chance begins with")
)

// soakJobs are watched at a time.
const soakJobs = 25

// soak is an exporter whose jobs and whose cloud's faults come and go.
type soak struct {
	*stack
	exporter *process.Process
	rng      *rand.Rand
	files    []string // job files that are there, the oldest first
	made     int
	calm     []func() // take the faults away
}

// soakWords are the statuses of the contract by the API's words.
var soakWords = map[string]string{
	"Running": "running", "Success": "success", "Failed": "failed",
	"INIT": "init", "RUNNING": "running", "SUCCESS": "success", "FAIL": "failed",
}

func TestSoak(t *testing.T) {
	s := &soak{stack: newStack(t, quick()), rng: rand.New(rand.NewPCG(*soakSeed, 0))}
	if err := os.Mkdir(s.path("jobs.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	configuration := writeFile(t, s.path("cloudjob.yml"), fmt.Sprintf(`
poll: {interval: 1s, timeout: 1s, max_stale: 3s, rate_limit: 0}
projects:
  - {name: prod, project_id: %s, endpoints: {iam: "%[2]s/v3", cfw: %[2]q, elb: %[2]q}, username: reader, password: pass-word, domain_name: OTC}
job_files: [jobs.d/*.yml]
`, projectID, s.cloudURL))
	s.exporter = process.Launch(t, exporterPath, "--config.file="+configuration, "--storage.path="+s.path("jobs.db"))

	ctx, cancel := context.WithTimeout(t.Context(), *soakFor)
	defer cancel()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { s.scrape(ctx) })
	}
	var sizes []size
	steps := time.NewTicker(250 * time.Millisecond)
	defer steps.Stop()
	for n := 1; ctx.Err() == nil; n++ {
		s.step(n)
		if n%5 == 0 {
			sizes = append(sizes, s.size())
		}
		<-steps.C
	}
	wg.Wait()
	for _, remove := range s.calm {
		remove()
	}
	process.Eventually(t, "every status to be the cloud's", s.agree)
	compareSizes(t, sizes)
	t.Logf("%d jobs came and went in %v; %d calls to the cloud", s.made, *soakFor,
		s.cloud.Calls(simulator.ServiceCFW)+s.cloud.Calls(simulator.ServiceELB))
}

// scrape scrapes until ctx is done. Every scrape must be answered.
func (s *soak) scrape(ctx context.Context) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for ctx.Err() == nil {
		if _, err := countJobs(context.WithoutCancel(ctx), client, s.exporter.URL+"/metrics"); err != nil {
			s.t.Errorf("a scrape is not answered: %v", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// step lets a job come, an old one go, and faults come and go.
func (s *soak) step(n int) {
	s.add()
	if len(s.files) > soakJobs {
		if err := os.Remove(s.files[0]); err != nil {
			s.t.Fatal(err)
		}
		s.files = s.files[1:]
	}
	if n%4 == 0 {
		s.calm = append(s.calm, s.cloud.Inject(s.fault()))
	}
	if len(s.calm) > 3 || n%7 == 0 && len(s.calm) > 0 {
		s.calm[0]()
		s.calm = s.calm[1:]
	}
	if n%40 == 0 {
		if err := s.exporter.Signal(syscall.SIGHUP); err != nil {
			s.t.Fatal(err)
		}
	}
}

// add begins a job, and hands it over in a file.
func (s *soak) add() {
	s.made++
	api, provider := simulator.CFW, "cfw"
	if s.rng.IntN(2) == 0 {
		api, provider = simulator.ELBv1, "elb"
	}
	d := time.Duration(1+s.rng.IntN(20)) * time.Second
	plan := []simulator.Plan{api.Succeeds(d), api.Fails(d), api.Hangs()}[s.rng.IntN(3)]
	id := fmt.Sprintf("soak-%06d", s.made)
	s.cloud.AddJob(simulator.Job{API: api, ProjectID: projectID, ID: id, Begin: time.Now(), Plan: plan})
	if s.made > 500 { // what is long gone from the files is gone from the cloud, too
		old := fmt.Sprintf("soak-%06d", s.made-500)
		s.cloud.RemoveJob(simulator.CFW, projectID, old)
		s.cloud.RemoveJob(simulator.ELBv1, projectID, old)
	}
	file := filepath.Join(s.folder, "jobs.d", id+".yml")
	writeFile(s.t, s.path("new"), fmt.Sprintf("- {provider: %s, project: prod, ids: [%s]}\n", provider, id))
	if err := os.Rename(s.path("new"), file); err != nil {
		s.t.Fatal(err)
	}
	s.files = append(s.files, file)
}

// fault is something that goes wrong, and takes no minute to recover from.
func (s *soak) fault() simulator.Fault {
	service := []simulator.Service{simulator.ServiceCFW, simulator.ServiceELB}[s.rng.IntN(2)]
	faults := []simulator.Fault{
		{Latency: 300 * time.Millisecond},
		{Status: 500},
		{Status: 503},
		{Status: 404},
		{Status: 403},
		{Delivery: simulator.Hang},
		{Delivery: simulator.Cut},
		{Delivery: simulator.Reset},
		{Delivery: simulator.Drip},
		{Status: 200, Body: []byte("{}")},
		{Size: 2 << 20},
		simulator.Throttle(service, "1"), simulator.Page(service, 502),
	}
	f := faults[s.rng.IntN(len(faults))]
	f.Service = service
	return f
}

// agree compares each status with the cloud's truth. A job that the cloud tells
// nothing of but its end may be a moment behind.
func (s *soak) agree() error {
	if _, err := s.exporter.Get("/metrics"); err != nil {
		return err
	}
	body, err := s.exporter.Get("/api/v1/jobs")
	if err != nil {
		return err
	}
	var answer struct {
		Jobs []struct {
			Provider, Status string
			ID               string `json:"job_id"`
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return err
	}
	if len(answer.Jobs) != len(s.files) {
		return fmt.Errorf("%d jobs, want %d", len(answer.Jobs), len(s.files))
	}
	for _, j := range answer.Jobs {
		api := simulator.CFW
		if j.Provider == "elb" {
			api = simulator.ELBv1
		}
		truth, _ := s.cloud.Truth(api, projectID, j.ID, time.Now())
		if soakWords[truth] != j.Status {
			return fmt.Errorf("%s is shown as %s, and is %s", j.ID, j.Status, truth)
		}
	}
	return nil
}

// size is what must not grow.
type size struct{ memory, goroutines, files int }

func (s *soak) size() size {
	return size{s.exporter.Memory(), s.exporter.Number("go_goroutines"), s.exporter.Number("process_open_fds")}
}

// compareSizes compares the second quarter with the last one, at their least:
// polls that a fault holds up come and go.
func compareSizes(t *testing.T, sizes []size) {
	t.Helper()
	quarter := max(len(sizes)/4, 1)
	least := func(of []size) size {
		m := of[0]
		for _, s := range of {
			m = size{min(m.memory, s.memory), min(m.goroutines, s.goroutines), min(m.files, s.files)}
		}
		return m
	}
	early, late := least(sizes[quarter:2*quarter]), least(sizes[len(sizes)-quarter:])
	t.Logf("second quarter: %d MiB, %d goroutines, %d files; last: %d MiB, %d, %d",
		early.memory>>20, early.goroutines, early.files, late.memory>>20, late.goroutines, late.files)
	if late.memory > early.memory*11/10+8<<20 || late.goroutines > early.goroutines+20 || late.files > early.files+20 {
		t.Error("it grows")
	}
}

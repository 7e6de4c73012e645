package main

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cloudjob_exporter/simulator"
)

const twoJobs = `
jobs:
  - {provider: cfw, project: prod, ids: [firewall]}
  - {provider: elb, project: prod, ids: [balancer]}
`

func TestJobsAreScraped(t *testing.T) {
	w := newWorld(t)
	w.job(simulator.CFW, "firewall", simulator.CFW.Hangs())
	w.job(simulator.ELBv1, "balancer", simulator.ELBv1.Fails(14*time.Second))
	p := launch(t, w.configure(t, twoJobs))
	contains(t, p.get("/metrics"),
		`job_status{job_id="firewall",provider="cfw",status="running"} 1`,
		`job_status{job_id="balancer",provider="elb",status="failed"} 1`,
		`job_duration_seconds{job_id="balancer",provider="elb"} 14`,
		`cloudjob_exporter_api_requests_total{code="201",project="prod",provider="iam"} 1`,
		`cloudjob_exporter_jobs{project="prod",provider="cfw"} 1`,
		`cloudjob_exporter_config_last_reload_successful 1`)
	contains(t, p.get("/config"), "password_file: "+w.path("password"), "interval: 30s")
	if text := p.get("/config") + p.get("/api/v1/jobs") + p.get("/") + p.log(); strings.Contains(text, "pass-word") {
		t.Error("the password is shown")
	}
	if strings.Contains(p.log(), "not encrypted") {
		t.Error("there is a warning about http:// to this host")
	}
}

// TestJobsOfEachServiceAreScraped: one that runs and one that has failed, at a path of
// the server that names the service, and one that only a list shows.
func TestJobsOfEachServiceAreScraped(t *testing.T) {
	w := newWorld(t)
	sections := "discover: [{provider: rds, project: prod}]\njobs:\n"
	var want []string
	for _, api := range simulator.APIs() {
		provider, version, _ := strings.Cut(string(api), "/")
		id := strings.TrimSuffix(provider+"-"+version, "-")
		w.job(api, id+"-runs", api.Hangs())
		w.job(api, id+"-failed", api.Fails(14*time.Second))
		sections += fmt.Sprintf("  - {provider: %s, api_version: %q, project: prod, ids: [%s-runs, %[3]s-failed]}\n", provider, version, id)
		want = append(want,
			fmt.Sprintf(`job_status{job_id=%q,provider=%q,status="running"} 1`, id+"-runs", provider),
			fmt.Sprintf(`job_status{job_id=%q,provider=%q,status="failed"} 1`, id+"-failed", provider),
			fmt.Sprintf(`job_duration_seconds{job_id=%q,provider=%q} 14`, id+"-failed", provider))
	}
	w.job(simulator.RDS, "listed", simulator.RDS.Hangs())
	p := launch(t, w.configure(t, strings.ReplaceAll(sections, `api_version: "", `, "")))
	p.await(`job_status{job_id="listed",provider="rds",status="running"} 1`)
	contains(t, p.get("/metrics"), want...)
}

func TestAScrapeOfACloudThatHangsIsInTime(t *testing.T) {
	w := newWorld(t)
	w.Inject(simulator.Fault{Delivery: simulator.Hang})
	p := launch(t, w.configure(t, twoJobs))
	began := time.Now()
	status, body, err := p.request("GET", "/metrics", "2")
	if d := time.Since(began); d >= 2*time.Second || status != 200 || err != nil {
		t.Errorf("%d after %v, %v", status, d, err)
	}
	contains(t, body,
		`job_status{job_id="firewall",provider="cfw",status="unknown"} 1`,
		`job_status{job_id="balancer",provider="elb",status="unknown"} 1`)
}

func TestSIGTERMAnswersTheScrapeAndEnds(t *testing.T) {
	w := newWorld(t)
	w.Inject(simulator.Fault{Delivery: simulator.Hang})
	p := launch(t, w.configure(t, twoJobs))
	answered := make(chan string)
	go func() {
		status, body, err := p.request("GET", "/metrics", "15")
		answered <- fmt.Sprintf("%d %v\n%s", status, err, body)
	}()
	for w.Calls(simulator.ServiceIAM) == 0 {
		select {
		case early := <-answered:
			t.Fatalf("answered before the cloud was asked: %s", early)
		case <-time.After(time.Millisecond):
		}
	}
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	contains(t, <-answered, "200 <nil>\n", `job_status{job_id="firewall",provider="cfw",status="unknown"} 1`)
	if code := p.wait(); code != 0 {
		t.Errorf("it ended with %d:\n%s", code, p.log())
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("the end took %v", d)
	}
}

func TestReload(t *testing.T) {
	w := newWorld(t)
	w.job(simulator.CFW, "firewall", simulator.CFW.Hangs())
	w.job(simulator.ELBv1, "balancer", simulator.ELBv1.Hangs())
	p := launch(t, w.configure(t, twoJobs), "--web.enable-lifecycle")
	p.get("/metrics")

	w.configure(t, "jobs:\n  - {provider: cfw, project: test, ids: [firewall]}\n")
	status, body, err := p.request("POST", "/-/reload", "")
	if status != 500 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	contains(t, body, "keeping the previous configuration: "+w.path("cloudjob.yml")+`:10: jobs[0].project:`)
	contains(t, p.get("/metrics"),
		`cloudjob_exporter_config_last_reload_successful 0`,
		`job_status{job_id="balancer",provider="elb",status="running"} 1`)

	w.configure(t, "jobs:\n  - {provider: cfw, project: prod, ids: [firewall]}\n")
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.awaitLog(`msg="configuration reloaded"`)
	metrics := p.get("/metrics")
	contains(t, metrics, `job_status{job_id="firewall",provider="cfw",status="running"} 1`, `cloudjob_exporter_config_last_reload_successful 1`)
	if strings.Contains(metrics, "balancer") {
		t.Error("a job that is no longer configured is shown")
	}
	if n := w.Calls(simulator.ServiceCFW); n != 1 {
		t.Errorf("%d calls for a job that the cache knows", n)
	}
}

func TestDemo(t *testing.T) {
	p := launch(t, "--demo", "--log.format=logfmt")
	status := regexp.MustCompile(`job_status\{job_id="([^"]+)",provider="(\w+)",status="(\w+)"\} ([01])`)
	metrics := p.get("/metrics")
	seen, sum := map[string]bool{}, map[string]int{}
	for _, m := range status.FindAllStringSubmatch(metrics, -1) {
		if m[4] == "1" {
			seen[m[2]+" "+m[3]] = true
			sum[m[1]]++
		}
	}
	for _, want := range []string{
		"cfw running", "cfw success", "cfw failed", "elb running", "elb success", "elb failed",
		"ecs running", "ecs success", "ecs failed", "rds running", "rds success", "rds failed",
	} {
		if !seen[want] {
			t.Errorf("there is no %s", want)
		}
	}
	for id, n := range sum {
		if n != 1 {
			t.Errorf("%s has %d statuses", id, n)
		}
	}
}

func TestExits(t *testing.T) {
	w := newWorld(t)
	good := w.configure(t, twoJobs)
	w.write(t, "bad.yml", "poll: {interval: 1ms, intervall: 3s}\n")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	const noFile = ": cannot be read: no such file or directory; use --config.file for another path, begin with a copy of cloudjob.example.yml, or try --demo, which needs none"
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a good configuration":  {[]string{"--config.check", good}, 0, w.path("cloudjob.yml") + " is good."},
		"a bad configuration":   {[]string{"--config.check", "--config.file=" + w.path("bad.yml")}, 1, w.path("bad.yml") + ":1: poll.intervall:"},
		"all that is wrong":     {[]string{"--config.check", "--config.file=" + w.path("bad.yml")}, 1, w.path("bad.yml") + ":1: poll.interval:"},
		"no configuration":      {[]string{"--config.file=" + w.path("none.yml")}, 1, w.path("none.yml") + noFile},
		"none to check":         {[]string{"--config.check", "--config.file=" + w.path("none.yml")}, 1, w.path("none.yml") + noFile},
		"a bad start":           {[]string{"--config.file=" + w.path("bad.yml")}, 1, `msg="configuration not loaded" err="` + w.path("bad.yml") + ":1: poll.intervall: "},
		"the end of it":         {[]string{"--config.file=" + w.path("bad.yml")}, 1, `msg=stopped err="configuration: there is more than one mistake in it"`},
		"a flag that is none":   {[]string{"--interval=3"}, 1, "unknown long flag '--interval'"},
		"a level that is none":  {[]string{"--log.level=loud"}, 1, "enum value must be one of"},
		"an address in use":     {[]string{good, "--web.listen-address=" + taken.Addr().String()}, 1, "--web.listen-address: listen tcp " + taken.Addr().String() + ": bind: address already in use"},
		"a bad web config file": {[]string{good, "--web.config.file=" + w.path("none.yml")}, 1, "--web.config.file: open " + w.path("none.yml")},
		"a path that is taken":  {[]string{good, "--web.telemetry-path=/jobs"}, 1, `--web.telemetry-path=\"/jobs\" is no path that begins with / and is free`},
		"the version":           {[]string{"--version"}, 0, "cloudjob_exporter, version"},
	} {
		t.Run(name, func(t *testing.T) {
			code, output := exits(t, test.args...)
			if code != test.code || !strings.Contains(output, test.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, test.code, test.want, output)
			}
		})
	}
}

// TestAPipelinesStory: a job is handed over in a file, fails, and is still shown
// as failed by an exporter that was killed and started again, though the cloud
// has forgotten the job.
func TestAPipelinesStory(t *testing.T) {
	w := newWorld(t)
	if err := os.Mkdir(w.path("jobs.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	flags := []string{w.configure(t, "poll: {interval: 1s}\njob_files: [jobs.d/*.yml]\n"), "--storage.path=" + w.path("jobs.db")}
	p := launch(t, flags...)
	if metrics := p.get("/metrics"); strings.Contains(metrics, "job_status") {
		t.Errorf("there are jobs before there are any:\n%s", metrics)
	}

	w.job(simulator.ELBv1, "balancer", simulator.ELBv1.Hangs())
	w.write(t, "handed-over", "- {provider: elb, project: prod, ids: [balancer]}\n")
	if err := os.Rename(w.path("handed-over"), w.path("jobs.d/balancer.yml")); err != nil {
		t.Fatal(err)
	}
	p.await(`job_status{job_id="balancer",provider="elb",status="running"} 1`)

	w.job(simulator.ELBv1, "balancer", simulator.ELBv1.Fails(30*time.Second))
	const failed = `job_status{job_id="balancer",provider="elb",status="failed"} 1`
	p.await(failed)
	calls := w.Calls(simulator.ServiceELB)
	for deadline := time.Now().Add(20 * time.Second); !stored(t, w.path("jobs.db"), "elb", "balancer"); <-time.After(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the final state is not stored:\n%s", p.log())
		}
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.wait()

	w.RemoveJob(simulator.ELBv1, testProject, "balancer")
	p = launch(t, flags...)
	contains(t, p.get("/metrics"), failed, `job_up{job_id="balancer",provider="elb"} 1`)
	if n := w.Calls(simulator.ServiceELB) - calls; n != 0 {
		t.Errorf("the finished job was asked for %d times", n)
	}
}

func TestAStorageThatCannotBe(t *testing.T) {
	w := newWorld(t)
	good := w.configure(t, twoJobs)
	first := launch(t, good, "--storage.path="+w.path("jobs.db"))
	for want, path := range map[string]string{
		"jobs.db: another process uses this file": w.path("jobs.db"),
		"/none/jobs.db": "/none/jobs.db",
	} {
		code, output := exits(t, good, "--storage.path="+path)
		if code != 1 {
			t.Errorf("exit code %d", code)
		}
		contains(t, output, "storage: ", want)
		if strings.Count(output, "storage: ") != 1 {
			t.Errorf("it says more than once that it is about the storage:\n%s", output)
		}
	}
	first.get("/metrics")
}

// TestReloadsUnderLoad reloads ten times a second while three scrapers scrape:
// no job is lost, none is asked for twice in the interval, and nothing leaks.
func TestReloadsUnderLoad(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for i := range 100 {
		ids = append(ids, fmt.Sprint("job-", i))
		w.job(simulator.CFW, ids[i], simulator.CFW.Hangs())
	}
	sections := "poll: {rate_limit: 0}\njobs:\n  - {provider: cfw, project: prod, ids: [" + strings.Join(ids, ", ") + "]}\n"
	p := launch(t, w.configure(t, sections), "--web.enable-lifecycle")
	p.get("/metrics")
	goroutines := regexp.MustCompile(`(?m)^go_goroutines (\d+)$`)
	count := func() int {
		n, err := strconv.Atoi(goroutines.FindStringSubmatch(p.get("/metrics"))[1])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()

	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				status, body, err := p.request("GET", "/metrics", "5")
				if n := strings.Count(body, `status="running"} 1`); status != 200 || err != nil || n != 100 {
					t.Errorf("%d jobs run in an answer of %d, %v", n, status, err)
				}
			}
		})
	}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for i := range 30 {
		// Every other time the project changes, and is reached by a new client.
		w.configure(t, sections+fmt.Sprintf("# %d\n", i))
		if i%2 == 0 {
			w.write(t, "cloudjob.yml", strings.Replace(w.configuration(t), "domain_name: OTC", "domain_name: OTC\n    tls_config: {server_name: "+ids[i]+"}", 1))
		}
		if status, body, err := p.request("POST", "/-/reload", ""); status != 200 || err != nil {
			t.Errorf("reload: %d, %v: %s", status, err, body)
		}
		<-ticker.C
	}
	close(stop)
	wg.Wait()
	if n := w.Calls(simulator.ServiceCFW); n != 100 {
		t.Errorf("%d calls for 100 jobs in one interval", n)
	}
	if after := count(); after > before+10 {
		t.Errorf("%d goroutines, and %d before", after, before)
	}
}

package main

import (
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/simulator"
)

// TestARegisteredJobSurvivesKill9: a pipeline registers jobs, the exporter is killed,
// one of them fails meanwhile; the next process shows it.
func TestARegisteredJobSurvivesKill9(t *testing.T) {
	w := newWorld(t)
	w.job(simulator.CFW, "firewall", simulator.CFW.Hangs())
	w.job(simulator.ELBv3, "balancer", simulator.ELBv3.Fails(14*time.Second))
	flags := []string{w.configure(t, "registration: {retention: 1h}\n"), "--web.enable-registration", "--storage.path=" + w.path("jobs.db")}
	p := launch(t, flags...)
	for _, step := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"PUT", "/api/v1/jobs/cfw/prod/firewall?stuck_after=45m", 201, `"stuck_after_seconds":2700`},
		{"PUT", "/api/v1/jobs/elb/prod/balancer?api_version=v3", 201, `"api_version":"v3"`},
		{"PUT", "/api/v1/jobs/elb/prod/balancer?api_version=v3", 200, `"api_version":"v3"`},
		{"PUT", "/api/v1/jobs/elb/prod/mistake", 201, `"api_version":"v1.0"`},
		{"DELETE", "/api/v1/jobs/elb/prod/mistake", 204, ""},
		{"PUT", "/api/v1/jobs/elb/test/balancer", 404, `There is no project \"test\"`},
	} {
		status, body, err := p.request(step.method, step.path, "")
		if err != nil || status != step.status || !strings.Contains(body, step.body) {
			t.Errorf("%s %s: got %d, %v: %s", step.method, step.path, status, err, body)
		}
	}
	_ = p.cmd.Process.Kill()
	p.wait()

	p = launch(t, flags...)
	metrics := p.get("/metrics")
	contains(t, metrics,
		`job_status{job_id="firewall",provider="cfw",status="running"} 1`,
		`job_stuck_threshold_seconds{job_id="firewall",provider="cfw"} 2700`,
		`job_status{job_id="balancer",provider="elb",status="failed"} 1`,
		`cloudjob_exporter_registered_jobs{project="prod"} 2`)
	if strings.Contains(metrics, "mistake") {
		t.Error("what was deleted is back")
	}
	contains(t, p.log(), `msg="registrations restored" jobs=2`)
}

func TestRegistrationIsOffWithoutItsFlag(t *testing.T) {
	w := newWorld(t)
	p := launch(t, w.configure(t, twoJobs))
	status, body, err := p.request("PUT", "/api/v1/jobs/cfw/prod/a", "")
	if err != nil || status != 403 || body != `{"error":"Registration of jobs is off; it needs --web.enable-registration."}`+"\n" {
		t.Errorf("got %d, %v: %s", status, err, body)
	}
}

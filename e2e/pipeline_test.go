//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

// pipelineJob is the ID of the job that the pipeline begins.
const pipelineJob = "dedicated-balancer"

// pipeline is a stack whose exporter is told of jobs by pipelines alone.
type pipeline struct {
	*stack
	exporter atomic.Pointer[process.Process]
	recipe   string // of docs/registration.md
}

// newPipeline starts the stack, and an exporter that nobody has told of a job.
func newPipeline(t *testing.T, retention time.Duration) *pipeline {
	t.Helper()
	i := quick()
	i.hold = 0 // a restart is too short to page anybody
	p := &pipeline{stack: newStack(t, i)}
	program(t, "CURL", "curl")
	_, recipe, found := strings.Cut(readFile(t, "../docs/registration.md"), "```sh\n")
	recipe, _, ends := strings.Cut(recipe, "```\n")
	if !found || !ends || !strings.HasPrefix(recipe, "curl ") {
		t.Fatalf("docs/registration.md does not begin with a recipe: %q", recipe)
	}
	p.recipe = recipe
	p.configure("shop-prod", fmt.Sprintf("registration: {retention: %s}\n", retention))
	p.launch()
	p.startPrometheus([]string{process.Forward(t, p.exporter.Load)}, p.startAlertmanager().Address)
	process.Eventually(t, "the exporter to be scraped", func() error { return p.query(`up{job="cloudjob"}`, "1") })
	return p
}

// launch starts an exporter with what the last one has stored.
func (p *pipeline) launch() {
	p.t.Helper()
	p.exporter.Store(process.Launch(p.t, exporterPath, "--config.file="+p.path("cloudjob.yml"),
		"--storage.path="+p.path("jobs.db"), "--web.enable-registration"))
}

// restart kills the exporter without a warning, and starts another one.
func (p *pipeline) restart(meanwhile func()) {
	p.t.Helper()
	p.exporter.Load().Kill()
	meanwhile()
	p.launch()
}

// plan begins the life of the job a minute ago, or begins it anew.
func (p *pipeline) plan(plan simulator.Plan) {
	p.cloud.AddJob(simulator.Job{
		API: simulator.ELBv3, ProjectID: projectID, ID: pipelineJob, Type: "createLoadBalancer",
		Begin: time.Now().Add(-time.Minute), Plan: plan, ErrorCode: "ELB.1013", FailReason: "quota",
	})
}

// register registers the job as a pipeline does, by the recipe.
func (p *pipeline) register() {
	p.t.Helper()
	sh := exec.CommandContext(p.t.Context(), "sh", "-euc", p.recipe)
	sh.Env = append(os.Environ(), "CLOUDJOB_URL="+p.exporter.Load().URL, "JOB_ID="+pipelineJob)
	output, err := sh.Output()
	type registered struct {
		Provider, Project, Status string
		JobID                     string `json:"job_id"`
	}
	var answer registered
	if err == nil {
		err = json.Unmarshal(output, &answer)
	}
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", p.recipe, err, output)
	}
	if answer != (registered{"elb", "shop-prod", "unknown", pipelineJob}) {
		p.t.Errorf("the answer is %s", output)
	}
}

// shows waits until /metrics has this status of the job; empty: nothing of it.
func (p *pipeline) shows(status string) {
	p.t.Helper()
	process.Eventually(p.t, fmt.Sprintf("the status to be %q", status), func() error {
		body, err := p.exporter.Load().Get("/metrics")
		if got := statuses(body)["elb "+pipelineJob]; got != status && err == nil {
			err = fmt.Errorf("it is %q", got)
		}
		return err
	})
}

// TestPipeline tells the story of a pipeline that begins a job and hands it over. The job
// fails, and whoever is on call hears of it once, however often the exporter is killed.
func TestPipeline(t *testing.T) {
	t.Parallel()
	p := newPipeline(t, 8*time.Second)
	p.plan(simulator.ELBv3.Hangs())
	p.register()
	p.restart(func() {})
	p.shows("running")
	p.restart(func() { p.plan(simulator.ELBv3.Fails(time.Second)) })
	p.shows("failed")
	page := p.pages.await(t, "firing CloudJobFailed")
	same(t, page.Labels, map[string]string{
		"alertname": "CloudJobFailed", "severity": "critical", "provider": "elb", "job_id": pipelineJob,
		"project": "shop-prod", "job_type": "createLoadBalancer", "error_code": "ELB.1013",
	})

	p.restart(func() {})
	p.shows("") // once the retention of the registration is over
	process.Eventually(t, "Prometheus to see that the job is gone", func() error {
		return errors.Join(p.query("count(job_up)"), p.query("sum(cloudjob_exporter_registered_jobs)", "0"))
	})
	if pages, tickets := p.pages.received(), p.tickets.received(); len(pages) != 1 || len(tickets) > 0 {
		t.Errorf("pages: %v, tickets: %v", pages, tickets)
	}
}

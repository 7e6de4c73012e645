//go:build e2e

package e2e

import (
	"maps"
	"slices"
	"testing"
	"time"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

// quick makes everything happen at once.
func quick() intervals {
	return intervals{
		poll: time.Second, scrape: 250 * time.Millisecond, evaluation: 250 * time.Millisecond,
		hold: time.Second, groupWait: 250 * time.Millisecond, groupInterval: time.Second,
	}
}

// TestPages tells the story of an evening on call: two exporters, a job that
// fails, one that hangs and then succeeds, and exporters that die.
func TestPages(t *testing.T) {
	s := newStack(t, quick())
	begin := time.Now().Add(-time.Minute)
	s.cloud.AddJob(
		simulator.Job{
			API: simulator.ELBv1, ProjectID: projectID, ID: "good", Type: "createELB",
			Begin: begin, Plan: simulator.ELBv1.Succeeds(10 * time.Second),
		},
		simulator.Job{
			API: simulator.ELBv1, ProjectID: projectID, ID: "balancer", Type: "createELB",
			Begin: begin, Plan: simulator.ELBv1.Hangs(),
		},
		simulator.Job{API: simulator.CFW, ProjectID: projectID, ID: "firewall", Begin: begin, Plan: simulator.CFW.Hangs()},
	)
	s.start(2, `
  - {provider: elb, project: prod, ids: [good, balancer], stuck_after: 1h}
  - {provider: cfw, project: prod, ids: [firewall], stuck_after: 5m}
`)
	process.Eventually(t, "both exporters to be scraped", func() error { return s.query(`count(job_up == 1)`, "6") })
	if pages := s.pages.received(); len(pages) > 0 {
		t.Fatalf("pages before anything went wrong: %v", pages)
	}

	s.cloud.AddJob(simulator.Job{
		API: simulator.ELBv1, ProjectID: projectID, ID: "balancer", Type: "createELB",
		Begin: begin, Plan: simulator.ELBv1.Fails(time.Minute), ErrorCode: "ELB.1013", FailReason: "quota",
	})
	failed := s.pages.await(t, "firing CloudJobFailed")
	same(t, failed.Labels, map[string]string{
		"alertname": "CloudJobFailed", "severity": "critical", "provider": "elb", "job_id": "balancer",
		"project": "prod", "job_type": "createELB", "error_code": "ELB.1013",
	})
	same(t, failed.Annotations, map[string]string{
		"summary":     "A cloud job failed.",
		"description": "The elb job balancer (createELB) of project prod failed with ELB.1013.",
		"runbook_url": "https://github.com/cloudjob-exporter/cloudjob_exporter/blob/main/docs/runbooks/CloudJobFailed.md",
	})

	s.cloud.AddJob(simulator.Job{
		API: simulator.CFW, ProjectID: projectID, ID: "firewall", Begin: begin.Add(-5 * time.Minute), Plan: simulator.CFW.Hangs(),
	})
	stuck := s.pages.await(t, "firing CloudJobStuck")
	same(t, stuck.Labels, map[string]string{
		"alertname": "CloudJobStuck", "severity": "critical", "provider": "cfw", "job_id": "firewall", "project": "prod",
	})
	s.cloud.AddJob(simulator.Job{
		API: simulator.CFW, ProjectID: projectID, ID: "firewall",
		Begin: begin.Add(-5 * time.Minute), Plan: simulator.CFW.Succeeds(time.Minute),
	})
	s.pages.await(t, "resolved CloudJobStuck")

	for _, exporter := range s.exporters {
		exporter.Kill()
	}
	down := s.pages.await(t, "firing CloudJobExporterDown")
	same(t, down.Labels, map[string]string{"alertname": "CloudJobExporterDown", "severity": "critical", "job": "cloudjob"})

	var pages []string
	for _, n := range s.pages.received() {
		pages = append(pages, n.String())
	}
	want := []string{
		"firing CloudJobFailed", "firing CloudJobStuck", "resolved CloudJobStuck", "firing CloudJobExporterDown",
	}
	if !slices.Equal(pages, want) {
		t.Errorf("pages: %q\nwant: %q", pages, want)
	}
	if tickets := s.tickets.received(); len(tickets) > 0 {
		t.Errorf("tickets: %v", tickets)
	}
}

// TestAServerThatFailsPages: its job is one of ECS, whose sub-jobs count as failures, too.
func TestAServerThatFailsPages(t *testing.T) {
	s := newStack(t, quick())
	j := simulator.Job{
		API: simulator.ECS, ProjectID: projectID, ID: "server", Type: "createServer",
		Begin: time.Now().Add(-time.Minute), Plan: simulator.ECS.Hangs(), ErrorCode: "Ecs.0319", FailReason: "sold out",
		SubJobs: []simulator.Job{{ID: "sub", Type: "createSingleServer", Plan: simulator.ECS.Hangs()}},
	}
	s.cloud.AddJob(j)
	s.start(1, "  - {provider: ecs, project: prod, ids: [server]}\n")
	process.Eventually(t, "the exporter to be scraped", func() error { return s.query(`job_up{provider="ecs"}`, "1") })

	j.Plan, j.SubJobs[0].Plan = simulator.ECS.Fails(time.Second), simulator.ECS.Fails(time.Second)
	s.cloud.AddJob(j)
	failed := s.pages.await(t, "firing CloudJobFailed")
	same(t, failed.Labels, map[string]string{
		"alertname": "CloudJobFailed", "severity": "critical", "provider": "ecs", "job_id": "server",
		"project": "prod", "job_type": "createServer", "error_code": "Ecs.0319",
	})
	process.Eventually(t, "the failures to be counted", func() error { return s.query(`job_failures{job_id="server"}`, "2") })
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestInhibition: refused credentials are one ticket, and not one more for each
// job that cannot be polled.
func TestInhibition(t *testing.T) {
	s := newStack(t, quick())
	s.cloud.Inject(simulator.Fault{Service: simulator.ServiceIAM, Status: 401})
	s.start(1, "  - {provider: elb, project: prod, ids: [a, b, c]}\n")
	ticket := s.tickets.await(t, "firing CloudJobAuthFailing")
	same(t, ticket.Labels, map[string]string{
		"alertname": "CloudJobAuthFailing", "severity": "warning", "provider": "elb", "project": "prod",
	})
	process.Eventually(t, "the inhibited alerts to fire", func() error {
		return s.query(`count by (alertname) (ALERTS{alertname=~"CloudJobPollFailing|CloudJobStatusUnknown",alertstate="firing"})`, "3", "3")
	})
	if tickets := s.tickets.received(); len(tickets) != 1 {
		t.Errorf("tickets: %v", tickets)
	}
	if pages := s.pages.received(); len(pages) > 0 {
		t.Errorf("pages: %v", pages)
	}
}

// BenchmarkTimeToPage measures how long it takes from the moment at which the
// API says FAIL to the webhook, at the intervals that the README recommends
// and with rules and Alertmanager as they are shipped. It is no part of the
// tests because it takes minutes: go test ./e2e -run '^$' -bench TimeToPage -benchtime 5x.
func BenchmarkTimeToPage(b *testing.B) {
	var took []time.Duration
	for i := range b.N {
		s := newStack(b, intervals{poll: 30 * time.Second, scrape: 30 * time.Second, evaluation: 15 * time.Second})
		// The moment within the scrape interval is as good as random in reality.
		fails := time.Now().Add(45*time.Second + time.Duration(i)*30*time.Second/time.Duration(b.N))
		s.cloud.AddJob(simulator.Job{
			API: simulator.ELBv1, ProjectID: projectID, ID: "balancer", Type: "createELB",
			Begin: fails.Add(-time.Minute), Plan: simulator.ELBv1.Fails(time.Minute),
		})
		s.start(1, "  - {provider: elb, project: prod, ids: [balancer]}\n")
		for page := (notification{}); page.At.IsZero(); {
			for _, n := range s.pages.received() {
				page = n
			}
			<-time.After(100 * time.Millisecond)
			if !page.At.IsZero() {
				took = append(took, page.At.Sub(fails))
			}
		}
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(took[0].Seconds(), "s-least")
	b.ReportMetric(took[len(took)/2].Seconds(), "s-median")
	b.ReportMetric(took[len(took)-1].Seconds(), "s-most")
	b.Log(took)
}

//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

// TestFirewallIsDiscovered tells the story of a firewall that somebody creates through
// the cloud's API and nobody names. Whoever is on call hears that its job failed.
func TestFirewallIsDiscovered(t *testing.T) {
	t.Parallel()
	i := quick()
	i.hold = 0 // as shipped: that a job is not known yet alerts nobody
	s := newStack(t, i)
	long := time.Now().Add(-2 * time.Hour)
	s.cloud.AddFirewall(
		simulator.Firewall{ProjectID: projectID, ID: "made-long-ago", Created: long, Status: simulator.FirewallRunning},
		simulator.Firewall{ProjectID: projectID, ID: "paid-in-advance", Created: long, Prepaid: true, Status: simulator.FirewallCreating},
		simulator.Firewall{ProjectID: projectID, ID: "without-a-job", Created: time.Now().Add(-time.Minute), Status: simulator.FirewallCreating},
	)
	// As in real clouds, the job of a new firewall is not known at once.
	s.cloud.PlanFirewalls(simulator.Plan{{After: 500 * time.Millisecond, Status: "Running"}})
	exporter := process.Launch(t, exporterPath, "--config.file="+s.configure("prod", "discover: [{provider: cfw, project: prod}]\n"))
	s.startPrometheus([]string{exporter.Forward()}, s.startAlertmanager().Address)
	process.Eventually(t, "the exporter to be scraped", func() error { return s.query(`up{job="cloudjob"}`, "1") })

	id := s.createFirewall()
	process.Eventually(t, "the firewall to be watched", func() error {
		return errors.Join(
			s.query(fmt.Sprintf(`job_status{provider="cfw",job_id=%q,status="running"}`, id), "1"),
			s.query(`count(job_up)`, "1"))
	})
	if pages := s.pages.received(); len(pages) > 0 {
		t.Fatalf("pages before anything went wrong: %v", pages)
	}

	for _, f := range s.cloud.Firewalls(projectID, time.Now()) {
		if f.ID == id {
			f.Plan = simulator.CFW.Fails(time.Since(f.Created))
			s.cloud.AddFirewall(f)
		}
	}
	page := s.pages.await(t, "firing CloudJobFailed")
	same(t, page.Labels, map[string]string{
		"alertname": "CloudJobFailed", "severity": "critical", "provider": "cfw", "job_id": id, "project": "prod",
	})
	if s.cloud.JobCalls(simulator.ServiceCFW, id) == 0 {
		t.Error("the job itself was never asked for")
	}
	if pages, tickets := s.pages.received(), s.tickets.received(); len(pages) != 1 || len(tickets) > 0 {
		t.Errorf("pages: %v, tickets: %v", pages, tickets)
	}
}

// createFirewall asks the cloud for a pay-per-use firewall, and returns the ID of its job.
func (s *stack) createFirewall() string {
	s.t.Helper()
	body := []byte(`{"name":"edge","flavor":{"version":"Standard"},"charge_info":{"charge_mode":"postPaid"}}`)
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.cloudURL+"/v2/"+projectID+"/firewall", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", s.cloud.IssueToken(projectID))
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		JobID string `json:"job_id"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.JobID == "" {
		s.t.Fatalf("create a firewall: %s, %v", resp.Status, err)
	}
	return answer.JobID
}

package main

import (
	"testing"

	"cloudjob_exporter/simulator"
)

func TestASecretThatIsCorrectedInItsFileServesAtTheReload(t *testing.T) {
	w := newWorld(t)
	w.write(t, "password", "wrong")
	w.job(simulator.CFW, "firewall", simulator.CFW.Hangs())
	p := launch(t, w.configure(t, "jobs:\n  - {provider: cfw, project: prod, ids: [firewall]}\n"), "--web.enable-lifecycle")
	contains(t, p.get("/metrics"), `job_poll_error{job_id="firewall",provider="cfw",reason="auth"} 1`)

	w.write(t, "password", "pass-word\n")
	if status, body, err := p.request("POST", "/-/reload", ""); status != 200 || err != nil {
		t.Fatalf("%d, %v, %s", status, err, body)
	}
	contains(t, p.get("/metrics"), `job_status{job_id="firewall",provider="cfw",status="running"} 1`)
}

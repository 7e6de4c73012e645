package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http/httptest"
	"testing"
	"time"

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

func TestACAThatIsCorrectedInItsFileServesAtTheReload(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewTLSServer(w)
	t.Cleanup(server.Close)
	w.server.URL = server.URL
	w.job(simulator.CFW, "firewall", simulator.CFW.Hangs())
	w.write(t, "ca.pem", stranger(t))
	p := launch(t, w.configure(t, "    tls_config: {ca_file: ca.pem}\njobs:\n  - {provider: cfw, project: prod, ids: [firewall]}\n"), "--web.enable-lifecycle")
	contains(t, p.get("/metrics"), `job_poll_error{job_id="firewall",provider="cfw",reason="network"} 1`)

	w.write(t, "ca.pem", inPEM(server.Certificate().Raw))
	if status, body, err := p.request("POST", "/-/reload", ""); status != 200 || err != nil {
		t.Fatalf("%d, %v, %s", status, err, body)
	}
	contains(t, p.get("/metrics"), `job_status{job_id="firewall",provider="cfw",status="running"} 1`)
}

// stranger is the certificate of an authority that has issued none.
func stranger(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return inPEM(der)
}

func inPEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

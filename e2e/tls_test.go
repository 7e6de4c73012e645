//go:build e2e

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/e2e/process"
)

// The password of the scraper, and its bcrypt hash.
const (
	scrapePassword = "scrape-password"
	scrapeHash     = "$2a$04$dd.LKHkWfXrR3M92giMceeHBfKNaG8Lh.Xji7Kv/zEDBQ5IHd8Zaa"
)

// authority signs certificates for tests.
type authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{t: t}
	a.cert, a.key = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

func (a *authority) sign(c *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, parentKey := a.cert, a.key
	if parent == nil {
		parent, parentKey = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, parentKey)
	if err != nil {
		a.t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return signed, key
}

// issue writes a certificate for 127.0.0.1 and its key.
func (a *authority) issue(certFile, keyFile string) tls.Certificate {
	a.t.Helper()
	cert, key := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	writeFile(a.t, certFile, pemOf("CERTIFICATE", cert.Raw))
	writeFile(a.t, keyFile, pemOf("PRIVATE KEY", der))
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// client trusts the authority, and shows these certificates.
func (a *authority) client(certs ...tls.Certificate) *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: pool, Certificates: certs, MinVersion: tls.VersionTLS12},
	}}
}

// status makes a request and gives the status of the answer, or an error.
func status(t *testing.T, c *http.Client, method, url, user, password string) (int, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

// startSecured starts an exporter with a --web.config.file.
func (s *stack) startSecured(webConfig string) (address string) {
	s.t.Helper()
	configuration := writeFile(s.t, s.path("cloudjob.yml"), fmt.Sprintf(
		"projects:\n  - {name: prod, project_id: %s, token: secret, endpoints: {cfw: %q, elb: %q}}\n", projectID, s.cloudURL, s.cloudURL))
	return process.Start(s.t, exporterPath, "--config.file="+configuration,
		"--web.config.file="+writeFile(s.t, s.path("web.yml"), webConfig), "--web.enable-lifecycle", "--web.enable-pprof").Address
}

func TestBasicAuthOverTLS(t *testing.T) {
	s := newStack(t, quick())
	a := newAuthority(t)
	a.issue(s.path("cert.pem"), s.path("key.pem"))
	writeFile(t, s.path("ca.pem"), pemOf("CERTIFICATE", a.cert.Raw))
	address := s.startSecured("tls_server_config: {cert_file: cert.pem, key_file: key.pem}\nbasic_auth_users: {prometheus: " + scrapeHash + "}\n")

	client := a.client()
	for _, path := range []string{"/", "/metrics", "/config", "/probe", "/api/v1/jobs", "/-/healthy", "/-/reload", "/debug/pprof/"} {
		for _, password := range []string{"", "wrong"} {
			method := http.MethodGet
			if path == "/-/reload" {
				method = http.MethodPost
			}
			if code, err := status(t, client, method, "https://"+address+path, "prometheus", password); code != http.StatusUnauthorized || err != nil {
				t.Errorf("%s with the password %q: %d, %v", path, password, code, err)
			}
		}
	}
	if code, err := status(t, client, http.MethodGet, "https://"+address+"/metrics", "prometheus", scrapePassword); code != http.StatusOK || err != nil {
		t.Errorf("with the right password: %d, %v", code, err)
	}
	if code, err := status(t, client, http.MethodGet, "http://"+address+"/metrics", "prometheus", scrapePassword); code == http.StatusOK {
		t.Errorf("without TLS: %d, %v", code, err)
	}
	if _, err := status(t, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, http.MethodGet, "https://"+address+"/", "", ""); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("who does not know the authority gets %v", err)
	}

	s.prometheus = process.Launch(t, program(t, "PROMETHEUS", "prometheus"), "--storage.tsdb.path="+s.path("data"),
		"--config.file="+writeFile(t, s.path("prometheus.yml"), fmt.Sprintf(`
global: {scrape_interval: 250ms, scrape_timeout: 250ms}
scrape_configs:
  - job_name: cloudjob
    scheme: https
    tls_config: {ca_file: %s}
    basic_auth: {username: prometheus, password: %s}
    static_configs: [{targets: [%q]}]
`, s.path("ca.pem"), scrapePassword, address)))
	process.Eventually(t, "Prometheus to scrape by TLS with a password", func() error { return s.query("up", "1") })
}

func TestClientCertificates(t *testing.T) {
	s := newStack(t, quick())
	a, stranger := newAuthority(t), newAuthority(t)
	a.issue(s.path("cert.pem"), s.path("key.pem"))
	writeFile(t, s.path("ca.pem"), pemOf("CERTIFICATE", a.cert.Raw))
	address := s.startSecured("tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem}\n")
	url := "https://" + address + "/metrics"
	if code, err := status(t, a.client(a.issue(s.path("c.pem"), s.path("k.pem"))), http.MethodGet, url, "", ""); code != http.StatusOK || err != nil {
		t.Errorf("with a good certificate: %d, %v", code, err)
	}
	if code, err := status(t, a.client(), http.MethodGet, url, "", ""); err == nil {
		t.Errorf("without a certificate: %d", code)
	}
	if code, err := status(t, a.client(stranger.issue(s.path("c.pem"), s.path("k.pem"))), http.MethodGet, url, "", ""); err == nil {
		t.Errorf("with a stranger's certificate: %d", code)
	}
}

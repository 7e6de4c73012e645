package faults

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloudjob_exporter/simulator"
)

// tlsFront serves one service over TLS, with a certificate that may be changed.
type tlsFront struct {
	service simulator.Service
	ca      authority
	server  *httptest.Server
	current atomic.Pointer[tls.Certificate]
}

func newTLSFront(t *testing.T, s simulator.Service) *tlsFront {
	t.Helper()
	return &tlsFront{service: s, ca: newAuthority(t)}
}

// serve serves the cloud until the test ends, and gives the address.
func (f *tlsFront) serve(t *testing.T, c http.Handler) string {
	t.Helper()
	f.current.Store(f.ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour)))
	f.server = httptest.NewUnstartedServer(c)
	f.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	f.server.TLS = &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*f.current.Load()}}, nil
		},
	}
	f.server.StartTLS()
	t.Cleanup(f.server.Close)
	return strings.TrimPrefix(f.server.URL, "https://")
}

// show changes the certificate, and ends the connections that saw the old one.
func (f *tlsFront) show(c *tls.Certificate) (before *tls.Certificate) {
	before = f.current.Swap(c)
	f.server.CloseClientConnections()
	return before
}

// file writes the certificate of the authority that the exporter trusts.
func (f *tlsFront) file(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.ca.certificate.Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// authority issues certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key}
}

func (a authority) issue(t *testing.T, ip string, until time.Time) *tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "cloud"},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		IPAddresses: []net.IP{net.ParseIP(ip)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

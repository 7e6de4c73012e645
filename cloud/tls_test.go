//go:build unix

package cloud

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	commoncfg "github.com/prometheus/common/config"
)

// pair makes a certificate and its key.
func pair(t *testing.T) (der []byte, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, NotAfter: time.Now().Add(time.Hour)}
	der, err = x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return der, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: privateDER}))
}

func TestAClientCertificateIsReadForEachHandshake(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	put := func(file, text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, cert, key := pair(t)
	for name, settings := range map[string]commoncfg.TLSConfig{
		"files":           {CertFile: certFile, KeyFile: keyFile},
		"the key inline":  {CertFile: certFile, Key: commoncfg.Secret(key)},
		"the cert inline": {Cert: cert, KeyFile: keyFile},
	} {
		t.Run(name, func(t *testing.T) {
			put(certFile, cert)
			put(keyFile, key)
			c, err := newTLSConfig(settings)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.GetClientCertificate(nil); err != nil || len(got.Certificate) != 1 {
				t.Errorf("got %v", err)
			}
			newDER, newCert, newKey := pair(t)
			put(certFile, newCert)
			put(keyFile, newKey)
			got, err := c.GetClientCertificate(nil)
			switch {
			case name == "files" && (err != nil || !bytes.Equal(got.Certificate[0], newDER)):
				t.Errorf("not the new one: %v", err)
			case name != "files" && (err == nil || !strings.Contains(err.Error(), "unable to use specified client cert")):
				t.Errorf("halves of two pairs: %v", err)
			}
		})
	}
}

// TestACertificateThatBlocksIsRefused: a pipe in the place of a file, at the start and
// later, when it is read for a handshake.
func TestACertificateThatBlocksIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := syscall.Mkfifo(path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, cert, key := pair(t)
	const refused = "pipe: is not a regular file"
	for _, settings := range []commoncfg.TLSConfig{
		{CAFile: path("pipe")},
		{CertFile: path("pipe"), Key: commoncfg.Secret(key)},
		{Cert: cert, KeyFile: path("pipe")},
	} {
		if _, err := newTLSConfig(settings); err == nil || !strings.HasSuffix(err.Error(), refused) {
			t.Errorf("%+v: got %v", settings, err)
		}
	}

	if err := os.WriteFile(path("key.pem"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := newTLSConfig(commoncfg.TLSConfig{Cert: cert, KeyFile: path("key.pem")})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path("pipe"), path("key.pem")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetClientCertificate(nil); err == nil || !strings.HasSuffix(err.Error(), "key.pem: is not a regular file") {
		t.Errorf("got %v", err)
	}
}

func TestAFileWithoutACertificateIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "unable to use specified CA cert " + file
	if _, err := newTLSConfig(commoncfg.TLSConfig{CAFile: file}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

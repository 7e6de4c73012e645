package transport

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	commoncfg "github.com/prometheus/common/config"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/fixture"
)

func TestTLSFiles(t *testing.T) {
	dir := t.TempDir()
	_, cert, key := fixture.Certificate(t)
	fixture.File(t, dir, "cert.pem", cert)
	fixture.File(t, dir, "key.pem", key)
	folder, err := filepath.Abs("dir") // of the file that read reads
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Rel(folder, dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := read("tls_config: {ca_file: " + below + "/cert.pem, cert_file: " + dir + "/cert.pem, key_file: " + below + "/key.pem, server_name: s, min_version: TLS12, max_version: TLS13}")
	if err != nil {
		t.Fatal(err)
	}
	want := TLS{
		CAFile: filepath.Join("dir", below, "cert.pem"), CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join("dir", below, "key.pem"), ServerName: "s",
		MinVersion: commoncfg.TLSVersions["TLS12"], MaxVersion: commoncfg.TLSVersions["TLS13"],
	}
	if c.TLS != want {
		t.Errorf("got %+v, want %+v", c.TLS, want)
	}
	_, err = read("tls_config: {ca_file: none}")
	if want := "dir/c.yml:1: tls_config.ca_file: unable to read CA cert: open " + folder + "/none: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if got, want := c.TLS.Files(), []string{want.CAFile, want.CertFile, want.KeyFile}; !reflect.DeepEqual(got, want) {
		t.Errorf("got the files %q, want %q", got, want)
	}
}

func TestTLSInClear(t *testing.T) {
	_, cert, key := fixture.Certificate(t)
	c, err := read(fmt.Sprintf("tls_config: {cert: %q, key: %q, ca: %q}", cert, key, cert))
	if err != nil {
		t.Fatal(err)
	}
	if want := (TLS{CA: cert, Cert: cert, Key: secrets.New(key)}); !reflect.DeepEqual(c.TLS, want) || len(c.TLS.Files()) > 0 {
		t.Errorf("got %+v, want %+v", c.TLS, want)
	}
}

func TestTLSThatCannotBe(t *testing.T) {
	for text, want := range map[string]string{
		"{cert: c}":           "a client certificate needs key_file, or key",
		"{key: k}":            "the key of a client certificate needs cert_file, or cert",
		"{ca: a, ca_file: b}": "ca and ca_file are both given; keep one of them",
		"{min_version: TLS13, max_version: TLS12}": "max_version must not be older than min_version",
	} {
		if _, err := read("tls_config: " + text); err == nil || err.Error() != "dir/c.yml:1: tls_config: "+want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	_, err := read("tls_config: {cert: '-----BEGIN PRIVATE KEY-----hunter2'}")
	if want := "must hold certificates only; a private key belongs into key, or key_file"; err == nil || !strings.Contains(err.Error(), "tls_config.cert: "+want) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a key in the wrong place: %v", err)
	}
}

// TestExampleHasEveryKey reads the keys from the tables of the package.
func TestExampleHasEveryKey(t *testing.T) {
	text, err := os.ReadFile("../../cloudjob.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range append(proxyFields.Keys(), tlsFields.Keys()...) {
		if !strings.Contains(string(text), " "+key+":") {
			t.Errorf("cloudjob.example.yml does not show %s", key)
		}
	}
}

//go:build unix

package transport

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/fixture"
)

func TestAClientCertificateIsReadForEachHandshake(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	_, cert, key := fixture.Certificate(t)
	for name, p := range map[string]TLS{
		"files":           {CertFile: certFile, KeyFile: keyFile},
		"the key inline":  {CertFile: certFile, Key: secrets.New(key)},
		"the cert inline": {Cert: cert, KeyFile: keyFile},
	} {
		t.Run(name, func(t *testing.T) {
			fixture.File(t, dir, "cert.pem", cert)
			fixture.File(t, dir, "key.pem", key)
			c, err := p.Config()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.GetClientCertificate(nil); err != nil || len(got.Certificate) != 1 {
				t.Errorf("got %v", err)
			}
			newDER, newCert, newKey := fixture.Certificate(t)
			fixture.File(t, dir, "cert.pem", newCert)
			fixture.File(t, dir, "key.pem", newKey)
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

// TestACertificateThatBlocksIsRefused: a pipe takes the place of a file after the
// configuration was read, before a client is made and before a handshake.
func TestACertificateThatBlocksIsRefused(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	_, cert, key := fixture.Certificate(t)
	for _, p := range []TLS{
		{CAFile: pipe},
		{CertFile: pipe, Key: secrets.New(key)},
		{Cert: cert, KeyFile: pipe},
	} {
		if c, err := p.Config(); c != nil || err == nil || !strings.HasSuffix(err.Error(), "pipe: is not a regular file") {
			t.Errorf("%v: got %v", p, err)
		}
	}

	p := TLS{Cert: cert, KeyFile: fixture.File(t, dir, "key.pem", key)}
	c, err := p.Config()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(pipe, p.KeyFile); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetClientCertificate(nil); err == nil || !strings.HasSuffix(err.Error(), "key.pem: is not a regular file") {
		t.Errorf("got %v", err)
	}
}

func TestTLS(t *testing.T) {
	_, cert, key := fixture.Certificate(t)
	for name, test := range map[string]struct {
		TLS
		roots, client bool
	}{
		"nothing":  {TLS{}, false, false},
		"a CA":     {TLS{CA: cert}, true, false},
		"a client": {TLS{Cert: cert, Key: secrets.New(key)}, false, true},
	} {
		c, err := test.Config()
		if err != nil || (c.RootCAs != nil) != test.roots || (c.GetClientCertificate != nil) != test.client {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := TLS{ServerName: "s", InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13}
	c, err := p.Config()
	if err != nil || c.ServerName != "s" || !c.InsecureSkipVerify || c.MinVersion != tls.VersionTLS12 || c.MaxVersion != tls.VersionTLS13 {
		t.Errorf("got %+v, %v", c, err)
	}
}

// TestUnusableCertificates: each is an error at its key, once, and no warning; and no
// error shows a key.
func TestUnusableCertificates(t *testing.T) {
	dir := t.TempDir()
	_, cert, key := fixture.Certificate(t)
	_, other, _ := fixture.Certificate(t)
	files := strings.NewReplacer("DIR", dir)
	fixture.File(t, dir, "cert.pem", cert)
	fixture.File(t, dir, "other.pem", other)
	fixture.File(t, dir, "key.pem", "hunter2\n"+key)
	fixture.File(t, dir, "nonsense", "hunter2")
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	const noPair = ": tls: failed to find any PEM data in certificate input"
	for name, test := range map[string]struct {
		lines []string // of tls_config, which begins in line 1
		want  []string // without the file
	}{
		"nothing is wrong":    {[]string{"ca_file: DIR/cert.pem", "cert_file: DIR/cert.pem", "key_file: DIR/key.pem"}, nil},
		"a missing CA":        {[]string{"server_name: s", "ca_file: DIR/none"}, []string{"3: ca_file: unable to read CA cert: open DIR/none: no such file or directory"}},
		"a folder":            {[]string{"ca_file: DIR"}, []string{"2: ca_file: unable to read CA cert: read DIR: is a directory"}},
		"a pipe":              {[]string{"ca_file: DIR/pipe"}, []string{"2: ca_file: unable to read CA cert: open DIR/pipe: is not a regular file"}},
		"a CA that is none":   {[]string{"ca_file: DIR/nonsense"}, []string{"2: ca_file: unable to use specified CA cert DIR/nonsense"}},
		"a CA in clear":       {[]string{"ca: hunter2"}, []string{"2: ca: unable to use specified CA cert inline"}},
		"a missing cert":      {[]string{"cert_file: DIR/none", "key_file: DIR/key.pem"}, []string{"2: cert_file: unable to read specified client cert: open DIR/none: no such file or directory"}},
		"a missing key":       {[]string{"cert_file: DIR/cert.pem", "key_file: DIR/none"}, []string{"3: key_file: unable to read specified client key: open DIR/none: no such file or directory"}},
		"a cert that is none": {[]string{"cert_file: DIR/nonsense", "key_file: DIR/key.pem"}, []string{"2: cert_file: unable to use specified client cert (DIR/nonsense) & key (DIR/key.pem)" + noPair}},
		"a pair in clear":     {[]string{"cert: c", "key: hunter2"}, []string{"2: cert: unable to use specified client cert (inline) & key (inline)" + noPair}},
		"halves of two pairs": {
			[]string{"key_file: DIR/key.pem", "cert_file: DIR/other.pem"},
			[]string{"3: cert_file: unable to use specified client cert (DIR/other.pem) & key (DIR/key.pem): tls: private key does not match public key"},
		},
		"all of it": {
			[]string{"ca_file: DIR/none", "cert_file: DIR/pipe", "key_file: DIR/nothing"},
			[]string{
				"2: ca_file: unable to read CA cert: open DIR/none: no such file or directory",
				"3: cert_file: unable to read specified client cert: open DIR/pipe: is not a regular file",
				"4: key_file: unable to read specified client key: open DIR/nothing: no such file or directory",
			},
		},
		"something else is wrong": {[]string{"ca_file: DIR/none", "min_version: TLS9"}, []string{`3: min_version: unknown value "TLS9"; known are TLS10, TLS11, TLS12, TLS13`}},
	} {
		t.Run(name, func(t *testing.T) {
			text := "tls_config:\n    " + files.Replace(strings.Join(test.lines, "\n    ")) + "\n"
			c, err := read(text)
			if test.want == nil {
				if err != nil || c.warnings != nil {
					t.Errorf("got %v, %v", err, c.warnings)
				}
				return
			}
			var want []string
			for _, line := range test.want {
				at, rest, _ := strings.Cut(line, ": ")
				want = append(want, "dir/c.yml:"+at+": tls_config."+files.Replace(rest))
			}
			if err == nil || err.Error() != strings.Join(want, "\n") {
				t.Errorf("got  %v\nwant %s", err, strings.Join(want, "\n"))
			}
			if strings.Contains(fmt.Sprint(err), "hunter2") {
				t.Error("the error shows a secret")
			}
		})
	}
}

// TestEqualSettingsStayEqual: what Config makes is no part of them.
func TestEqualSettingsStayEqual(t *testing.T) {
	_, cert, key := fixture.Certificate(t)
	made := func() TLS {
		return TLS{CA: cert, Cert: cert, Key: secrets.New(key)}
	}
	a, b := made(), made()
	if _, err := a.Config(); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("asking for the TLS settings changes them: %v", err)
	}
}

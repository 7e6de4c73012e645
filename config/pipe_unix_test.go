//go:build unix

package config

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNoFileOfAConfigurationBlocks: each key that names a file, with a pipe.
func TestNoFileOfAConfigurationBlocks(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	const project = "projects:\n- {name: p, cloud: otc, region: eu-de, project_id: 09bb24e6fe80d23d2fa2c010b53b418c, "
	for keys, said := range map[string]string{
		"username: u, domain_name: d, password_file: pipe":        `open ` + pipe,
		"access_key: a, secret_key_file: pipe":                    `open ` + pipe,
		"access_key: a, secret_key: s, security_token_file: pipe": `open ` + pipe,
		"token_file: pipe":                                `open ` + pipe,
		"token: t, tls_config: {ca_file: pipe}":           `open ` + pipe,
		"token: t, tls_config: {cert_file: pipe, key: k}": `open ` + pipe,
		"token: t, tls_config: {cert: c, key_file: pipe}": `open ` + pipe,
	} {
		c, err := Parse(filepath.Join(dir, "c.yml"), []byte(project+keys+"}\n"), Options{})
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(c.Warnings)
		}
		if strings.Contains(keys, "tls_config") != (err != nil) || !strings.Contains(got, said+": is not a regular file") {
			t.Errorf("%s: got %q", keys, got)
		}
	}
	_, err := Load(pipe, Options{})
	if want := pipe + ": cannot be read: is not a regular file"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

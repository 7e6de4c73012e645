package config

import (
	"path/filepath"
	"strings"
	"testing"

	"cloudjob_exporter/fixture"
)

// certified is the text of a configuration whose files of tls_config are in dir.
func certified(t testing.TB, dir, text string) string {
	t.Helper()
	_, cert, key := fixture.Certificate(t)
	fixture.File(t, dir, "cert.pem", cert)
	fixture.File(t, dir, "key.pem", key)
	return strings.NewReplacer(
		"/etc/ssl/certs/cloud-ca.pem", filepath.Join(dir, "cert.pem"),
		"/etc/ssl/certs/client.pem", filepath.Join(dir, "cert.pem"),
		"/run/secrets/client-key.pem", filepath.Join(dir, "key.pem"),
	).Replace(text)
}

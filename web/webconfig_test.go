package web

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	toolkit "github.com/prometheus/exporter-toolkit/web"
)

func writeConfig(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWebConfigurations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web.yml")
	for text, want := range map[string]string{
		"{}":                               "",
		"basic_auth_users: {}":             "",
		"basic_auth_users: pass-word":      "line 1: cannot unmarshal !!str … into map[string]config.Secret",
		"tls_config: {}":                   "line 1: field tls_config not found in type web.Config",
		"tls_server_config: {cert: x}":     "missing one of key or key_file",
		"tls_server_config: {key_file: k}": "missing one of cert or cert_file",
	} {
		writeConfig(t, path, text)
		noSocket := false
		err := CheckFlags(&toolkit.FlagConfig{WebConfigFile: &path, WebSystemdSocket: &noSocket})
		if want != "" {
			want = fmt.Sprintf("--web.config.file: %s: %s", path, want)
		}
		if err == nil && want != "" || err != nil && err.Error() != want {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestTLSIsTurnedOnByTheWebConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web.yml")
	for text, want := range map[string]bool{
		"tls_server_config: {cert_file: c, key_file: k, min_version: TLS13, cipher_suites: [TLS_AES_128_GCM_SHA256]}\nbasic_auth_users: {a: b}": true,
		"basic_auth_users: {a: b}": false, "http_server_config: {http2: false}": false, "": false,
	} {
		writeConfig(t, path, text)
		if got := ServesTLS(path); got != want {
			t.Errorf("%s: got %t", text, got)
		}
	}
	if ServesTLS("") || ServesTLS(path+".none") {
		t.Error("TLS without a configuration")
	}
}

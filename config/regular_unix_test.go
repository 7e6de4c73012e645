//go:build unix

package config

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOnlyRegularFilesAreRead: none of these blocks, and what people mount does work.
func TestOnlyRegularFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(syscall.Mkfifo(path("pipe"), 0o600))
	must(os.Symlink("pipe", path("link-to-pipe")))
	must(os.Mkdir(path("..2026"), 0o700))
	must(os.WriteFile(path("..2026/password"), []byte("pass-word"), 0o600))
	must(os.Symlink("..2026", path("..data")))
	must(os.Symlink("..data/password", path("password")))
	must(os.Symlink("loop", path("loop")))
	must(os.WriteFile(path("empty"), nil, 0o600))
	listener, err := net.Listen("unix", path("s"))
	must(err)
	t.Cleanup(func() { _ = listener.Close() })

	for name, want := range map[string]string{ // "=" and the text, or the error
		path("pipe"):         "open " + path("pipe") + ": is not a regular file",
		path("link-to-pipe"): "open " + path("link-to-pipe") + ": is not a regular file",
		path("s"):            "open " + path("s") + ": is not a regular file",
		"/dev/zero":          "open /dev/zero: is not a regular file",
		dir:                  "read " + dir + ": is a directory",
		path("loop"):         "open " + path("loop") + ": too many levels of symbolic links",
		path("none"):         "open " + path("none") + ": no such file or directory",
		path("password"):     "=pass-word",
		path("empty"):        "=",
	} {
		began := time.Now()
		data, err := ReadRegular(name, 100)
		got := "=" + string(data)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if d := time.Since(began); d >= readPatience {
			t.Errorf("%s: it took %v", name, d)
		}
		if pathErr := (*os.PathError)(nil); err != nil && !errors.As(err, &pathErr) {
			t.Errorf("%s: the error is a %T", name, err)
		}
	}
}

// TestAPipeThatTakesThePlaceOfAFileDoesNotBlock opens as if it had been a file a moment
// ago.
func TestAPipeThatTakesThePlaceOfAFileDoesNotBlock(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(pipe, os.O_RDONLY|openNonBlocking, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := checkRegular(pipe, info); !errors.Is(err, errNotRegular) {
		t.Errorf("got %v", err)
	}
}

func TestFilesOfProcHaveNoSizeAndAreRead(t *testing.T) {
	if runtime.GOOS != "linux" {
		return
	}
	data, err := ReadRegular("/proc/self/status", 1<<16)
	if err != nil || !strings.HasPrefix(string(data), "Name:") {
		t.Errorf("got %.50q, %v", data, err)
	}
}

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

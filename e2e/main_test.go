//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"cloudjob_exporter/e2e/process"
)

var exporterPath string // what TestMain built

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "cloudjob_exporter_e2e")
	if err == nil {
		exporterPath = filepath.Join(folder, "cloudjob_exporter")
		err = process.Build("..", exporterPath)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the exporter:", err)
		os.Exit(1) //nolint:forbidigo // TestMain has no other way to fail
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(folder)
		os.Exit(code) //nolint:forbidigo // as goleak does itself
	}))
}

// program finds a program by an environment variable or its names.
func program(t testing.TB, variable string, names ...string) string {
	t.Helper()
	if path := os.Getenv(variable); path != "" {
		return path
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("none of %v is installed: apt-get install prometheus prometheus-alertmanager curl, or set %s", names, variable)
	return ""
}

func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

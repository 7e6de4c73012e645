//go:build e2e

package alerts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// run gives what a program prints that the environment variable names, or that
// is in PATH.
func run(t *testing.T, variable, name string, args ...string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		var err error
		if path, err = exec.LookPath(name); err != nil {
			t.Fatalf("%v; on Debian: apt-get install prometheus prometheus-alertmanager; or name it in %s", err, variable)
		}
	}
	var output, complaints strings.Builder
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdout, cmd.Stderr = &output, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", path, strings.Join(args, " "), err, &output, &complaints)
	}
	return output.String()
}

func promtool(t *testing.T, args ...string) { run(t, "PROMTOOL", "promtool", args...) }

func amtool(t *testing.T, args ...string) string { return run(t, "AMTOOL", "amtool", args...) }

func TestRulesAreValid(t *testing.T) {
	promtool(t, append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, ruleFiles()...)...)
}

func TestRulesDoWhatTheyShould(t *testing.T) {
	for _, file := range ruleTests(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yml"), func(t *testing.T) {
			t.Parallel()
			promtool(t, "test", "rules", file)
		})
	}
}

func TestAlertmanagerExampleIsValid(t *testing.T) {
	amtool(t, "check-config", alertmanagerFile)
}

func TestRoutes(t *testing.T) {
	for severity, receiver := range map[string]string{"critical": "pages", "warning": "tickets", "info": "nobody"} {
		got := amtool(t, "config", "routes", "test", "--config.file="+alertmanagerFile, "alertname=CloudJobFailed", "severity="+severity)
		if strings.TrimSpace(got) != receiver {
			t.Errorf("%s goes to %q, want %s", severity, got, receiver)
		}
	}
}

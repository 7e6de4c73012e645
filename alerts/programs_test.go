//go:build e2e

package alerts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
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

// TestErrorBudgetLeft runs the query of docs/slo.md: half of the budget of 5 % is left if
// 1 of 40 jobs fails, at two replicas as at one.
func TestErrorBudgetLeft(t *testing.T) {
	text, err := os.ReadFile("../docs/slo.md")
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(string(text), "```promql\n")
	query, _, _ = strings.Cut(query, "```")

	var input []map[string]string
	for _, instance := range []string{"a", "b"} {
		exporter := `{job="cloudjob",instance="` + instance + `",`
		ended := `cloudjob_exporter_ended_jobs_total` + exporter + `provider="ecs",project="prod",job_type="createServer",status=`
		input = append(input,
			map[string]string{"series": `cloudjob_exporter_shard_info` + exporter + `shard="0",total_shards="1"}`, "values": "1x720"},
			map[string]string{"series": ended + `"success"}`, "values": "0+39x720"},
			map[string]string{"series": ended + `"failed"}`, "values": "0+1x720"})
	}
	test, err := yaml.Marshal(map[string]any{"tests": []any{map[string]any{
		"interval": "1h", "input_series": input,
		"promql_expr_test": []any{map[string]any{
			"expr": query, "eval_time": "30d",
			"exp_samples": []any{map[string]any{"labels": `{project="prod"}`, "value": 0.5}},
		}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.yml")
	if err := os.WriteFile(path, test, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "test", "rules", path)
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

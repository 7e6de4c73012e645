package deploy_test

import (
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write "+ruleFile+" from "+rulesFile)

const (
	rulesFile = "../alerts/cloudjob.rules.yml"
	ruleFile  = "kubernetes/prometheusrule.yaml"

	ruleHeader = `# Generated from alerts/cloudjob.rules.yml by "make rules"; do not edit.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: cloudjob-exporter
  labels:
    app.kubernetes.io/name: cloudjob-exporter
spec:
`
)

// prometheusRule returns the manifest that has the groups of a rule file.
func prometheusRule(t *testing.T, rules string) string {
	t.Helper()
	_, groups, ok := strings.Cut(rules, "\ngroups:\n")
	if !ok {
		t.Fatalf("%s has no groups", rulesFile)
	}
	text := ruleHeader + "  groups:\n"
	for line := range strings.Lines(groups) {
		if line != "\n" {
			line = "  " + line
		}
		text += line
	}
	return text
}

// TestPrometheusRule asserts that the rules are the same with and without the
// Prometheus Operator.
func TestPrometheusRule(t *testing.T) {
	want := prometheusRule(t, read(t, rulesFile))
	if *update {
		if err := os.WriteFile(ruleFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, ruleFile); got != want {
		t.Errorf("%s is not what %s says; run: make rules", ruleFile, rulesFile)
	}

	var rules struct{ Groups []any }
	decode(t, read(t, rulesFile), &rules)
	var manifest struct{ Spec map[string]any }
	decode(t, read(t, ruleFile), &manifest)
	if len(rules.Groups) == 0 || !reflect.DeepEqual(manifest.Spec, map[string]any{"groups": rules.Groups}) {
		t.Errorf("%s decodes to other groups than %s", ruleFile, rulesFile)
	}
}

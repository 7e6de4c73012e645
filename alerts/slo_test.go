package alerts_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestSLOReadsWhatItRecords asserts that each recorded series is read, and that there is
// none that is read and not recorded.
func TestSLOReadsWhatItRecords(t *testing.T) {
	var isRecorded []string
	for _, r := range recordingRules(t, sloFile) {
		isRecorded = append(isRecorded, r.Record)
	}
	isRead := map[string]bool{}
	for _, r := range allRules(t, sloFile) {
		for _, name := range recorded.FindAllString(r.Expr, -1) {
			isRead[name] = true
			if !slices.Contains(isRecorded, name) {
				t.Errorf("%s is not recorded", name)
			}
		}
	}
	for _, name := range isRecorded {
		if !isRead[name] {
			t.Errorf("nothing reads %s", name)
		}
	}
}

// TestSLOHoldsBackItsOwnTicket asserts that the inhibit rule in docs/slo.md fits the alerts.
func TestSLOHoldsBackItsOwnTicket(t *testing.T) {
	text, err := os.ReadFile("../docs/slo.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```yaml\ninhibit_rules:\n")
	block, _, _ = strings.Cut(block, "```")
	var rules []inhibition
	if err := yaml.Unmarshal([]byte(block), &rules); err != nil || len(rules) != 1 {
		t.Fatalf("%d rules, %v", len(rules), err)
	}
	page := newAlert("CloudJobErrorBudgetBurn", "critical", "project=prod")
	for _, tt := range []struct {
		target alert
		want   bool
	}{
		{newAlert("CloudJobErrorBudgetBurn", "warning", "project=prod"), true},
		{newAlert("CloudJobErrorBudgetBurn", "warning", "project=staging"), false},
		{newAlert("CloudJobThrottled", "info", "project=prod"), false},
	} {
		if got := rules[0].inhibits(t, page, tt.target); got != tt.want {
			t.Errorf("%v is inhibited: %t, want %t", tt.target, got, tt.want)
		}
	}
}

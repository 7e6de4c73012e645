package alerts_test

import (
	"cmp"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cloudjob_exporter/collector"
)

// rule is an alerting rule.
type rule struct {
	Alert               string
	Expr                string
	For                 string
	Labels, Annotations map[string]string
}

func rules(t *testing.T) []rule {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []rule }
	}
	read(t, rulesFile, &file)
	var all []rule
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	if len(all) == 0 {
		t.Fatal("no rules")
	}
	return all
}

func TestLabelsAndAnnotations(t *testing.T) {
	for _, r := range rules(t) {
		if !strings.HasPrefix(r.Alert, "CloudJob") {
			t.Errorf("%s: routes go by names that begin with CloudJob", r.Alert)
		}
		if s := r.Labels["severity"]; len(r.Labels) != 1 || !slices.Contains([]string{"critical", "warning", "info"}, s) {
			t.Errorf("%s: labels %v, want a severity", r.Alert, r.Labels)
		}
		if s := r.Annotations["summary"]; s == "" || strings.Contains(s, "{{") {
			t.Errorf("%s: the summary %q is not the same for all", r.Alert, s)
		}
		if d := r.Annotations["description"]; !strings.Contains(d, "{{") || strings.Contains(d, "\n") {
			t.Errorf("%s: the description %q is no line about this very alert", r.Alert, d)
		}
	}
}

var (
	inQuotes = regexp.MustCompile(`"[^"]*"`)
	inBraces = regexp.MustCompile(`\{[^}]*\}`)
	metric   = regexp.MustCompile(`\b(?:job|cloudjob)_\w+|\bup\b`)
)

// metricsOf gives the names of metrics in an expression, or in the query of a
// template.
func metricsOf(text string) []string {
	text = inBraces.ReplaceAllString(inQuotes.ReplaceAllString(text, ""), "")
	return slices.DeleteFunc(metric.FindAllString(text, -1), func(name string) bool {
		return name == "job_id" || name == "job_type" // labels
	})
}

func TestMetricsExist(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"up"}
	for _, f := range collector.Families() {
		known = append(known, f.Name)
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(cloudjob_exporter_\\w+)` \\|").FindAllSubmatch(readme, -1) {
		known = append(known, string(m[1]))
	}
	for _, r := range rules(t) {
		names := metricsOf(r.Expr)
		if len(names) == 0 {
			t.Errorf("%s is about no metric", r.Alert)
		}
		if _, query, ok := strings.Cut(r.Annotations["description"], "printf `"); ok {
			query, _, _ = strings.Cut(query, "`")
			names = append(names, metricsOf(query)...)
		}
		for _, name := range names {
			if !slices.Contains(known, name) {
				t.Errorf("%s: there is no metric %s", r.Alert, name)
			}
		}
	}
}

// TestEveryRuleIsTested asks of the tests of promtool that each rule fires in
// one of them, and that each alert does not in another.
func TestEveryRuleIsTested(t *testing.T) {
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, path := range ruleTests(t) {
		var file struct {
			Tests []struct {
				Cases []struct {
					Alert  string `yaml:"alertname"`
					Firing []struct {
						Labels map[string]string `yaml:"exp_labels"`
					} `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		read(t, path, &file)
		for _, test := range file.Tests {
			for _, c := range test.Cases {
				silent[c.Alert] = silent[c.Alert] || len(c.Firing) == 0
				for _, f := range c.Firing {
					fires[c.Alert+" "+f.Labels["severity"]] = true
				}
			}
		}
	}
	for _, r := range rules(t) {
		if !fires[r.Alert+" "+r.Labels["severity"]] {
			t.Errorf("%s (%s) fires in no test", r.Alert, r.Labels["severity"])
		}
		if !silent[r.Alert] {
			t.Errorf("there is no test in which %s must not fire", r.Alert)
		}
	}
}

func TestAlertsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/alerting.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented, actual []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (\\w+) \\| (\\w+|–) \\|").FindAllSubmatch(text, -1) {
		documented = append(documented, string(m[1])+" "+string(m[2])+" "+string(m[3]))
	}
	for _, r := range rules(t) {
		actual = append(actual, r.Alert+" "+r.Labels["severity"]+" "+cmp.Or(r.For, "–"))
	}
	if !slices.Equal(documented, actual) {
		t.Errorf("docs/alerting.md has\n%s\nwant\n%s", strings.Join(documented, "\n"), strings.Join(actual, "\n"))
	}
}

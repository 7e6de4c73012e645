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

// rule is an alerting rule or a recording rule.
type rule struct {
	Alert, Record       string
	Expr                string
	For                 string
	Labels, Annotations map[string]string
}

// ruleFiles are the rules that everybody loads, and the optional ones.
func ruleFiles() []string { return []string{rulesFile, sloFile} }

// allRules returns the rules in the order of the files.
func allRules(t *testing.T, paths ...string) []rule {
	t.Helper()
	var all []rule
	for _, path := range paths {
		all = append(all, rulesOf(t, path)...)
	}
	return all
}

func rulesOf(t *testing.T, path string) []rule {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []rule }
	}
	read(t, path, &file)
	var all []rule
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// rules returns the alerting rules.
func rules(t *testing.T, paths ...string) []rule {
	t.Helper()
	alerting := slices.DeleteFunc(allRules(t, paths...), func(r rule) bool { return r.Record != "" })
	if len(alerting) == 0 {
		t.Fatal("no alerting rules")
	}
	return alerting
}

// recordingRules returns the recording rules.
func recordingRules(t *testing.T, paths ...string) []rule {
	t.Helper()
	return slices.DeleteFunc(allRules(t, paths...), func(r rule) bool { return r.Record == "" })
}

func TestLabelsAndAnnotations(t *testing.T) {
	for _, r := range rules(t, ruleFiles()...) {
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
	recorded = regexp.MustCompile(`\b\w+:\w+:\w+`)
	metric   = regexp.MustCompile(`\b(?:job|cloudjob)_\w+|\bup\b`)
)

// metricsOf returns the names of the exporter's metrics in an expression, or in
// the query of a template.
func metricsOf(text string) []string {
	text = recorded.ReplaceAllString(text, "")
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
	for _, r := range allRules(t, ruleFiles()...) {
		name := r.Alert + r.Record
		names := metricsOf(r.Expr)
		if len(names) == 0 && !recorded.MatchString(r.Expr) {
			t.Errorf("%s is about no metric", name)
		}
		if _, query, ok := strings.Cut(r.Annotations["description"], "printf `"); ok {
			query, _, _ = strings.Cut(query, "`")
			names = append(names, metricsOf(query)...)
		}
		for _, m := range names {
			if !slices.Contains(known, m) {
				t.Errorf("%s: there is no metric %s", name, m)
			}
		}
	}
}

// TestRecordedSeries asserts that what is recorded is what the alerts read, and
// that they read it with a range: between two evaluations of its group there is
// no sample.
func TestRecordedSeries(t *testing.T) {
	used := map[string]bool{}
	for _, r := range rules(t, rulesFile) {
		for _, place := range recorded.FindAllStringIndex(r.Expr, -1) {
			used[r.Expr[place[0]:place[1]]] = true
			if !strings.HasPrefix(r.Expr[place[1]:], "[") {
				t.Errorf("%s reads %s without a range", r.Alert, r.Expr[place[0]:place[1]])
			}
		}
	}
	for _, r := range recordingRules(t, rulesFile) {
		if !recorded.MatchString(r.Record) || !used[r.Record] {
			t.Errorf("no alert reads %s", r.Record)
		}
		delete(used, r.Record)
	}
	for name := range used {
		t.Errorf("%s is not recorded", name)
	}
}

// TestOnlyRecordedSeriesAreReadForDays keeps the rules from reading days of raw
// samples: with thousands of jobs, that takes longer than the time between two
// evaluations.
func TestOnlyRecordedSeriesAreReadForDays(t *testing.T) {
	withRange := regexp.MustCompile(recorded.String() + `\[[^]]*\]`)
	for _, r := range allRules(t, rulesFile) {
		if long := regexp.MustCompile(`\[\d+[dwy][^]]*\]`).FindString(withRange.ReplaceAllString(r.Expr, "")); long != "" {
			t.Errorf("%s%s reads %s of raw samples", r.Alert, r.Record, long)
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
	for _, r := range rules(t, ruleFiles()...) {
		if !fires[r.Alert+" "+r.Labels["severity"]] {
			t.Errorf("%s (%s) fires in no test", r.Alert, r.Labels["severity"])
		}
		if !silent[r.Alert] {
			t.Errorf("there is no test in which %s must not fire", r.Alert)
		}
	}
}

func TestAlertsAreDocumented(t *testing.T) {
	for document, path := range documents() {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		var documented, actual []string
		for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (\\w+) \\| (\\w+|–) \\|").FindAllSubmatch(text, -1) {
			documented = append(documented, string(m[1])+" "+string(m[2])+" "+string(m[3]))
		}
		for _, r := range rules(t, path) {
			actual = append(actual, r.Alert+" "+r.Labels["severity"]+" "+cmp.Or(r.For, "–"))
		}
		if !slices.Equal(documented, actual) {
			t.Errorf("%s has\n%s\nwant\n%s", document, strings.Join(documented, "\n"), strings.Join(actual, "\n"))
		}
	}
}

// documents are the pages that describe the rules, with their files.
func documents() map[string]string {
	return map[string]string{"../docs/alerting.md": rulesFile, "../docs/slo.md": sloFile}
}

// TestSedCommandsMatch asserts that the documented commands that change the rules find
// what they look for.
func TestSedCommandsMatch(t *testing.T) {
	script := regexp.MustCompile(`\bs/([^/]+)/|\bs#([^#]+)#`)
	for document, path := range documents() {
		docs, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		commands := regexp.MustCompile(`(?m)^sed (?:.*\\\n)?.*`).FindAllString(string(docs), -1)
		if want := map[string]int{rulesFile: 4, sloFile: 1}[path]; len(commands) < want {
			t.Fatalf("%s: found only %q", document, commands)
		}
		for _, command := range commands {
			scripts := script.FindAllStringSubmatch(command, -1)
			if scripts == nil {
				t.Errorf("%s changes nothing", command)
			}
			for _, s := range scripts {
				pattern := strings.ReplaceAll(strings.TrimSuffix(s[1]+s[2], ".*"), `\*`, "*")
				if !strings.Contains(string(text), pattern) {
					t.Errorf("%s: the rules do not have %q", command, pattern)
				}
			}
		}
	}
}

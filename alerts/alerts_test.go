//go:build e2e

package alerts_test

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/collector"
)

const (
	rulesFile        = "cloudjob.rules.yml"
	alertmanagerFile = "alertmanager.example.yml"
)

// rule is an alert as Prometheus reads it.
type rule struct {
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

// rules gives the alerts that are shipped, by name.
func rules(t *testing.T) map[string]rule {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	if err := yaml.Unmarshal([]byte(read(t, rulesFile)), &file); err != nil {
		t.Fatal(err)
	}
	all := map[string]rule{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if _, twice := all[r.Alert]; twice {
				t.Errorf("%s is there twice", r.Alert)
			}
			all[r.Alert] = r
		}
	}
	if len(all) == 0 {
		t.Fatal("there are no alerts")
	}
	return all
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// program finds a program of Prometheus or Alertmanager: the one that the
// environment variable of its name in capitals names, or else one in PATH.
func program(t *testing.T, debian string, names ...string) string {
	t.Helper()
	variable := strings.ToUpper(names[0])
	if file := os.Getenv(variable); file != "" {
		return file
	}
	for _, name := range names {
		if file, err := exec.LookPath(name); err == nil {
			return file
		}
	}
	t.Fatalf("no %s in PATH, nor one that the environment variable %s names; "+
		"install it with apt-get install -y --no-install-recommends %s", strings.Join(names, " or "), variable, debian)
	return ""
}

func promtool(t *testing.T) string { return program(t, "prometheus", "promtool") }
func amtool(t *testing.T) string   { return program(t, "prometheus-alertmanager", "amtool") }

// run gives what a program prints; the test fails if the program does.
func run(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, arguments...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out)
}

func TestRulesPassPromtool(t *testing.T) {
	out := run(t, promtool(t), "check", "rules", "--lint=all", "--lint-fatal", rulesFile)
	if want := fmt.Sprintf("%d rules found", len(rules(t))); !strings.Contains(out, want) {
		t.Errorf("promtool does not say %q:\n%s", want, out)
	}
}

func TestRulesDoAsTheirTestsSay(t *testing.T) {
	files, err := filepath.Glob("tests/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	tool := promtool(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yml"), func(t *testing.T) {
			t.Parallel()
			run(t, tool, "test", "rules", file)
		})
	}
}

// TestEveryAlertIsTested wants each alert to be seen firing with all that it
// says, and to be seen not firing.
func TestEveryAlertIsTested(t *testing.T) {
	files, err := filepath.Glob("tests/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	fires, rests := map[string]bool{}, map[string]bool{}
	for _, name := range files {
		var file struct {
			Tests []struct {
				Cases []struct {
					Alertname string
					Alerts    []any `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		if err := yaml.Unmarshal([]byte(read(t, name)), &file); err != nil {
			t.Fatal(err)
		}
		for _, test := range file.Tests {
			for _, c := range test.Cases {
				fires[c.Alertname] = fires[c.Alertname] || len(c.Alerts) > 0
				rests[c.Alertname] = rests[c.Alertname] || len(c.Alerts) == 0
			}
		}
	}
	for name := range rules(t) {
		if !fires[name] || !rests[name] {
			t.Errorf("%s: seen firing: %t, not firing: %t", name, fires[name], rests[name])
		}
	}
}

const runbooks = "../docs/runbooks"

func TestAlertsSayWhatPeopleNeed(t *testing.T) {
	for name, r := range rules(t) {
		if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) || len(r.Labels) != 1 {
			t.Errorf("%s: labels %v are not a severity alone", name, r.Labels)
		}
		if s := r.Annotations["summary"]; s == "" || strings.Contains(s, "{{") {
			t.Errorf("%s: summary %q is not the same for all", name, s)
		}
		if d := r.Annotations["description"]; !strings.Contains(d, "{{") {
			t.Errorf("%s: description %q names nothing", name, d)
		}
		if url := r.Annotations["runbook_url"]; path.Base(url) != name+".md" || !strings.HasSuffix(path.Dir(url), "/docs/runbooks") {
			t.Errorf("%s: runbook_url %s is that of another alert", name, url)
		}
	}
}

func TestEveryAlertHasARunbookAndEveryRunbookAnAlert(t *testing.T) {
	all := rules(t)
	files, err := filepath.Glob(runbooks + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		if _, ok := all[name]; !ok {
			t.Errorf("%s belongs to no alert", file)
		}
		delete(all, name)
		text := read(t, file)
		if !strings.HasPrefix(text, "# "+name+"\n") {
			t.Errorf("%s does not begin with the name of the alert", file)
		}
		for _, heading := range []string{"Meaning", "Impact", "How to look", "What to do"} {
			if strings.Count(text, "\n## "+heading+"\n") != 1 {
				t.Errorf("%s has no heading %q, or several", file, heading)
			}
		}
	}
	for name := range all {
		t.Errorf("%s has no runbook", name)
	}
}

// TestAlertsAreDocumented compares the table of the documentation with the rules.
func TestAlertsAreDocumented(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `(CloudJob\\w+)` \\| (critical|warning|info) \\| (\\w+|–) \\|")
	all := rules(t)
	for _, m := range row.FindAllStringSubmatch(read(t, "../docs/alerting.md"), -1) {
		r, ok := all[m[1]]
		if !ok {
			t.Errorf("%s is documented, or twice, but not shipped", m[1])
			continue
		}
		delete(all, m[1])
		if m[2] != r.Labels["severity"] || m[3] != cmp.Or(r.For, "–") {
			t.Errorf("%s: documented as %s, for %s; it is %s, for %s", m[1], m[2], m[3], r.Labels["severity"], cmp.Or(r.For, "–"))
		}
	}
	for name := range all {
		t.Errorf("%s is not documented", name)
	}
}

var (
	// notMetrics is what stands in an expression and names no metric.
	notMetrics = regexp.MustCompile(`\{[^}]*\}|\[[^\]]*\]|\b(\w+\s+)?(by|on|ignoring|group_left)\s*\([^)]*\)|\b\d\w*|\w+\s*\(`)
	keywords   = []string{"and", "or", "unless", "offset"}
	identifier = regexp.MustCompile(`[a-z_]\w*`)
)

func TestExpressionsUseMetricsThatThereAre(t *testing.T) {
	known := map[string]bool{"up": true}
	for _, f := range collector.Families() {
		known[f.Name] = true
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(cloudjob_exporter_\\w+)` \\|").FindAllStringSubmatch(read(t, "../README.md"), -1) {
		known[m[1]] = true
	}
	for name, r := range rules(t) {
		metrics := slices.DeleteFunc(identifier.FindAllString(notMetrics.ReplaceAllString(r.Expr, " "), -1),
			func(word string) bool { return slices.Contains(keywords, word) })
		if len(metrics) == 0 {
			t.Errorf("%s: found no metric", name)
		}
		for _, m := range metrics {
			if !known[m] {
				t.Errorf("%s: there is no metric %s", name, m)
			}
		}
	}
}

// Package docs_test holds what documents say and what the program does together.
package docs_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"cloudjob_exporter/cli"
	"cloudjob_exporter/collector"
	"cloudjob_exporter/config"
	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/job"
	"cloudjob_exporter/provider"
)

const readme = "README.md"

// compare tells which lines documentation lacks, and which it has too many.
func compare(t *testing.T, documented, actual []string) {
	t.Helper()
	for _, line := range actual {
		if !slices.Contains(documented, line) {
			t.Errorf("not documented: %s", line)
		}
	}
	for _, line := range documented {
		if !slices.Contains(actual, line) {
			t.Errorf("documented, but not so: %s", line)
		}
	}
}

func TestMetricsAreDocumented(t *testing.T) {
	var documented, actual []string
	for _, row := range tableRows(t, document(t, readme), "name | type | labels | meaning") {
		labels := slices.DeleteFunc(strings.Split(row[2], ", "), func(l string) bool { return l == "–" })
		slices.Sort(labels)
		documented = append(documented, row[0]+" "+row[1]+" "+strings.Join(labels, " "))
	}
	for _, f := range collector.Families() {
		labels := append([]string{"provider", "job_id"}, f.Labels...)
		slices.Sort(labels)
		actual = append(actual, f.Name+" gauge "+strings.Join(labels, " "))
	}
	for _, line := range scrapeAll(t) {
		if !slices.Contains(actual, line) {
			actual = append(actual, line)
		}
	}
	compare(t, documented, actual)
}

// scrapeAll gives name, type and labels of the metrics of an exporter that uses
// all there is, but for those that are the same in every exporter.
func scrapeAll(t *testing.T) []string {
	t.Helper()
	metrics, err := launchWithAllSections(t).Get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(metrics))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for name, f := range families {
		if !strings.HasPrefix(name, "job_") && !strings.HasPrefix(name, "cloudjob_exporter_") {
			continue
		}
		labels := map[string]bool{}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = true
			}
		}
		lines = append(lines, name+" "+strings.ToLower(f.GetType().String())+" "+
			strings.Join(slices.Sorted(maps.Keys(labels)), " "))
	}
	return lines
}

func TestPathsAreDocumented(t *testing.T) {
	p := process.Launch(t, exporterPath, "--demo", "--web.enable-lifecycle", "--web.enable-pprof", "--web.enable-registration")
	for _, row := range tableRows(t, document(t, readme), "method | path | what") {
		if _, err := p.Do(row[0], row[1], "X-Prometheus-Scrape-Timeout-Seconds", "1"); err != nil {
			t.Errorf("%s: %v", row[0], err)
		}
	}
}

func TestFlagsAreDocumented(t *testing.T) {
	var documented, actual []string
	for _, row := range tableRows(t, document(t, readme), "flag | default | environment variable | meaning") {
		documented = append(documented, strings.Join(row[:3], " "))
	}
	app, _ := cli.New()
	if _, err := app.Parse(nil); err != nil { // which names the environment variables
		t.Fatal(err)
	}
	for _, f := range app.Model().Flags {
		if f.Hidden {
			continue
		}
		def := strings.Join(f.Default, " ")
		if def == "" && f.IsBoolFlag() {
			def = "false"
		}
		actual = append(actual, "--"+f.Name+" "+def+" "+f.Envar)
	}
	compare(t, documented, actual)
}

func TestReasonsAreDocumented(t *testing.T) {
	var documented, actual []string
	for _, row := range tableRows(t, document(t, readme), "reason | what happened | what to do") {
		documented = append(documented, row[0])
	}
	for _, r := range job.Reasons() {
		actual = append(actual, string(r))
	}
	compare(t, documented, actual)
}

func TestConfigurationsInDocumentsAreGood(t *testing.T) {
	text, options := document(t, readme), config.Options{Providers: provider.Schema()}
	found := 0
	for _, block := range codeBlocks(text, "yaml") {
		if !strings.HasPrefix(block, "projects:") {
			continue
		}
		found++
		if _, err := config.Parse(readme, []byte(block), options); err != nil {
			t.Error(err)
		}
	}
	if found == 0 {
		t.Error("the README shows no configuration")
	}
	const example = "cloudjob.example.yml"
	certificates := regexp.MustCompile(`(?m)^ +(ca|cert|key)_file: .*\n`) // which this machine has not
	if _, err := config.Parse(example, certificates.ReplaceAll([]byte(document(t, example)), nil), options); err != nil {
		t.Error(err)
	}
}

// TestTheGateRunsTheTestCommand holds what people are told to run and what a
// change must pass together.
func TestTheGateRunsTheTestCommand(t *testing.T) {
	const command = "make test"
	if !strings.Contains(document(t, readme), "\n$ "+command+"\n") {
		t.Errorf("the README does not show %q", command)
	}
	if !regexp.MustCompile(`(?m)^step .* ` + command + `$`).MatchString(document(t, ".ci/run")) {
		t.Errorf(".ci/run does not run %q", command)
	}
}

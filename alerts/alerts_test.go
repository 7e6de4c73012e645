package alerts_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const (
	rulesFile        = "cloudjob.rules.yml"
	sloFile          = "slo.rules.yml"
	alertmanagerFile = "alertmanager.example.yml"
)

// ruleTests are the files of promtool's tests.
func ruleTests(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("tests/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	return files
}

// read decodes a YAML file.
func read(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func TestEveryAlertHasARunbook(t *testing.T) {
	const folder = "../docs/runbooks/"
	unclaimed := map[string]bool{}
	files, err := filepath.Glob(folder + "*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		unclaimed[filepath.Base(f)] = true
	}
	for _, r := range rules(t, ruleFiles()...) {
		name := r.Alert + ".md"
		delete(unclaimed, name)
		if want := "https://github.com/cloudjob-exporter/cloudjob_exporter/blob/main/docs/runbooks/" + name; r.Annotations["runbook_url"] != want {
			t.Errorf("%s: runbook_url %q, want %s", r.Alert, r.Annotations["runbook_url"], want)
		}
		text, err := os.ReadFile(folder + name)
		if errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s has no runbook", r.Alert)
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		rest, ok := strings.CutPrefix(string(text), "# "+r.Alert+"\n")
		if !ok {
			t.Errorf("%s does not begin with the name of its alert", name)
		}
		for _, heading := range []string{"Meaning", "Impact", "How to look", "What to do", "How to tune or silence"} {
			if _, rest, ok = strings.Cut(rest, "\n## "+heading+"\n"); !ok {
				t.Errorf("%s has no heading %q, or not in its place", name, heading)
				break
			}
		}
	}
	for name := range unclaimed {
		t.Errorf("%s belongs to no alert", name)
	}
}

package main

import (
	"go/build"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// house is the order of the packages: each may import those below it, and none
// of beyond. It is that of docs/architecture.md.
var house = []struct {
	name   string
	beyond []string // the packages of others that would break the order of things
}{
	{"main", nil},
	{"web", nil},
	{"exposition", []string{"net/http", "go.yaml.in/yaml/v3"}},
	{"collector", []string{"net/http", "go.yaml.in/yaml/v3"}},
	{"discovery", []string{"net/http", "go.yaml.in/yaml/v3"}},
	{"poller", []string{"net/http", "go.yaml.in/yaml/v3"}},
	{"storage", []string{"net/http", "go.yaml.in/yaml/v3"}},
	{"provider", []string{"github.com/prometheus/client_golang/prometheus", "golang.org/x/time/rate"}},
	{"cloud", nil},
	{"jobfiles", []string{"net/http"}},
	{"config", []string{"net/http", "github.com/prometheus/client_golang/prometheus", "github.com/go-kit/log"}},
	{"strictyaml", []string{"net/http", "github.com/prometheus/client_golang/prometheus", "github.com/go-kit/log"}},
	{"job", []string{"net/http", "encoding/json", "github.com/prometheus/client_golang/prometheus", "github.com/go-kit/log"}},
}

// alone are packages of the house that import no other of this module.
var alone = []string{"strictyaml", "job", "simulator"}

func TestPackagesImportOnlyWhatIsBelowThem(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		p, err := build.ImportDir(path, 0)
		if err != nil {
			return nil //nolint:nilerr // a folder without Go files
		}
		name, _, _ := strings.Cut(filepath.ToSlash(path), "/")
		if name == "." {
			name = "main"
		}
		seen[name] = true
		for _, imported := range p.Imports {
			if why := forbidden(name, imported); why != "" {
				t.Errorf("%s imports %s: %s", path, imported, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < len(alone) {
		t.Errorf("found only %v", seen)
	}
}

func TestTheHouseIsDocumented(t *testing.T) {
	rows := tableRows(t, document(t, "docs/architecture.md"), "package | knows | must not know")
	if len(rows) != len(house) {
		t.Fatalf("%d packages are documented, of %d", len(rows), len(house))
	}
	for i, row := range rows {
		if row[0] != house[i].name {
			t.Errorf("%s stands where %s is", row[0], house[i].name)
		}
	}
}

// forbidden says why a package must not import another; empty if it may.
func forbidden(name, imported string) string {
	mine := floor(name)
	ours, isOurs := strings.CutPrefix(imported, program+"/")
	ours, _, _ = strings.Cut(ours, "/")
	switch theirs := floor(ours); {
	case !isOurs && mine >= 0 && slices.Contains(house[mine].beyond, imported):
		return "that is the work of another package"
	case !isOurs || ours == name:
	case slices.Contains(alone, name):
		return "it must stand alone"
	case ours == "simulator" && name != "main" && mine >= 0:
		return "only tests and the demo may simulate"
	case mine >= 0 && theirs < 0 && ours != "simulator":
		return "it is not part of the house"
	case mine >= 0 && theirs >= 0 && theirs <= mine:
		return "it is not below"
	}
	return ""
}

// floor is where in the house a package is, counted from the top; -1 if it is beside it.
func floor(name string) int {
	for i, p := range house {
		if p.name == name {
			return i
		}
	}
	return -1
}

func TestTheOrderOfTheHouse(t *testing.T) {
	for _, tt := range []struct {
		name, imported string
		allowed        bool
	}{
		{"main", "cloudjob_exporter/web", true},
		{"main", "cloudjob_exporter/simulator", true},
		{"web", "cloudjob_exporter/poller", true},
		{"poller", "cloudjob_exporter/web", false},
		{"provider", "cloudjob_exporter/simulator", false},
		{"cloud", "cloudjob_exporter/strictyaml", true},
		{"config", "cloudjob_exporter/strictyaml", true},
		{"config", "cloudjob_exporter/job", true},
		{"config", "cloudjob_exporter/cloud", false},
		{"strictyaml", "cloudjob_exporter/config", false},
		{"strictyaml", "cloudjob_exporter/job", false},
		{"simulator", "cloudjob_exporter/cloud", false},
		{"collector", "net/http", false},
		{"web", "cloudjob_exporter/dashboards", false},
		{"dashboards", "cloudjob_exporter/collector", true},
		{"dashboards", "cloudjob_exporter/dashboards/grafana", true},
	} {
		if why := forbidden(tt.name, tt.imported); (why == "") != tt.allowed {
			t.Errorf("%s imports %s: got %q", tt.name, tt.imported, why)
		}
	}
}

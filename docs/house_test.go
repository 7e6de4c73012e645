package docs_test

import (
	"go/build"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cloudjob_exporter/cli"
)

// house is the order of the packages: each may import those below it, and none
// of beyond. It is that of docs/architecture.md.
var house = []struct {
	name   string
	beyond []string // other packages that would break the order of things, though they may be below
}{
	{"main", nil},
	{"web", nil},
	{"exposition", []string{"net/http", "go.yaml.in/yaml/v3"}},
	{"collector", []string{"net/http", "go.yaml.in/yaml/v3"}},
	{"watchlist", []string{"net/http"}},
	{"demo", []string{"net/http"}},
	{"discovery", []string{"net/http", "go.yaml.in/yaml/v3"}},
	{"registration", []string{"net/http", "go.yaml.in/yaml/v3", "cloudjob_exporter/cloud"}},
	{"poller", []string{"net/http", "go.yaml.in/yaml/v3", "cloudjob_exporter/cloud", "cloudjob_exporter/config", "cloudjob_exporter/provider"}},
	{"storage", []string{"net/http", "go.yaml.in/yaml/v3"}},
	{"jobfiles", []string{"net/http"}},
	{"provider", []string{"github.com/prometheus/client_golang/prometheus", "golang.org/x/time/rate"}},
	{"cloud", nil},
	{"config", []string{"net/http", "github.com/prometheus/client_golang/prometheus", "github.com/go-kit/log"}},
	{"strictyaml", []string{"net/http", "github.com/prometheus/client_golang/prometheus", "github.com/go-kit/log"}},
	{"regular", []string{"net/http"}},
	{"job", []string{"net/http", "encoding/json", "github.com/prometheus/client_golang/prometheus", "github.com/go-kit/log"}},
	{"simulator", []string{"github.com/prometheus/client_golang/prometheus", "github.com/go-kit/log", "go.yaml.in/yaml/v3"}},
}

// beside are packages that only main imports, with the packages of this module
// that each of them may import.
var beside = map[string][]string{
	"cli":     {"web", "config", "strictyaml", "job"},
	"logging": nil,
}

// alone are packages of the house that import no other of this module.
var alone = []string{"strictyaml", "regular", "job", "simulator"}

func TestPackagesImportOnlyWhatIsBelowThem(t *testing.T) {
	seen := map[string]bool{}
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		p, err := build.ImportDir(filepath.Join(root, path), 0)
		if err != nil {
			return nil //nolint:nilerr // a folder without Go files
		}
		name, _, _ := strings.Cut(path, "/")
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
	for _, p := range house {
		if !seen[p.name] {
			t.Errorf("there is no package %s", p.name)
		}
	}
	for name := range beside {
		if !seen[name] {
			t.Errorf("there is no package %s", name)
		}
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
	documented := map[string][]string{}
	for _, row := range tableRows(t, document(t, "docs/architecture.md"), "package | what it is | may import") {
		documented[row[0]] = strings.FieldsFunc(row[2], func(r rune) bool { return strings.ContainsRune("`, –", r) })
	}
	if !maps.EqualFunc(documented, beside, slices.Equal) {
		t.Errorf("documented beside the house are %v, want %v", documented, beside)
	}
}

// forbidden says why a package must not import another; empty if it may.
func forbidden(name, imported string) string {
	mine := floor(name)
	ours, isOurs := strings.CutPrefix(imported, cli.Program+"/")
	ours, _, _ = strings.Cut(ours, "/")
	switch theirs := floor(ours); {
	case mine >= 0 && slices.Contains(house[mine].beyond, imported):
		return "that is the work of another package"
	case !isOurs || ours == name:
	case slices.Contains(alone, name):
		return "it must stand alone"
	case isBeside(ours):
		if name != "main" {
			return "only main may import it"
		}
	case isBeside(name):
		if !slices.Contains(beside[name], ours) {
			return "it needs few other packages, and this is none of them"
		}
	case ours == "simulator" && name != "demo" && mine >= 0:
		return "only tests and the demo may simulate"
	case mine >= 0 && theirs < 0:
		return "it is not part of the house"
	case mine >= 0 && theirs >= 0 && theirs <= mine:
		return "it is not below"
	}
	return ""
}

func isBeside(name string) bool {
	_, ok := beside[name]
	return ok
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
		{"main", "cloudjob_exporter/demo", true},
		{"main", "cloudjob_exporter/simulator", false},
		{"demo", "cloudjob_exporter/simulator", true},
		{"web", "cloudjob_exporter/simulator", false},
		{"main", "cloudjob_exporter/cli", true},
		{"web", "cloudjob_exporter/logging", false},
		{"dashboards", "cloudjob_exporter/cli", false},
		{"cli", "cloudjob_exporter/web", true},
		{"cli", "cloudjob_exporter/poller", false},
		{"logging", "cloudjob_exporter/config", false},
		{"web", "cloudjob_exporter/poller", true},
		{"poller", "cloudjob_exporter/web", false},
		{"poller", "cloudjob_exporter/cloud", false},
		{"watchlist", "cloudjob_exporter/registration", true},
		{"registration", "cloudjob_exporter/poller", true},
		{"registration", "net/http", false},
		{"poller", "cloudjob_exporter/registration", false},
		{"provider", "cloudjob_exporter/simulator", false},
		{"cloud", "cloudjob_exporter/strictyaml", true},
		{"config", "cloudjob_exporter/strictyaml", true},
		{"config", "cloudjob_exporter/job", true},
		{"config", "cloudjob_exporter/cloud", false},
		{"strictyaml", "cloudjob_exporter/config", false},
		{"strictyaml", "cloudjob_exporter/job", false},
		{"storage", "cloudjob_exporter/regular", true},
		{"config", "cloudjob_exporter/regular", true},
		{"regular", "cloudjob_exporter/strictyaml", false},
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

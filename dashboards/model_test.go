package dashboards

import (
	"encoding/json"
	"os"
	"testing"
)

// The files, as far as the tests read them. They do not share the generator's
// types, so that a mistake there shows.
type (
	dashboardFile struct {
		UID         string
		Title       string
		Description string
		Editable    bool
		Tags        []string
		Links       []struct {
			Type                  string
			Tags                  []string
			KeepTime, IncludeVars bool
		}
		Panels     []panelFile
		Templating struct{ List []variableFile }
	}
	panelFile struct {
		ID          int
		Type        string
		Title       string
		Description string
		Datasource  datasourceFile
		GridPos     struct{ X, Y, W, H int }
		Targets     []targetFile
		FieldConfig struct {
			Defaults  struct{ Unit string }
			Overrides []struct {
				Matcher    struct{ ID, Options string }
				Properties []struct {
					ID    string
					Value any
				}
			}
		}
		Transformations []struct {
			ID      string
			Options json.RawMessage
		}
	}
	targetFile struct {
		RefID        string
		Expr         string
		LegendFormat string
		Format       string
		Instant      bool
		Range        bool
		Datasource   datasourceFile
	}
	variableFile struct {
		Name, Label, Type, AllValue, Definition string
		Multi, IncludeAll                       bool
		Refresh                                 int
		Datasource                              datasourceFile
		Query                                   any
	}
	datasourceFile struct{ Type, UID string }
)

// file is a dashboard that is shipped.
func file(t *testing.T, uid string) dashboardFile {
	t.Helper()
	content, err := os.ReadFile(uid + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboardFile
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Panels) == 0 {
		t.Fatalf("%s has no panels", uid)
	}
	return d
}

// eachFile runs a subtest for every dashboard that is shipped.
func eachFile(t *testing.T, test func(t *testing.T, d dashboardFile)) {
	t.Helper()
	for _, d := range All() {
		t.Run(d.UID, func(t *testing.T) { test(t, file(t, d.UID)) })
	}
}

// panels are those that show data.
func (d dashboardFile) panels() []panelFile {
	var out []panelFile
	for _, p := range d.Panels {
		if p.Type != "row" {
			out = append(out, p)
		}
	}
	return out
}

func (d dashboardFile) variable(name string) (variableFile, bool) {
	for _, v := range d.Templating.List {
		if v.Name == name {
			return v, true
		}
	}
	return variableFile{}, false
}

func (d dashboardFile) panel(t *testing.T, title string) panelFile {
	t.Helper()
	for _, p := range d.panels() {
		if p.Title == title {
			return p
		}
	}
	t.Fatalf("%s has no panel %q", d.UID, title)
	return panelFile{}
}

func (d dashboardFile) query(t *testing.T, title, refID string) targetFile {
	t.Helper()
	for _, q := range d.panel(t, title).Targets {
		if q.RefID == refID {
			return q
		}
	}
	t.Fatalf("%s: panel %q has no query %s", d.UID, title, refID)
	return targetFile{}
}

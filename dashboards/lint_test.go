package dashboards

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cloudjob_exporter/dashboards/grafana"
	"cloudjob_exporter/job"
)

// units are the IDs of Grafana's units that the dashboards use, from
// packages/grafana-data/src/valueFormats/categories.ts.
func units() []string {
	return []string{
		"none", "string", "short", "percentunit", "s", "bytes", "reqps", "cpm",
		"dateTimeAsIso", "dateTimeFromNow",
	}
}

func TestDashboards(t *testing.T) {
	eachFile(t, func(t *testing.T, d dashboardFile) {
		if d.Title == "" || d.Description == "" {
			t.Error("no title or no description")
		}
		if d.Editable {
			t.Error("editable: changes would be lost at the next import")
		}
		if !regexp.MustCompile(`^[a-z0-9-]{1,40}$`).MatchString(d.UID) {
			t.Errorf("uid %q: Grafana allows 40 characters", d.UID)
		}
		if !slices.Contains(d.Tags, tag) {
			t.Errorf("tags %q are without %q, by which the dashboards find each other", d.Tags, tag)
		}
		if len(d.Links) != 1 || d.Links[0].Type != "dashboards" || !slices.Equal(d.Links[0].Tags, []string{tag}) ||
			!d.Links[0].KeepTime || !d.Links[0].IncludeVars {
			t.Errorf("links %+v: want one, by tag, that keeps time and variables", d.Links)
		}
	})
}

func TestVariables(t *testing.T) {
	labels := map[string]string{
		"job": "Job", "instance": "Instance", "provider": "Provider", "project": "Project",
	}
	eachFile(t, func(t *testing.T, d dashboardFile) {
		v, ok := d.variable("datasource")
		if !ok || v.Type != "datasource" || v.Query != "prometheus" || v.Label != "Data source" {
			t.Errorf("datasource: %+v", v)
		}
		for name, label := range labels {
			if v, ok := d.variable(name); !ok || v.Label != label || v.Type != "query" {
				t.Errorf("%s: %+v, want a query with the label %q", name, v, label)
			}
		}
		for _, v := range d.Templating.List {
			if v.Type != "query" {
				continue
			}
			if v.Datasource.UID != "${datasource}" || !v.Multi || !v.IncludeAll || v.AllValue != ".+" || v.Refresh != 2 {
				t.Errorf("%s: %+v, want any number or all, from the chosen data source, at each change of the time range", v.Name, v)
			}
			used := regexp.MustCompile(`\$` + v.Name + `\b`)
			if !slices.ContainsFunc(d.panels(), func(p panelFile) bool {
				return slices.ContainsFunc(p.Targets, func(q targetFile) bool { return used.MatchString(q.Expr) })
			}) {
				t.Errorf("%s: no query uses it", v.Name)
			}
		}
	})
}

func TestStatusVariableOffersEveryStatus(t *testing.T) {
	var want, got []string
	for s := job.Status(0); ; s++ {
		if back, ok := job.ParseStatus(s.String()); !ok || back != s {
			break
		}
		want = append(want, s.String())
	}
	for _, o := range statusVariable().Options {
		got = append(got, o.Value)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("statuses %q, want %q", got, want)
	}
}

func TestPanels(t *testing.T) {
	eachFile(t, func(t *testing.T, d dashboardFile) {
		ids, titles := map[int]bool{}, map[string]bool{}
		for _, p := range d.Panels {
			if p.ID < 1 || ids[p.ID] {
				t.Errorf("%s: id %d is missing or used twice", p.Title, p.ID)
			}
			if p.Title == "" || titles[p.Title] {
				t.Errorf("id %d: title %q is missing or used twice", p.ID, p.Title)
			}
			ids[p.ID], titles[p.Title] = true, true
		}
		for _, p := range d.panels() {
			if p.Description == "" {
				t.Errorf("%s: no description", p.Title)
			}
			if p.Datasource.UID != "${datasource}" || p.Datasource.Type != "prometheus" {
				t.Errorf("%s: data source %+v", p.Title, p.Datasource)
			}
			if len(p.Targets) == 0 {
				t.Errorf("%s: no queries", p.Title)
			}
			if !slices.Contains(units(), p.FieldConfig.Defaults.Unit) {
				t.Errorf("%s: unit %q", p.Title, p.FieldConfig.Defaults.Unit)
			}
			for _, o := range p.FieldConfig.Overrides {
				for _, prop := range o.Properties {
					if prop.ID == "unit" && !slices.Contains(units(), prop.Value.(string)) {
						t.Errorf("%s: %s: unit %q", p.Title, o.Matcher.Options, prop.Value)
					}
				}
			}
			checkTargets(t, p)
		}
	})
}

func checkTargets(t *testing.T, p panelFile) {
	refs := map[string]bool{}
	for _, q := range p.Targets {
		if q.RefID == "" || refs[q.RefID] {
			t.Errorf("%s: refId %q is missing or used twice", p.Title, q.RefID)
		}
		refs[q.RefID] = true
		if q.Datasource.UID != "${datasource}" {
			t.Errorf("%s: data source of %s: %+v", p.Title, q.RefID, q.Datasource)
		}
		if q.Instant == q.Range {
			t.Errorf("%s: %s is neither instant nor range", p.Title, q.RefID)
		}
		if p.Type == "table" && q.Format != "table" {
			t.Errorf("%s: %s has the format %q", p.Title, q.RefID, q.Format)
		}
		if p.Type != "table" && q.LegendFormat == "" {
			t.Errorf("%s: %s has no legend", p.Title, q.RefID)
		}
	}
}

func TestPanelsDoNotOverlap(t *testing.T) {
	eachFile(t, func(t *testing.T, d dashboardFile) {
		for i, p := range d.Panels {
			a := p.GridPos
			if a.X < 0 || a.Y < 0 || a.W < 1 || a.H < 1 || a.X+a.W > 24 {
				t.Errorf("%s: %+v is not on the grid", p.Title, a)
			}
			for _, q := range d.Panels[:i] {
				b := q.GridPos
				if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
					t.Errorf("%s %+v overlaps %s %+v", p.Title, a, q.Title, b)
				}
			}
		}
	})
}

func TestColorsCanBeToldApart(t *testing.T) {
	safe := []string{
		grafana.Orange, grafana.SkyBlue, grafana.Green, grafana.Yellow,
		grafana.Blue, grafana.Vermillion, grafana.Purple,
	}
	hex := regexp.MustCompile(`"#[0-9A-Fa-f]+"`)
	named := regexp.MustCompile(`"(color|fixedColor|mode)": "(red|green|yellow|orange|blue|purple|palette-[a-z-]+|continuous-[A-Za-z-]+)"`)
	for _, d := range All() {
		content, err := os.ReadFile(d.UID + ".json")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range hex.FindAllString(string(content), -1) {
			if !slices.Contains(safe, strings.Trim(c, `"`)) {
				t.Errorf("%s: colour %s", d.UID, c)
			}
		}
		if found := named.FindString(string(content)); found != "" {
			t.Errorf("%s: %s is one of Grafana's own colours", d.UID, found)
		}
	}
}

// A column that no query fills, or one that two fill, shows up only in Grafana.
func TestTableColumnsComeFromTheQueries(t *testing.T) {
	eachFile(t, func(t *testing.T, d dashboardFile) {
		for _, p := range d.panels() {
			if p.Type != "table" {
				continue
			}
			var organize struct{ RenameByName map[string]string }
			last := p.Transformations[len(p.Transformations)-1]
			if err := json.Unmarshal(last.Options, &organize); err != nil || last.ID != "organize" {
				t.Fatalf("%s: %s: %v", p.Title, last.ID, err)
			}
			titles := map[string]bool{}
			for field, title := range organize.RenameByName {
				if titles[title] {
					t.Errorf("%s: two columns %q", p.Title, title)
				}
				titles[title] = true
				ref, isValue := strings.CutPrefix(field, "Value #")
				if isValue && !slices.ContainsFunc(p.Targets, func(q targetFile) bool { return q.RefID == ref }) {
					t.Errorf("%s: column %q is of query %s, which there is not", p.Title, title, ref)
				}
				if !isValue && !strings.Contains(p.Targets[0].Expr, field) {
					t.Errorf("%s: column %q is of label %s, which the first query does not have", p.Title, title, field)
				}
			}
			for _, o := range p.FieldConfig.Overrides {
				if !titles[o.Matcher.Options] {
					t.Errorf("%s: override for %q, which is no column", p.Title, o.Matcher.Options)
				}
			}
		}
	})
}

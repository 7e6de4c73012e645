//go:build e2e

package dashboards

import (
	"maps"
	"math"
	"regexp"
	"strings"
	"testing"
)

// chosen are the values of a dashboard's variables; what is not in it is All.
type chosen map[string]string

// substitute does what Grafana does before it asks Prometheus.
func (c chosen) substitute(t *testing.T, d dashboardFile, text string) string {
	t.Helper()
	return regexp.MustCompile(`\$\{?(\w+)\}?`).ReplaceAllStringFunc(text, func(use string) string {
		name := strings.Trim(use, "${}")
		if name == "__rate_interval" || name == "__range" {
			return "1m"
		}
		if _, ok := d.variable(name); !ok {
			t.Errorf("%s: no such variable, in %s", use, text)
		}
		if value, ok := c[name]; ok {
			return value
		}
		return ".+"
	})
}

// run is what a query of a panel returns.
func (p *prometheus) run(t *testing.T, d dashboardFile, c chosen, q targetFile) []sample {
	t.Helper()
	ask := p.query
	if q.Range {
		ask = p.queryRange
	}
	got, err := ask(t.Context(), c.substitute(t, d, q.Expr))
	if err != nil {
		t.Fatalf("%s: %v\n%s", q.RefID, err, q.Expr)
	}
	return got
}

func TestOnPrometheus(t *testing.T) {
	t.Parallel()
	s := exporters(t)
	p := startPrometheus(t, s)

	t.Run("every query returns data", func(t *testing.T) {
		eachFile(t, func(t *testing.T, d dashboardFile) {
			for _, panel := range d.panels() {
				for _, q := range panel.Targets {
					if got := p.run(t, d, nil, q); len(got) == 0 && s.mayBeEmpty[panel.Title] == "" {
						t.Errorf("%s: %s returns nothing:\n%s", panel.Title, q.RefID, q.Expr)
					}
				}
			}
		})
	})
	t.Run("every label of a legend or column is there", func(t *testing.T) {
		eachFile(t, func(t *testing.T, d dashboardFile) { checkLegends(t, p, d) })
	})
	t.Run("every variable has values", func(t *testing.T) {
		labelValues := regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)
		eachFile(t, func(t *testing.T, d dashboardFile) {
			for _, v := range d.Templating.List {
				if v.Type != "query" {
					continue
				}
				m := labelValues.FindStringSubmatch(v.Definition)
				if m == nil {
					t.Errorf("%s: %s", v.Name, v.Definition)
					continue
				}
				values, err := p.labelValues(t.Context(), m[2], chosen{}.substitute(t, d, m[1]))
				if err != nil || len(values) == 0 {
					t.Errorf("%s: values %q, %v", v.Name, values, err)
				}
			}
		})
	})
	t.Run("numbers", func(t *testing.T) { checkNumbers(t, p) })
	t.Run("rows", func(t *testing.T) { checkRows(t, p) })
	t.Run("replicas that do not agree", func(t *testing.T) { checkDisagreement(t, p) })
}

// TestShardsOnPrometheus asserts that what shards count adds up, where that of replicas
// counts once.
func TestShardsOnPrometheus(t *testing.T) {
	t.Parallel()
	p := startPrometheus(t, shards(t))
	checkPanels(t, p, nil, map[string]float64{"Jobs watched": 32, "Success ratio": 39. / 44})

	d := file(t, ExporterUID)
	for i, want := range []map[string]float64{{"prod": 18, "staging": 14}, {"staging": 10}, {"prod": 4, "staging": 0}} {
		got := map[string]float64{}
		for _, s := range p.run(t, d, nil, d.panel(t, "Jobs by source").Targets[i]) {
			got[s.labels["project"]] = s.value
		}
		if !maps.Equal(got, want) {
			t.Errorf("Jobs by source: got %v, want %v", got, want)
		}
	}
}

// checkLegends finds labels that an aggregation has dropped. Labels that are
// empty, as the type of a CFW job is, are dropped by Prometheus: one series of
// a query that has the label is enough.
func checkLegends(t *testing.T, p *prometheus, d dashboardFile) {
	inLegend := regexp.MustCompile(`\{\{(\w+)\}\}`)
	for _, panel := range d.panels() {
		for _, q := range panel.Targets {
			got := p.run(t, d, nil, q)
			for _, m := range inLegend.FindAllStringSubmatch(q.LegendFormat, -1) {
				found := false
				for _, s := range got {
					found = found || s.labels[m[1]] != ""
				}
				if !found {
					t.Errorf("%s: %s: no series has the label %s", panel.Title, q.RefID, m[1])
				}
			}
			if len(got) > 1 && panel.Type != "table" && !strings.Contains(q.LegendFormat, "{{") {
				t.Errorf("%s: %s: %d series with the same name", panel.Title, q.RefID, len(got))
			}
		}
	}
}

// checkNumbers compares with what the two recordings say, taken together: two
// replicas watch 16 jobs, and each counts once.
func checkNumbers(t *testing.T, p *prometheus) {
	tests := []struct {
		name  string
		given chosen
		want  map[string]float64
	}{
		{
			"all", nil,
			map[string]float64{
				"Failed": 3, "Stuck": 2, "Status unknown": 2, "Polls failing": 2, "Unfinished": 6, "Watched": 16,
				"Jobs watched": 16, "Broken job files": 1, "Success ratio": 39. / 44,
			},
		},
		{
			"a project",
			chosen{"project": "staging"},
			map[string]float64{
				"Failed": 2, "Stuck": 1, "Status unknown": 2, "Polls failing": 2, "Unfinished": 1, "Watched": 7,
				"Jobs watched": 7, "Success ratio": 6. / 9,
			},
		},
		{
			"a provider",
			chosen{"provider": "cfw"},
			map[string]float64{
				"Failed": 1, "Stuck": 1, "Status unknown": 1, "Polls failing": 1, "Unfinished": 2, "Watched": 5,
				"Jobs watched": 5, "Success ratio": 4. / 5,
			},
		},
		{
			// One replica has not heard yet that it failed.
			"a job, as an alert links to it",
			chosen{"provider": "elb", "job_id": "ff8080825ecc523f015ecd0a98f82f05"},
			map[string]float64{
				"Failed": 1, "Stuck": 0, "Status unknown": 0, "Polls failing": 0, "Unfinished": 0, "Watched": 1,
			},
		},
		{
			// The other replica has not polled it yet.
			"a job that one replica knows",
			chosen{"job_id": "ff8080825ecc523f015ecd0a98f82f04"},
			map[string]float64{"Failed": 0, "Stuck": 0, "Status unknown": 0, "Unfinished": 0, "Watched": 1},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkPanels(t, p, tt.given, tt.want) })
	}
	t.Run("nothing is scraped", func(t *testing.T) {
		eachFile(t, func(t *testing.T, d dashboardFile) {
			for _, panel := range d.panels() {
				for _, q := range panel.Targets {
					if got := p.run(t, d, chosen{"instance": "none"}, q); len(got) != 0 {
						t.Errorf("%s: %v, which looks like good news", panel.Title, got)
					}
				}
			}
		})
	})
}

// checkPanels compares the numbers that panels show, by their titles.
func checkPanels(t *testing.T, p *prometheus, given chosen, numbers map[string]float64) {
	t.Helper()
	seen := 0
	eachFile(t, func(t *testing.T, d dashboardFile) {
		for _, panel := range d.panels() {
			want, ok := numbers[panel.Title]
			if !ok {
				continue
			}
			seen++
			got := p.run(t, d, given, panel.Targets[0])
			if len(got) != 1 || math.Abs(got[0].value-want) > 1e-9 {
				t.Errorf("%s: got %v, want %v", panel.Title, got, want)
			}
		}
	})
	if seen != len(numbers) {
		t.Errorf("found %d panels of %d", seen, len(numbers))
	}
}

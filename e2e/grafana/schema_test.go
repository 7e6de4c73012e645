// Package grafana checks the dashboards against Grafana's own schema. It is a
// module of its own, so that Grafana's types are no dependency of the program.
package grafana

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// register makes the schemas known of what the dashboards use. All that there are
// would take a minute to compile.
func register() *cog.Runtime {
	runtime := cog.NewRuntime()
	for _, panel := range []variants.PanelcfgConfig{
		stat.VariantConfig(), statetimeline.VariantConfig(), table.VariantConfig(), timeseries.VariantConfig(),
	} {
		runtime.RegisterPanelcfgVariant(panel)
	}
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	return runtime
}

func TestDashboardsFollowGrafanasSchema(t *testing.T) {
	runtime := register()
	for file, content := range dashboards(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			// The options of a panel without a schema would not be looked at.
			var raw struct{ Panels []struct{ Type string } }
			if err := json.Unmarshal(content, &raw); err != nil {
				t.Fatal(err)
			}
			for _, p := range raw.Panels {
				if _, known := runtime.ConfigForPanelcfgVariant(p.Type); !known && p.Type != "row" {
					t.Errorf("register does not know the schema of %s", p.Type)
				}
			}
			for _, mistake := range mistakes(content) {
				t.Error(mistake)
			}
		})
	}
}

// TestTheSchemaIsApplied asserts that a mistake in each part of a dashboard is found.
func TestTheSchemaIsApplied(t *testing.T) {
	register()
	changes := map[string]string{
		`"editorMode": "code"`:        `"editorMode": "code", "nonsense": 1`,
		`"graphMode": "none"`:         `"graphMode": "none", "nonsense": 1`,
		`"cellHeight": "sm"`:          `"cellHeight": 1`,
		`"alignValue": "left"`:        `"alignValue": "left", "nonsense": 1`,
		`"lineWidth": 2`:              `"lineWidth": "2"`,
		`"graphTooltip": 1`:           `"graphTooltip": "1"`,
		`"includeAll": true`:          `"includeAll": 1`,
		`"showPercentChange": false,`: ``,
		`"fixedColor": "#0072B2"`:     `"fixedColor": 1`,
	}
	for right, wrong := range changes {
		found := false
		for file, content := range dashboards(t) {
			if !strings.Contains(string(content), right) {
				continue
			}
			found = true
			broken := strings.Replace(string(content), right, wrong, 1)
			if mistakes([]byte(broken)) == nil {
				t.Errorf("%s: %s instead of %s is not found", file, wrong, right)
			}
		}
		if !found {
			t.Errorf("no dashboard has %s", right)
		}
	}
}

// mistakes returns what a dashboard has that the schema does not allow. A strict
// decoder of Grafana's returns an error that is not nil, but empty, if all is well.
func mistakes(content []byte) []error {
	var all []error
	add := func(err error) {
		var several cog.BuildErrors
		switch {
		case errors.As(err, &several):
			for _, one := range several {
				all = append(all, one)
			}
		case err != nil:
			all = append(all, err)
		}
	}
	var d dashboard.Dashboard //nolint:staticcheck // version 2 is a format that Grafana 10 and 11 do not read
	add(d.UnmarshalJSONStrict(content))
	add(d.Validate())
	return all
}

func dashboards(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	contents := map[string][]byte{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		contents[file] = content
	}
	return contents
}

package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-kit/log"
)

func TestFlagsThatPrintTakeNoVariable(t *testing.T) {
	for _, value := range []string{"0.1.0", "true"} {
		for _, name := range printing {
			t.Setenv(variablePrefix+strings.ToUpper(strings.ReplaceAll(name, "-", "_")), value)
		}
		app, f := New()
		if err := Parse(app, nil); err != nil || len(f.ignored) > 0 {
			t.Errorf("%s: %v, %v", value, err, f.ignored)
		}
		for _, flag := range app.Model().Flags {
			if prints := slices.Contains(printing, flag.Name); prints != (flag.Envar == "") {
				t.Errorf("--%s has the variable %q", flag.Name, flag.Envar)
			}
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	app, _ := New()
	if err := Parse(app, nil); err != nil {
		t.Fatal(err)
	}
	for entry, want := range map[string]string{
		"CLOUDJOB_EXPORTER_LOG_LEVL=debug":        "no flag has this variable, did you mean CLOUDJOB_EXPORTER_LOG_LEVEL?",
		"CLOUDJOB_EXPORTER_CONFIGFILE=x":          "no flag has this variable, did you mean CLOUDJOB_EXPORTER_CONFIG_FILE?",
		"CLOUDJOB_EXPORTER_log_level=debug":       "no flag has this variable, did you mean CLOUDJOB_EXPORTER_LOG_LEVEL?",
		"CLOUDJOB_EXPORTER_PASSWORD=pass-word":    "no flag has this variable",
		"CLOUDJOB_EXPORTER_PORT=9100":             "no flag has this variable",
		"CLOUDJOB_EXPORTER_SERVICE_PORT=pass":     "no flag has this variable",
		"CLOUDJOB_EXPORTER_LOG_LEVEL=debug":       "",
		"CLOUDJOB_EXPORTER_VERSION=0.1.0":         "",
		"CLOUDJOB_EXPORTER_HELP=":                 "",
		"CLOUDJOB_EXPORTER=x":                     "",
		"ANOTHER_LOG_LEVL=debug":                  "",
		"CLOUDJOB_EXPORTER_SERVICE_HOST=10.0.0.1": "",
	} {
		var got string
		for _, v := range unknownVariables(app, []string{"HOME=/", entry}) {
			if name, _, _ := strings.Cut(entry, "="); v.name != name {
				t.Errorf("%s is called %s", name, v.name)
			}
			got += v.reason
		}
		if got != want {
			t.Errorf("%s: got %q", entry, got)
		}
	}
}

// TestServiceLinks is about what Kubernetes sets in every pod of a namespace with
// a Service called cloudjob-exporter, and one called cloudjob-exporter-web.
func TestServiceLinks(t *testing.T) {
	var links []string
	for _, service := range []string{"", "WEB_"} {
		for _, link := range []string{
			"SERVICE_HOST=10.96.0.7", "SERVICE_PORT=10994", "SERVICE_PORT_METRICS=10994", "PORT=tcp://10.96.0.7:10994",
			"PORT_10994_TCP=tcp://10.96.0.7:10994", "PORT_10994_TCP_PROTO=tcp", "PORT_10994_TCP_PORT=10994", "PORT_10994_TCP_ADDR=10.96.0.7",
		} {
			name, value, _ := strings.Cut(variablePrefix+service+link, "=")
			links = append(links, name)
			t.Setenv(name, value)
		}
	}
	app, f := New()
	if err := Parse(app, nil); err != nil || len(f.ignored) > 0 {
		t.Errorf("%v, %v", err, f.ignored)
	}
	for _, flag := range app.Model().Flags {
		if slices.Contains(links, flag.Envar) {
			t.Errorf("Kubernetes sets %s of --%s", flag.Envar, flag.Name)
		}
		if name := strings.TrimPrefix(flag.Envar, variablePrefix); serviceLink.MatchString(name+"=1") || serviceLink.MatchString(name+"=tcp://a:1") {
			t.Errorf("%s of --%s looks like one that Kubernetes sets", flag.Envar, flag.Name)
		}
	}
}

func TestIgnoredVariablesAreLoggedWithoutTheirValues(t *testing.T) {
	t.Setenv("CLOUDJOB_EXPORTER_PASSWORD", "pass-word")
	app, f := New()
	if err := Parse(app, nil); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	f.WarnIgnored(log.NewLogfmtLogger(&text))
	const want = `level=warn msg="environment variable ignored" variable=CLOUDJOB_EXPORTER_PASSWORD reason="no flag has this variable"` + "\n"
	if text.String() != want {
		t.Errorf("got %s", text.String())
	}
}

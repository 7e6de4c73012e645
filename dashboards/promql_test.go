package dashboards

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cloudjob_exporter/collector"
)

// contract are the metrics that the exporter promises, with their types.
func contract() map[string]string {
	const (
		gauge     = "gauge"
		counter   = "counter"
		histogram = "histogram"
	)
	metrics := map[string]string{
		"cloudjob_exporter_build_info":                                   gauge,
		"cloudjob_exporter_jobs":                                         gauge,
		"cloudjob_exporter_api_requests_total":                           counter,
		"cloudjob_exporter_api_request_duration_seconds":                 histogram,
		"cloudjob_exporter_poll_errors_total":                            counter,
		"cloudjob_exporter_cache_hits_total":                             counter,
		"cloudjob_exporter_cache_misses_total":                           counter,
		"cloudjob_exporter_polls_pending":                                gauge,
		"cloudjob_exporter_unrecognized_statuses_total":                  counter,
		"cloudjob_exporter_job_file_errors":                              gauge,
		"cloudjob_exporter_storage_errors_total":                         counter,
		"cloudjob_exporter_discovery_errors_total":                       counter,
		"cloudjob_exporter_discovered_jobs":                              gauge,
		"cloudjob_exporter_registered_jobs":                              gauge,
		"cloudjob_exporter_shard_info":                                   gauge,
		"cloudjob_exporter_answers_total":                                counter,
		"cloudjob_exporter_ended_jobs_total":                             counter,
		"cloudjob_exporter_ended_job_duration_seconds":                   histogram,
		"cloudjob_exporter_detection_delay_seconds":                      histogram,
		"cloudjob_exporter_config_last_reload_successful":                gauge,
		"cloudjob_exporter_config_last_reload_success_timestamp_seconds": gauge,
	}
	for _, f := range collector.Families() {
		metrics[f.Name] = gauge
	}
	return metrics
}

// others are metrics of the Go client and of Prometheus itself.
func others() map[string]string {
	return map[string]string{
		"go_goroutines":                          "gauge",
		"process_cpu_seconds_total":              "counter",
		"process_resident_memory_bytes":          "gauge",
		"process_open_fds":                       "gauge",
		"process_max_fds":                        "gauge",
		"promhttp_metric_handler_requests_total": "counter",
		"up":                                     "gauge",
		"scrape_duration_seconds":                "gauge",
	}
}

// A selector as the dashboards write it, with what stands around it.
var selector = regexp.MustCompile(`(\w*\(?)\b([a-z][a-z0-9_]*)\{([^}]*)\}(\[[^]]*\])?`)

func TestQueries(t *testing.T) {
	known := contract()
	maps.Copy(known, others())
	eachFile(t, func(t *testing.T, d dashboardFile) {
		for _, p := range d.panels() {
			for _, q := range p.Targets {
				found := selector.FindAllStringSubmatch(q.Expr, -1)
				if len(found) == 0 {
					t.Errorf("%s: %s selects nothing", p.Title, q.RefID)
				}
				for _, m := range found {
					function, name, matchers, window := m[1], m[2], m[3], m[4]
					kind := typeOf(known, name)
					if kind == "" {
						t.Errorf("%s: %s is no metric of the exporter", p.Title, name)
					}
					if !strings.HasPrefix(matchers, `job=~"$job", instance=~"$instance"`) {
						t.Errorf("%s: %s{%s} is not narrowed to job and instance", p.Title, name, matchers)
					}
					accumulates := kind == "counter" || kind == "histogram"
					if rated := function == "rate(" || function == "increase("; rated != accumulates {
						t.Errorf("%s: %s is a %s, in %q", p.Title, name, kind, function)
					}
					if want := windows(name); accumulates && !slices.Contains(want, window) {
						t.Errorf("%s: %s over %q, want one of %q", p.Title, name, window, want)
					}
				}
				if bare := withoutSelector(q.Expr, known); bare != "" {
					t.Errorf("%s: %s without any matchers", p.Title, bare)
				}
			}
		}
	})
}

// windows are what a metric that accumulates may be read over. What happens once in
// the life of a job is too rare for the rate between two points.
func windows(name string) []string {
	if regexp.MustCompile(`^cloudjob_exporter_(ended_job|detection_delay)`).MatchString(name) {
		return []string{"[1h]", "[1d]", "[$__range]"}
	}
	return []string{"[$__rate_interval]"}
}

// typeOf is the type of a metric by the name of one of its series.
func typeOf(known map[string]string, series string) string {
	if kind, ok := known[series]; ok {
		return kind
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if name, ok := strings.CutSuffix(series, suffix); ok && known[name] == "histogram" {
			return "histogram"
		}
	}
	return ""
}

// withoutSelector is the first metric in the query that stands without {}.
func withoutSelector(expr string, known map[string]string) string {
	rest := selector.ReplaceAllString(expr, "")
	for _, word := range regexp.MustCompile(`[a-z_][a-z0-9_]*`).FindAllString(rest, -1) {
		if typeOf(known, word) != "" {
			return word
		}
	}
	return ""
}

// The two dashboards together show every metric of the contract.
func TestEveryMetricIsShown(t *testing.T) {
	var all strings.Builder
	for _, d := range All() {
		content, err := d.JSON()
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	for name := range contract() {
		if !regexp.MustCompile(`\b` + name + `(_bucket)?\{`).MatchString(all.String()) {
			t.Errorf("%s: no panel shows it", name)
		}
	}
}

// The recorded exposition has every metric, so that no query is untested.
func TestRecordedMetricsAreTheContract(t *testing.T) {
	types := regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`)
	for _, file := range recordings() {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, m := range types.FindAllStringSubmatch(string(content), -1) {
			got[m[1]] = m[2]
		}
		for name, kind := range contract() {
			if got[name] != kind {
				t.Errorf("%s: %s is a %q, want a %s", file, name, got[name], kind)
			}
		}
		for name := range got {
			runtime := slices.ContainsFunc([]string{"go_", "process_", "promhttp_"}, func(prefix string) bool {
				return strings.HasPrefix(name, prefix)
			})
			if _, ok := contract()[name]; !ok && !runtime {
				t.Errorf("%s: %s is not in the contract", file, name)
			}
		}
	}
}

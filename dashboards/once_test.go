//go:build e2e

package dashboards

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// timeline is a series that is scraped every 30 s for an hour, late by 15 s if it
// is of an even exporter. Its values hold from the minute that is their key on.
type timeline struct {
	series string
	late   bool
	values map[int]string
}

// notation is what promtool reads: a sample, or _ for none, every 15 s.
func (l timeline) notation() string {
	value, samples := "_", make([]string, 0, 241)
	for i := range 241 {
		if v, ok := l.values[i/4]; ok && i%4 == 0 {
			value = v
		}
		switch {
		case value == "stale" && i%4 == 0:
			samples = append(samples, "stale")
		case value == "stale" || (i%2 == 1) != l.late:
			samples = append(samples, "_")
		default:
			samples = append(samples, value)
		}
	}
	return strings.Join(samples, " ")
}

// exporter returns what one exporter shows: its shard, and its counters.
func exporter(instance, shard string, late bool, counters map[string]map[int]string) []timeline {
	labels := `job="cloudjob",instance="` + instance + `"`
	lines := []timeline{{
		series: `cloudjob_exporter_shard_info{` + labels + `,shard="` + shard + `",total_shards="2"}`, late: late,
		values: map[int]string{0: "1"},
	}}
	for name, values := range counters {
		lines = append(lines, timeline{series: strings.Replace(name, "{", "{"+labels+",", 1), late: late, values: values})
	}
	return lines
}

// until ends all series, as those of a target that is gone.
func until(minute int, lines []timeline) []timeline {
	for _, l := range lines {
		l.values[minute] = "stale"
	}
	return lines
}

// TestJobsCountOnce runs the queries over replicas and shards with promtool, at the
// end of the hour.
func TestJobsCountOnce(t *testing.T) {
	const (
		failed  = `cloudjob_exporter_ended_jobs_total{provider="elb",project="prod",job_type="createELB",status="failed"}`
		deletes = `cloudjob_exporter_ended_jobs_total{provider="elb",project="prod",job_type="deleteELB",status="failed"}`
		success = `cloudjob_exporter_ended_jobs_total{provider="elb",project="prod",job_type="createELB",status="success"}`
		watched = `cloudjob_exporter_jobs{provider="elb",project="prod"}`
	)
	type counters = map[string]map[int]string
	type values = map[int]string
	byType := "round(" + endedWithin(lastHour, "job_type", statusIs("failed")) + ")"
	byProvider := "round(" + endedWithin(lastHour, "provider", statusIs("failed")) + ")"
	ratio := "round(100 * " + successRatio(lastHour, "provider") + ")"
	const creates, elb = `{job_type="createELB"}`, `{provider="elb"}`

	tests := []struct {
		name  string
		lines [][]timeline
		query string
		want  map[string]float64
	}{
		{
			"one exporter",
			[][]timeline{exporter("a", "0", false, counters{failed: values{0: "0", 10: "1", 50: "3"}})},
			byType,
			map[string]float64{creates: 3},
		},
		{
			"replicas that are scraped at different times",
			[][]timeline{
				exporter("a", "0", false, counters{failed: values{0: "0", 10: "4", 50: "7"}}),
				exporter("b", "0", true, counters{failed: values{0: "100", 10: "104", 50: "107"}}),
			},
			byType,
			map[string]float64{creates: 7},
		},
		{
			// It counts 4 and, from 0 again, 3; while it was down, it missed one.
			"a replica that was restarted",
			[][]timeline{
				exporter("a", "0", false, counters{failed: values{0: "20", 10: "24", 20: "0", 50: "3"}}),
				exporter("b", "0", true, counters{failed: values{0: "0", 10: "4", 20: "5", 50: "8"}}),
			},
			byType,
			map[string]float64{creates: 8},
		},
		{
			"the only exporter was restarted",
			[][]timeline{exporter("a", "0", false, counters{failed: values{0: "20", 10: "24", 20: "0", 50: "3"}})},
			byType,
			map[string]float64{creates: 7},
		},
		{
			"shards",
			[][]timeline{
				exporter("a", "0", false, counters{failed: values{0: "0", 10: "5"}}),
				exporter("b", "1", true, counters{failed: values{0: "0", 10: "6"}}),
			},
			byType,
			map[string]float64{creates: 11},
		},
		{
			"two replicas of each of two shards, one of each restarted",
			[][]timeline{
				exporter("a", "0", false, counters{failed: values{0: "0", 10: "3", 20: "0", 50: "2"}}),
				exporter("b", "0", true, counters{failed: values{0: "0", 10: "3", 50: "5"}}),
				exporter("c", "1", false, counters{failed: values{0: "7", 10: "11", 50: "13"}}),
				exporter("d", "1", true, counters{failed: values{0: "9", 10: "13", 20: "0", 50: "1"}}),
			},
			byType,
			map[string]float64{creates: 11},
		},
		{
			"a replica that is gone, and counted what the other one did not",
			[][]timeline{
				until(30, exporter("a", "0", false, counters{failed: values{0: "0", 10: "5"}, deletes: values{0: "0", 10: "2"}})),
				exporter("b", "0", true, counters{failed: values{0: "0", 10: "5", 50: "7"}}),
			},
			byType,
			map[string]float64{creates: 7, `{job_type="deleteELB"}`: 2},
		},
		{
			"types add up also where the maxima are of different replicas",
			[][]timeline{
				exporter("a", "0", false, counters{failed: values{0: "0", 10: "3"}, deletes: values{0: "0", 10: "3"}}),
				exporter("b", "0", true, counters{failed: values{0: "0", 10: "2"}, deletes: values{0: "0", 10: "4"}}),
			},
			byProvider,
			map[string]float64{elb: 7},
		},
		{
			"an exporter that became another shard",
			[][]timeline{
				until(30, exporter("a", "0", false, counters{})),
				exporter("a", "1", false, counters{failed: values{0: "0", 10: "1", 50: "3"}}),
			},
			byType,
			map[string]float64{creates: 3},
		},
		{
			"success ratio of two shards, one with a replica",
			[][]timeline{
				exporter("a", "0", false, counters{failed: values{0: "0", 10: "1"}, success: values{0: "0", 10: "2"}}),
				exporter("b", "0", false, counters{failed: values{0: "0", 10: "1"}, success: values{0: "0", 10: "2"}}),
				exporter("c", "1", false, counters{failed: values{0: "0"}, success: values{0: "0", 10: "7"}}),
			},
			ratio,
			map[string]float64{elb: 90},
		},
		{
			"no success ratio where nothing ended",
			[][]timeline{exporter("a", "0", false, counters{failed: values{0: "0"}, success: values{0: "0"}})},
			ratio,
			nil,
		},
		{
			"a gauge of two shards, one with a replica",
			[][]timeline{
				exporter("a", "0", false, counters{watched: values{0: "40"}}),
				exporter("b", "0", false, counters{watched: values{0: "41"}}),
				exporter("c", "1", false, counters{watched: values{0: "50"}}),
			},
			gaugeOnce("provider", "provider, project", "cloudjob_exporter_jobs"),
			map[string]float64{elb: 91},
		},
		{
			// Half of the jobs take up to a minute, the others up to two.
			"a quantile over two shards, one with a replica",
			[][]timeline{
				exporter("a", "0", false, durations(10, 10)),
				exporter("b", "0", true, durations(10, 10)),
				exporter("c", "1", false, durations(0, 10)),
			},
			"round(" + endedQuantile("0.75", lastHour) + ")",
			map[string]float64{`{provider="elb", job_type="createELB"}`: 90},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var input []map[string]string
			for _, lines := range tt.lines {
				for _, l := range lines {
					input = append(input, map[string]string{"series": l.series, "values": l.notation()})
				}
			}
			samples := []map[string]any{}
			for labels, value := range tt.want {
				samples = append(samples, map[string]any{"labels": labels, "value": value})
			}
			checkWithPromtool(t, map[string]any{
				"interval": "15s", "input_series": input,
				"promql_expr_test": []map[string]any{{
					"expr":      chosen{}.substitute(t, file(t, JobsUID), tt.query),
					"eval_time": "1h", "exp_samples": samples,
				}},
			})
		})
	}
}

// durations are the buckets up to a minute and up to two of jobs that ended.
func durations(minute, two int) map[string]map[int]string {
	const bucket = `cloudjob_exporter_ended_job_duration_seconds_bucket{provider="elb",job_type="createELB",status="success",le="%s"}`
	buckets := map[string]map[int]string{}
	for le, jobs := range map[string]int{"60": minute, "120": two, "+Inf": two} {
		buckets[fmt.Sprintf(bucket, le)] = map[int]string{0: "0", 10: fmt.Sprint(jobs)}
	}
	return buckets
}

// checkWithPromtool runs one of promtool's tests.
func checkWithPromtool(t *testing.T, test map[string]any) {
	t.Helper()
	binary := os.Getenv("PROMTOOL")
	if binary == "" {
		binary = "promtool"
	}
	content, err := yaml.Marshal(map[string]any{"evaluation_interval": "1m", "tests": []any{test}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.yml")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), binary, "test", "rules", path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

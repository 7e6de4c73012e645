package dashboards

import "cloudjob_exporter/dashboards/grafana"

// noEnds is what a panel says when no job ended.
const noEnds = "no job ended"

// jobsEnded answers whether it is getting worse. Its panels are made of counters, so
// that they remember the jobs that are no longer watched. These have no job ID.
func jobsEnded() grafana.Row {
	return grafana.Row{
		Title:  "How jobs end",
		Panels: []grafana.Panel{successNow(), endsByType(), successOverTime(), failuresOverTime(), durationOverTime()},
	}
}

func successNow() grafana.Panel {
	return grafana.Panel{
		Kind: grafana.Stat, Title: "Success ratio",
		Description: "Jobs that succeeded as a share of those that succeeded or failed within the time range. Narrow it by provider and project above.",
		Width:       4, Height: 9, Unit: "percentunit", NoValue: noEnds,
		Queries:    []grafana.Query{{Expr: successRatio(chosenRange, ""), Legend: "Success ratio"}},
		Thresholds: ratioColors(),
	}
}

// ratioColors are rough on purpose: what is good enough is for an SLO to say.
func ratioColors() []grafana.Threshold {
	return []grafana.Threshold{{Color: grafana.Vermillion}, {From: 0.9, Color: grafana.Orange}, {From: 0.99, Color: grafana.Green}}
}

func endsByType() grafana.Panel {
	const by = "provider, project, job_type"
	count := func(statuses string) grafana.Query {
		return grafana.Query{Expr: "round(" + endedWithin(chosenRange, by, provider, project, statusIs(statuses)) + ")"}
	}
	return grafana.Panel{
		Kind: grafana.Table, Title: "Ended jobs by type",
		Description: "Jobs that ended within the time range while an exporter watched them. Not every API names a type; other stands for all types beyond the first 100 of a provider.",
		Width:       20, Height: 9, Unit: "string",
		Queries: []grafana.Query{
			count(finalStatuses), count("failed"), count("canceled"), {Expr: successRatio(chosenRange, by)},
		},
		Columns: []grafana.Column{
			{Title: "Project", Label: "project", Width: 120},
			{Title: "Provider", Label: "provider", Width: 90},
			{Title: "Type", Label: "job_type"},
			{Title: "Ended", Query: "A", Unit: "short", Width: 90},
			{Title: "Failed", Query: "B", Unit: "short", Width: 90},
			{Title: "Canceled", Query: "C", Unit: "short", Width: 90},
			{Title: "Success ratio", Query: "D", Unit: "percentunit", Width: 180, Gauge: ratioColors()},
		},
		SortBy: "Failed",
	}
}

func successOverTime() grafana.Panel {
	return grafana.Panel{
		Kind: grafana.TimeSeries, Title: "Success ratio over time",
		Description: "Of the jobs that succeeded or failed within the day before each point.",
		Width:       12, Height: 8, Unit: "percentunit", Max: 1,
		Queries: []grafana.Query{{
			Expr: successRatio(lastDay, "provider, project"), Legend: "{{project}} {{provider}}", Color: grafana.Green,
		}},
	}
}

func failuresOverTime() grafana.Panel {
	return grafana.Panel{
		Kind: grafana.TimeSeries, Title: "Failures by type",
		Description: "Jobs that failed within the hour before each point.",
		Width:       12, Height: 8, Unit: "short",
		Queries: []grafana.Query{{
			Expr:   "round(" + endedWithin(lastHour, "provider, project, job_type", provider, project, statusIs("failed")) + ")",
			Legend: "{{project}} {{provider}} {{job_type}}", Color: grafana.Vermillion,
		}},
	}
}

func durationOverTime() grafana.Panel {
	const legend = "{{provider}} {{job_type}}"
	within := func(q string) string { return endedQuantile(q, lastDay, provider, statusIs("$status")) }
	return grafana.Panel{
		Kind: grafana.TimeSeries, Title: "Duration by type, over weeks",
		Description: "Median (line), 90th and 99th percentile (dashed) of the jobs that ended within the day before each point, in all projects. Of native histograms where Prometheus has them; otherwise the buckets end at 2 h.",
		Width:       24, Height: 9, Unit: "s",
		Queries: []grafana.Query{
			{Expr: within("0.5"), Legend: legend + " median", Color: grafana.Blue},
			{Expr: within("0.9"), Legend: legend + " 90 %", Color: grafana.Orange, Dashed: true},
			{Expr: within("0.99"), Legend: legend + " 99 %", Color: grafana.Purple, Dashed: true},
		},
	}
}

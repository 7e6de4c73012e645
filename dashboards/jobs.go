package dashboards

import "cloudjob_exporter/dashboards/grafana"

// jobsNow says at a glance whether somebody has to do something.
func jobsNow() grafana.Row {
	number := func(title, description, expr string, colors []grafana.Threshold) grafana.Panel {
		return grafana.Panel{
			Kind: grafana.Stat, Title: title, Description: description,
			Width: 4, Height: 4, Unit: "short", NoValue: noJobs,
			Queries:    []grafana.Query{{Expr: expr, Legend: title}},
			Thresholds: colors,
		}
	}
	neutral := []grafana.Threshold{{Color: grafana.SkyBlue}}
	return grafana.Row{
		Title: "Now",
		Panels: []grafana.Panel{
			number("Failed",
				"Jobs that ended with an error and are still watched. The table below names them.",
				orZero("sum("+in(watched(), perJob("job_status", statusIs("failed")))+")"),
				fineIfNone(grafana.Vermillion)),
			number("Stuck",
				"Unfinished jobs that have been running for longer than their stuck_after.",
				orZero("count("+ageOfThreshold()+" > 1)"),
				fineIfNone(grafana.Vermillion)),
			number("Status unknown",
				"Jobs of which no exporter knows the status: not polled yet, not found, a word that is in no table, or nothing heard for longer than max_stale.",
				"sum("+in(watched(), "min by (provider, job_id) ("+jobSeries("job_status", statusIs("unknown"))+")")+")",
				fineIfNone(grafana.Purple)),
			number("Polls failing",
				"Jobs whose last poll failed at every exporter that watches them. Their status is the last one known.",
				"sum("+in(watched(), "(1 - "+perJob("job_up")+")")+")",
				fineIfNone(grafana.Orange)),
			number("Unfinished",
				"Jobs that wait to start, run, or roll back.",
				orZero("sum("+in(watched(), perJob("job_status", statusIs(openStatuses)))+" unless on (provider, job_id) ("+hasStatus(finalStatuses)+"))"),
				neutral),
			number("Watched",
				"All jobs that the exporters watch, finished ones too.",
				"count(count by (provider, job_id) ("+watched()+"))",
				neutral),
		},
	}
}

func jobsOverTime() grafana.Row {
	return grafana.Row{
		Title: "Over time",
		Panels: []grafana.Panel{
			{
				Kind: grafana.StateTimeline, Title: "State of each job",
				Description: "One bar for each job. The word in a bar is the status; so is its colour. Where exporters do not agree for a moment, the newer status counts. Narrow it by status, project or job ID above.",
				Width:       24, Height: 12, Unit: "none",
				Queries: []grafana.Query{{
					Expr:   in(chosenStatus(), withInfo(statusNumber(), "project")),
					Legend: "{{project}} {{provider}} {{job_id}}",
				}},
				Mappings: statusWords(),
			},
			{
				Kind: grafana.TimeSeries, Title: "Jobs by status",
				Description: "How many jobs were in each status. A growing purple area is an exporter that does not hear from the cloud. While exporters do not agree on a job, it is in both.",
				Width:       12, Height: 8, Unit: "short",
				Queries: []grafana.Query{{
					Expr: "sum by (status) (" + in(watched(),
						"max by (provider, job_id, status) ("+jobSeries("job_status", statusIs("$status"))+")") + ")",
					Legend: "{{status}}",
				}},
				Series: statusSeries(), Stacked: true,
			},
			{
				Kind: grafana.TimeSeries, Title: "Jobs that ended within the hour before",
				Description: "Throughput, by how the jobs ended. Jobs that were over when an exporter first saw them are not in it. Not narrowed by job ID.",
				Width:       12, Height: 8, Unit: "short",
				Queries: []grafana.Query{{
					Expr:   "round(" + endedWithin(lastHour, "status", provider, project, statusIs("$status")) + ")",
					Legend: "{{status}}",
				}},
				Series: statusSeries(), Stacked: true,
			},
		},
	}
}

func jobDurations() grafana.Row {
	byType := func(aggregation, expr string) string {
		return aggregation + withInfo(expr, "job_type") + ")"
	}
	ended := took(statusIs(finalStatuses), statusIs("$status"))
	legend := "{{provider}} {{job_type}}"

	return grafana.Row{
		Title: "How long jobs take",
		Panels: []grafana.Panel{
			{
				Kind: grafana.Table, Title: "Duration by type of job",
				Description: "Of the jobs that have ended and are still watched. Choose the status success above to leave out those that failed early. Not every API names a type.",
				Width:       12, Height: 9, Unit: "string",
				Queries: []grafana.Query{
					{Expr: byType("count by (provider, job_type) (", ended)},
					{Expr: byType("quantile by (provider, job_type) (0.5, ", ended)},
					{Expr: byType("quantile by (provider, job_type) (0.95, ", ended)},
					{Expr: byType("avg by (provider, job_type) (", ended)},
					{Expr: byType("max by (provider, job_type) (", ended)},
				},
				Columns: []grafana.Column{
					{Title: "Provider", Label: "provider", Width: 90},
					{Title: "Type", Label: "job_type"},
					{Title: "Jobs", Query: "A", Unit: "short", Width: 80},
					{Title: "Median", Query: "B", Unit: "s", Width: 100},
					{Title: "95 % within", Query: "C", Unit: "s", Width: 110},
					{Title: "Average", Query: "D", Unit: "s", Width: 100},
					{Title: "Longest", Query: "E", Unit: "s", Width: 100},
				},
				SortBy: "95 % within",
			},
			{
				Kind: grafana.TimeSeries, Title: "Duration of ended jobs",
				Description: "Median (line) and 95th percentile (dashed) of the jobs that had ended and were still watched at the time, by type.",
				Width:       12, Height: 9, Unit: "s",
				Queries: []grafana.Query{
					{Expr: byType("quantile by (provider, job_type) (0.5, ", ended), Legend: legend + " median", Color: grafana.Blue},
					{Expr: byType("quantile by (provider, job_type) (0.95, ", ended), Legend: legend + " 95 %", Color: grafana.Orange, Dashed: true},
				},
			},
			{
				Kind: grafana.TimeSeries, Title: "Running against the threshold",
				Description: "The unfinished job of each type that has used up most of its stuck_after. Above 100 % it is stuck.",
				Width:       24, Height: 8, Unit: "percentunit", Max: 1,
				Queries: []grafana.Query{{
					Expr:   "max by (provider, job_type) (" + withInfo(ageOfThreshold(), "job_type") + ")",
					Legend: legend,
				}},
				Thresholds: []grafana.Threshold{{Color: "transparent"}, {From: 1, Color: grafana.Vermillion}},
			},
		},
	}
}

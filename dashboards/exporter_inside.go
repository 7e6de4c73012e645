package dashboards

import "cloudjob_exporter/dashboards/grafana"

// graph is a time series panel of a third of the width.
func graph(title, description, unit string, queries ...grafana.Query) grafana.Panel {
	return grafana.Panel{
		Kind: grafana.TimeSeries, Title: title, Description: description,
		Width: 8, Height: 8, Unit: unit, Queries: queries,
	}
}

func polling() grafana.Row {
	hits := "sum by (provider) (" + perSecond("cloudjob_exporter_cache_hits_total", provider) + ")"
	misses := "sum by (provider) (" + perSecond("cloudjob_exporter_cache_misses_total", provider) + ")"

	cached := graph("Cache hit ratio",
		"The share of statuses that a scrape found in the cache. Final jobs always hit, others once poll.interval has not passed. Low means that scrapes are rarer than polls, or that polls fail.",
		"percentunit",
		grafana.Query{Expr: hits + " / (" + hits + " + " + misses + ")", Legend: "{{provider}}"})
	cached.Max = 1

	pending := graph("Polls pending",
		"Polls that are due or under way. They should come near 0 between scrapes; if they only grow, concurrency or rate_limit is too low for that many jobs.",
		"short",
		grafana.Query{
			Expr:   "max by (instance, project) (" + series("cloudjob_exporter_polls_pending", project) + ")",
			Legend: "{{instance}} {{project}}",
		})

	heard := "time() - max by (provider, job_id) (" + series("job_last_poll_success_timestamp_seconds", provider) + ")"
	silence := graph("Longest silence",
		"How long ago the unfinished job that is longest unheard of was last polled with success, by any exporter. After max_stale, 15 min by default, its status is unknown.",
		"s",
		grafana.Query{Expr: "max by (provider) (" + heard + ")", Legend: "{{provider}}"})

	answers := graph("Answers by source",
		"Answers about jobs per second, of all exporters together: call is one for a single job, listing a list that showed it, replica another exporter that had asked.",
		"reqps",
		grafana.Query{
			Expr:   "sum by (provider, source) (" + perSecond("cloudjob_exporter_answers_total", provider) + ")",
			Legend: "{{provider}} {{source}}",
		})
	answers.Width, answers.Stacked = 12, true
	answers.Series = []grafana.SeriesColor{
		{Pattern: "call$", Color: grafana.Blue},
		{Pattern: "listing$", Color: grafana.Green},
		{Pattern: "replica$", Color: grafana.Purple},
	}

	within := func(q string) string {
		return quantile(q, "provider", lastHour, "cloudjob_exporter_detection_delay_seconds", provider)
	}
	delay := graph("Detection delay",
		"From the end of a job, as the cloud gives it, to the answer that said so: median (line) and 95th percentile (dashed) within the hour before each point. Half of poll.interval is usual; more says that polls are late, or a clock is wrong.",
		"s",
		grafana.Query{Expr: within("0.5"), Legend: "{{provider}} median", Color: grafana.Blue},
		grafana.Query{Expr: within("0.95"), Legend: "{{provider}} 95 %", Color: grafana.Orange, Dashed: true})
	delay.Width = 12

	return grafana.Row{Title: "Polling", Panels: []grafana.Panel{cached, pending, silence, answers, delay}}
}

// inputs are what the exporter reads and writes besides the job APIs.
func inputs() grafana.Row {
	grown := func(counter string, matchers ...string) string {
		return "increase(" + series(counter, matchers...) + "[$__rate_interval])"
	}
	bySource := func(name, gauge, labels, color string) grafana.Query {
		return grafana.Query{
			Expr:   gaugeOnce("project", labels, gauge, project),
			Legend: "{{project}} " + name, Color: color,
		}
	}
	files := grafana.Panel{
		Kind: grafana.StateTimeline, Title: "Job files",
		Description: "Whether each file with jobs could be read and is right. The log has the line of the mistake.",
		Width:       24, Height: 6, Unit: "none",
		Queries: []grafana.Query{{
			Expr:   "max by (instance, file) (" + series("cloudjob_exporter_job_file_errors") + ")",
			Legend: "{{instance}} {{file}}",
		}},
		Mappings: []grafana.Mapping{
			{Value: "0", Text: "read", Color: grafana.Green},
			{Value: "1", Text: "broken", Color: grafana.Vermillion},
		},
	}
	return grafana.Row{
		Title: "Sources of jobs and storage",
		Panels: []grafana.Panel{
			graph("Jobs by source",
				"All watched jobs, those that a listing showed, and those registered over HTTP, by project. The rest are of the configuration and the job files. At max_jobs only the newest of a listing are kept, and that is an error.",
				"short",
				bySource("all", "cloudjob_exporter_jobs", "provider, project", grafana.Blue),
				bySource("discovered", "cloudjob_exporter_discovered_jobs", "project", grafana.Green),
				bySource("registered", "cloudjob_exporter_registered_jobs", "project", grafana.Purple)),
			graph("Discovery errors",
				"Lists that could not be had, or had more than max_jobs, for each point of the graph.",
				"short",
				grafana.Query{
					Expr:   "sum by (project) (" + grown("cloudjob_exporter_discovery_errors_total", project) + ")",
					Legend: "{{project}}", Color: grafana.Vermillion,
				}),
			graph("Storage errors",
				"States of jobs that could not be read from or written to --storage.path, for each point of the graph. Polling goes on; a restart would forget them.",
				"short",
				grafana.Query{
					Expr:   "sum by (instance) (" + grown("cloudjob_exporter_storage_errors_total") + ")",
					Legend: "{{instance}}", Color: grafana.Vermillion,
				}),
			files,
		},
	}
}

// process is what scraping the exporter costs.
func process() grafana.Row {
	legend := "{{instance}}"
	return grafana.Row{
		Title: "Scrapes and process",
		Panels: []grafana.Panel{
			graph("Scrape duration",
				"How long Prometheus waits for each exporter. A scrape waits for polls that are due, but answers in time whatever the cloud does.",
				"s",
				grafana.Query{Expr: series("scrape_duration_seconds"), Legend: legend}),
			graph("Scrapes answered",
				"Answers to scrapes per second, by HTTP status; those to probes are not counted. 503 is more scrapes and probes at the same time than --web.max-requests.",
				"reqps",
				grafana.Query{
					Expr:   "sum by (instance, code) (" + perSecond("promhttp_metric_handler_requests_total") + ")",
					Legend: "{{instance}} {{code}}",
				}),
			graph("CPU",
				"Cores in use.",
				"short",
				grafana.Query{Expr: perSecond("process_cpu_seconds_total"), Legend: legend}),
			graph("Memory",
				"Resident memory. It follows the number of jobs; if it grows while they do not, something leaks.",
				"bytes",
				grafana.Query{Expr: series("process_resident_memory_bytes"), Legend: legend}),
			graph("Goroutines",
				"Goroutines. Polls under way and open connections move it, within concurrency for each project.",
				"short",
				grafana.Query{Expr: series("go_goroutines"), Legend: legend}),
			graph("Open files",
				"File descriptors in use, as a share of the limit. Connections to the cloud are most of them.",
				"percentunit",
				grafana.Query{
					Expr:   series("process_open_fds") + " / " + series("process_max_fds"),
					Legend: legend,
				}),
		},
	}
}

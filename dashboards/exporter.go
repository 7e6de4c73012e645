package dashboards

import "cloudjob_exporter/dashboards/grafana"

// noExporter is what a number says when nothing is scraped.
const noExporter = "no exporter"

// exporterNow says at a glance whether the exporters do their work.
func exporterNow() grafana.Row {
	number := func(p grafana.Panel) grafana.Panel {
		p.Kind, p.Width, p.Height, p.NoValue = grafana.Stat, 4, 4, noExporter
		return p
	}
	return grafana.Row{
		Title: "Now",
		Panels: []grafana.Panel{
			number(grafana.Panel{
				Title:       "Exporters",
				Description: "Whether Prometheus can scrape each exporter.",
				Unit:        "none",
				Queries:     []grafana.Query{{Expr: series("up"), Legend: "{{instance}}"}},
				Mappings: []grafana.Mapping{
					{Value: "0", Text: "down", Color: grafana.Vermillion},
					{Value: "1", Text: "up", Color: grafana.Green},
				},
			}),
			number(grafana.Panel{
				Title:       "Version",
				Description: "The versions that run. More than one is a roll-out that has not ended.",
				Unit:        "none",
				Queries: []grafana.Query{{
					Expr:   "count by (version) (" + series("cloudjob_exporter_build_info") + ")",
					Legend: "{{version}}",
				}},
				Named: true,
			}),
			number(grafana.Panel{
				Title:       "Configuration",
				Description: "Whether the last reload succeeded. After one that failed the exporter goes on with the configuration that it had.",
				Unit:        "none",
				Queries:     []grafana.Query{{Expr: series("cloudjob_exporter_config_last_reload_successful"), Legend: "{{instance}}"}},
				Mappings: []grafana.Mapping{
					{Value: "0", Text: "reload failed", Color: grafana.Vermillion},
					{Value: "1", Text: "loaded", Color: grafana.Green},
				},
			}),
			number(grafana.Panel{
				Title:       "Configuration loaded",
				Description: "How long ago each exporter last loaded a configuration that is right.",
				Unit:        "s",
				Queries: []grafana.Query{{
					Expr:   "time() - " + series("cloudjob_exporter_config_last_reload_success_timestamp_seconds"),
					Legend: "{{instance}}",
				}},
				Thresholds: []grafana.Threshold{{Color: grafana.SkyBlue}},
			}),
			number(grafana.Panel{
				Title:       "Jobs watched",
				Description: "Jobs that are watched, whichever source names them. Those of replicas count once, those of shards add up.",
				Unit:        "short",
				Queries: []grafana.Query{{
					Expr:   gaugeOnce("", "provider, project", "cloudjob_exporter_jobs", provider, project),
					Legend: "jobs",
				}},
				Thresholds: []grafana.Threshold{{Color: grafana.SkyBlue}},
			}),
			number(grafana.Panel{
				Title:       "Broken job files",
				Description: "Job files that cannot be read or have mistakes. The jobs last read from them are still watched.",
				Unit:        "short",
				Queries: []grafana.Query{{
					Expr: "sum(max by (file) (" + series("cloudjob_exporter_job_file_errors") + "))" +
						" or 0 * count(" + series("cloudjob_exporter_build_info") + ")",
					Legend: "files",
				}},
				Thresholds: fineIfNone(grafana.Vermillion),
			}),
		},
	}
}

func cloudCalls() grafana.Row {
	requests := "cloudjob_exporter_api_requests_total"
	duration := "cloudjob_exporter_api_request_duration_seconds"
	wide := func(p grafana.Panel) grafana.Panel {
		p.Kind, p.Width, p.Height = grafana.TimeSeries, 12, 8
		return p
	}
	latency := func(q string) string { return quantile(q, "provider", "$__rate_interval", duration, provider) }
	total := "sum by (provider) (" + perSecond(duration, provider) + ")" // native
	average := "histogram_sum(" + total + ") / histogram_count(" + total + ") or sum by (provider) (" +
		perSecond(duration+"_sum", provider) + ") / sum by (provider) (" + perSecond(duration+"_count", provider) + ")"
	return grafana.Row{
		Title: "Calls to the cloud",
		Panels: []grafana.Panel{
			wide(grafana.Panel{
				Title:       "Polls",
				Description: "Calls for the status of jobs per second, of all exporters together, without logins. The limit is rate_limit for each project and exporter.",
				Unit:        "reqps",
				Queries: []grafana.Query{{
					Expr:   "sum by (provider, project) (" + perSecond(requests, `provider!~"iam|metadata"`, provider, project) + ")",
					Legend: "{{provider}} {{project}}",
				}},
			}),
			wide(grafana.Panel{
				Title:       "Answers by HTTP status",
				Description: "All calls per second by the status of the answer; error is a call without one. iam is the service for logins.",
				Unit:        "reqps",
				Queries: []grafana.Query{{
					Expr:   "sum by (provider, code) (" + perSecond(requests, provider, project) + ")",
					Legend: "{{provider}} {{code}}",
				}},
				Series: codeSeries(), Stacked: true,
			}),
			wide(grafana.Panel{
				Title:       "Latency",
				Description: "How long the cloud takes to answer: median (line), 95th and 99th percentile (dashed). Calls are given up after poll.timeout, 10 s by default.",
				Unit:        "s",
				Queries: []grafana.Query{
					{Expr: latency("0.5"), Legend: "{{provider}} median", Color: grafana.Blue},
					{Expr: latency("0.95"), Legend: "{{provider}} 95 %", Color: grafana.Orange, Dashed: true},
					{Expr: latency("0.99"), Legend: "{{provider}} 99 %", Color: grafana.Purple, Dashed: true},
				},
			}),
			wide(grafana.Panel{
				Title:       "Average latency",
				Description: "The average over all calls. Where it leaves the median, few calls take most of the time.",
				Unit:        "s",
				Queries:     []grafana.Query{{Expr: average, Legend: "{{provider}}"}},
			}),
			wide(grafana.Panel{
				Title:       "Errors by reason",
				Description: "Polls per second that failed, by reason. auth and forbidden want new credentials, not_published another endpoint; a not_found job may be gone.",
				Unit:        "reqps",
				Queries: []grafana.Query{{
					Expr:   "sum by (provider, reason) (" + perSecond("cloudjob_exporter_poll_errors_total", provider) + ")",
					Legend: "{{provider}} {{reason}}",
				}},
				Series: reasonSeries(), Stacked: true,
			}),
			wide(grafana.Panel{
				Title:       "Throttling",
				Description: "Answers 429 and 503 per second. Each stops the calls of a project to that endpoint for as long as the cloud asks, at most 5 min; lower rate_limit if it does not end.",
				Unit:        "reqps",
				Queries: []grafana.Query{{
					Expr:   "sum by (provider, project, code) (" + perSecond(requests, `code=~"429|503"`, provider, project) + ")",
					Legend: "{{provider}} {{project}} {{code}}",
				}},
				Series: []grafana.SeriesColor{
					{Pattern: "429$", Color: grafana.Orange},
					{Pattern: "503$", Color: grafana.Vermillion},
				},
			}),
			wide(grafana.Panel{
				Title:       "Logins",
				Description: "Calls to IAM for a token per minute, by HTTP status. One login lasts for hours: steady 401 here is a wrong password, and IAM locks an account after 5 of them.",
				Unit:        "cpm",
				Queries: []grafana.Query{{
					Expr:   "60 * sum by (project, code) (" + perSecond(requests, `provider="iam"`, project) + ")",
					Legend: "{{project}} {{code}}",
				}},
				Series: codeSeries(),
			}),
			wide(grafana.Panel{
				Title:       "Statuses that are in no table",
				Description: "Answers with a status that the exporter does not know, for each point of the graph. Such a job is unknown; the log has the word.",
				Unit:        "short",
				Queries: []grafana.Query{{
					Expr: "sum by (provider) (increase(" +
						series("cloudjob_exporter_unrecognized_statuses_total", provider) + "[$__rate_interval]))",
					Legend: "{{provider}}", Color: grafana.Purple,
				}},
			}),
		},
	}
}

package dashboards

import "cloudjob_exporter/dashboards/grafana"

// jobsWrong names the jobs behind the numbers, with a way on from each.
func jobsWrong() grafana.Row {
	return grafana.Row{
		Title: "What needs attention",
		Panels: []grafana.Panel{
			failures(), runningJobs(), failingPolls(),
		},
	}
}

func failures() grafana.Panel {
	return grafana.Panel{
		Kind: grafana.Table, Title: "Failed jobs",
		Description: "The newest first. Click a job ID for its timeline, its alert, the runbook, or the console of the cloud. Failures counts the job and its failed sub-jobs.",
		Width:       24, Height: 8, Unit: "string",
		Queries: []grafana.Query{
			{Expr: in(failed(), withInfo(perJob("job_failures"), "project", "job_type", "error_code"))},
			{Expr: in(failed(), "1000 * "+perJob("job_end_timestamp_seconds"))},
			{Expr: in(watched(), took(statusIs("failed")))},
		},
		Columns: []grafana.Column{
			{Title: "Ended", Query: "B", Unit: "dateTimeAsIso", Width: 170},
			{Title: "Project", Label: "project", Width: 120},
			{Title: "Provider", Label: "provider", Width: 90},
			{Title: "Type", Label: "job_type"},
			{Title: "Job ID", Label: "job_id", Links: jobLinks("CloudJobFailed")},
			{Title: "Error code", Label: "error_code", Width: 140},
			{Title: "Failures", Query: "A", Unit: "short", Width: 90},
			{Title: "Took", Query: "C", Unit: "s", Width: 100},
		},
		SortBy: "Ended",
	}
}

func runningJobs() grafana.Panel {
	return grafana.Panel{
		Kind: grafana.Table, Title: "Unfinished jobs against their threshold",
		Description: "Those next to their stuck_after first. From 100 % on a job is stuck; last heard reports whether the exporter still gets answers about it.",
		Width:       24, Height: 8, Unit: "string",
		Queries: []grafana.Query{
			{Expr: withInfo(unfinished(), "project", "job_type")},
			{Expr: age()},
			{Expr: ageOfThreshold()},
			{Expr: in(unfinished(), statusNumber())},
			{Expr: in(unfinished(), "1000 * "+perJob("job_last_poll_success_timestamp_seconds"))},
		},
		Columns: []grafana.Column{
			{Title: "Project", Label: "project", Width: 120},
			{Title: "Provider", Label: "provider", Width: 90},
			{Title: "Type", Label: "job_type"},
			{Title: "Job ID", Label: "job_id", Links: jobLinks("CloudJobStuck")},
			{Title: "Status", Query: "D", Unit: "none", Width: 120, Mappings: statusWords(), Colored: true},
			{Title: "Running for", Query: "B", Unit: "s", Width: 110},
			{Title: "Stuck after", Query: "A", Unit: "s", Width: 110},
			{
				Title: "Of threshold", Query: "C", Unit: "percentunit", Width: 180,
				Gauge: []grafana.Threshold{
					{Color: grafana.SkyBlue}, {From: 0.8, Color: grafana.Orange}, {From: 1, Color: grafana.Vermillion},
				},
			},
			{Title: "Last heard", Query: "E", Unit: "dateTimeFromNow", Width: 140},
		},
		SortBy: "Of threshold",
	}
}

func failingPolls() grafana.Panel {
	failing := in(watched(), "("+jobSeries("job_poll_error")+")")
	byReason := "max by (provider, job_id, reason) (" + jobSeries("job_poll_error") + ")"
	return grafana.Panel{
		Kind: grafana.Table, Title: "Jobs that cannot be polled",
		Description: "The last poll of these jobs failed, at one exporter at least. Their status is the last one known, until it becomes unknown. A job in two lines fails for two reasons at two exporters.",
		Width:       24, Height: 7, Unit: "string",
		Queries: []grafana.Query{
			{Expr: withInfo(byReason, "project")},
			{Expr: in(failing, "1000 * "+perJob("job_last_poll_success_timestamp_seconds"))},
		},
		Columns: []grafana.Column{
			{Title: "Project", Label: "project", Width: 120},
			{Title: "Provider", Label: "provider", Width: 90},
			{Title: "Job ID", Label: "job_id", Links: jobLinks("CloudJobPollFailing")},
			{Title: "Reason", Label: "reason", Mappings: reasonWords()},
			{Title: "Last heard", Query: "B", Unit: "dateTimeFromNow", Width: 140},
		},
		SortBy: "Last heard", Ascending: true,
	}
}

// jobLinks lead on from a job ID. The alerts are those that Grafana sees,
// narrowed to the rule that tells of such jobs.
func jobLinks(alert string) []grafana.DataLink {
	return []grafana.DataLink{
		{
			Title: "This job alone",
			URL: "/d/" + JobsUID + "?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}" +
				`&var-provider=${__data.fields["Provider"]}&var-job_id=${__data.fields["Job ID"]}`,
		},
		{
			Title: "The calls to the cloud",
			URL: "/d/" + ExporterUID + "?${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}" +
				`&var-provider=${__data.fields["Provider"]}&var-project=${__data.fields["Project"]}`,
		},
		{Title: "Alerts " + alert, URL: "/alerting/list?search=" + alert},
		{Title: "Runbook " + alert, URL: runbooks + "/" + alert + ".md", Blank: true},
		{Title: "Console of the cloud", URL: "${console:raw}", Blank: true},
	}
}

// runbooks is where docs/runbooks can be read: what the runbook_url of an
// alert begins with.
const runbooks = "https://github.com/cloudjob-exporter/cloudjob_exporter/blob/main/docs/runbooks"

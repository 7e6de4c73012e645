// Package dashboards describes the two Grafana dashboards of the exporter. The
// JSON files beside it are made from it.
package dashboards

import "cloudjob_exporter/dashboards/grafana"

//go:generate go run ./gen

// The stable UIDs of the dashboards: their addresses are /d/UID.
const (
	JobsUID     = "cloud-jobs"
	ExporterUID = "cloud-job-exporter"
)

// tag is on both dashboards; their links to each other go by it.
const tag = "cloudjob-exporter"

// All returns the dashboards. A dashboard's file is named after its UID.
func All() []grafana.Dashboard {
	return []grafana.Dashboard{Jobs(), Exporter()}
}

// Jobs is the dashboard about the jobs: what runs, what failed, what is stuck.
func Jobs() grafana.Dashboard {
	return grafana.Dashboard{
		UID:         JobsUID,
		Title:       "Cloud jobs",
		Description: "Asynchronous jobs of the cloud: what runs, what failed, what is stuck, and how long jobs take. Any number of exporters may watch the same job, or divide the jobs among them; each counts once.",
		Tags:        []string{tag, "prometheus"},
		From:        "now-6h",
		Refresh:     "1m",
		Variables: []grafana.Variable{
			datasourceVariable(), jobVariable(), instanceVariable(),
			labelVariable("provider", "Provider", "job_info", fleet),
			labelVariable("project", "Project", "job_info", fleet+`, provider=~"$provider"`),
			labelVariable("job_id", "Job ID", "job_info", fleet+`, provider=~"$provider", project=~"$project"`),
			statusVariable(), consoleVariable(),
		},
		Links: links(),
		Rows: []grafana.Row{
			jobsNow(), jobsWrong(), jobsOverTime(), jobsEnded(), jobDurations(),
		},
	}
}

// Exporter is the dashboard about the exporter itself.
func Exporter() grafana.Dashboard {
	return grafana.Dashboard{
		UID:         ExporterUID,
		Title:       "Cloud job exporter",
		Description: "The exporter itself: its calls to the cloud, what goes wrong with them, what waits, and what it costs.",
		Tags:        []string{tag, "prometheus"},
		From:        "now-6h",
		Refresh:     "1m",
		Variables: []grafana.Variable{
			datasourceVariable(), jobVariable(), instanceVariable(),
			labelVariable("provider", "Provider", "cloudjob_exporter_jobs", fleet),
			labelVariable("project", "Project", "cloudjob_exporter_jobs", fleet+`, provider=~"$provider"`),
		},
		Links: links(),
		Rows: []grafana.Row{
			exporterNow(), cloudCalls(), polling(), inputs(), process(),
		},
	}
}

func links() []grafana.Link {
	return []grafana.Link{{Tag: tag, Tooltip: "The other dashboard of the exporter, with the same time range and choices"}}
}

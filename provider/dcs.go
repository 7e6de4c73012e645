package provider

import "cloudjob_exporter/job"

// dcs is Distributed Cache Service: "Querying the Job Execution Result of a Tenant"
// (ShowJobInfo) and, on Huawei Cloud only, ListCenterTask of its API reference. The
// list shows background tasks: CREATED, EXECUTING and FAILED are words of theirs, and
// their own ID is another one than that of the job.
var dcs = define(API{
	Provider: "dcs",
	Path:     "/v2/{project_id}/jobs/{job_id}",
	Words: map[string]job.Status{
		"INIT":      job.Init,
		"CREATED":   job.Init,
		"RUNNING":   job.Running,
		"EXECUTING": job.Running,
		"SUCCESS":   job.Success,
		"FAIL":      job.Failed,
		"FAILED":    job.Failed,
	},
	List: &List{
		Path: "/v2/{project_id}/tasks", Rows: "tasks",
		Paging: byOffset, Limit: maxLimit, Total: "task_count",
		Window: Window{Begin: "start_time", End: "end_time", Layout: "20060102150405"},
		Fields: Fields{ID: keys{"job_id"}, Type: keys{"name"}, Begin: keys{"created_at"}, End: keys{"updated_at"}},
	},
})

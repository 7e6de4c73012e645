package provider

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// ddm is Distributed Database Middleware: "Querying the Task Execution Status of a DDM
// Instance", the list of tasks and "Error Codes" of its API reference. Only the list has
// other words than RUNNING, COMPLETED and FAILED, and only the list says why a job failed.
var ddm = define(API{
	Provider: "ddm",
	Path:     "/v3/{project_id}/jobs/{job_id}",
	Envelope: "job",
	Fields:   Fields{ID: keys{"id"}, Type: keys{"name"}, Begin: keys{"created_time"}, Reason: keys{"fail_reason"}},
	Words: map[string]job.Status{
		"RUNNING":         job.Running,
		"EXPANDING":       job.Running,
		"TOBESWITCHED":    job.Running,
		"SWITCHING":       job.Running,
		"CANCELING":       job.Running,
		"ROLLBACKING":     job.RollingBack,
		"COMPLETED":       job.Success,
		"FAILED":          job.Failed,
		"ROLLBACKSUCCESS": job.Failed,
		"CANCELSUCCESS":   job.Canceled,
	},
	Codes: map[string]job.Reason{"DBS.300400": job.NotFound}, // the task is not found, with 400
	List: &List{
		Path: "/v3/{project_id}/jobs", Rows: "jobs",
		Paging: byOffset, Limit: 128, Total: "total",
		Window: Window{Begin: "start_time", End: "end_time", Longest: month},
	},
	Hosts: []config.Host{
		{Cloud: "otc", Region: "eu-de", Name: "ddm"},
		{Cloud: "otc"},
		{Cloud: "huaweicloud", Region: "eu-west-101", Name: "ddm.eu-west-101.myhuaweicloud.eu"},
	},
})

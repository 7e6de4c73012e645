package provider

import "cloudjob_exporter/job"

// evs is Elastic Volume Service: "Querying Task Status" (ShowJob) and "Error Codes" of
// its API reference.
var evs = define(API{
	Provider: "evs",
	Path:     "/v1/{project_id}/jobs/{job_id}",
	Words: map[string]job.Status{
		"INIT":            job.Init,
		"WAITING_EXECUTE": job.Init,
		"RUNNING":         job.Running,
		"LISTENING":       job.Running,
		"SUCCESS":         job.Success,
		"FAIL":            job.Failed,
	},
	Codes: combinedCodes,
})

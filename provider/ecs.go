package provider

import "cloudjob_exporter/job"

// ecs is Elastic Cloud Server: "Querying Task Execution Status" (ShowJob) and "Error
// Codes" of its API reference.
var ecs = define(API{
	Provider: "ecs",
	Path:     "/v1/{project_id}/jobs/{job_id}",
	Words: map[string]job.Status{
		"INIT":            job.Init,
		"PENDING_PAYMENT": job.Init, // an order that is to be paid; it stays so if the order is canceled
		"RUNNING":         job.Running,
		"SUCCESS":         job.Success,
		"FAIL":            job.Failed,
	},
	Codes: combinedCodes,
})

// combinedWords are those of the API that ECS, EVS, IMS, BMS, SDRS and the classic ELB
// have in common. Some have more.
var combinedWords = map[string]job.Status{
	"INIT":    job.Init,
	"RUNNING": job.Running,
	"SUCCESS": job.Success,
	"FAIL":    job.Failed,
}

// combinedCodes are those of ECS, EVS, BMS and the classic ELB. Most of them come with 400.
var combinedCodes = map[string]job.Reason{
	"Common.0011": job.NotFound,    // invalid job ID
	"Common.0018": job.Forbidden,   // the project ID is not that of the token
	"Common.0021": job.ServerError, // failed to query the job; try again
	"Common.0025": job.ServerError,
}

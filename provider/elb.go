package provider

import "cloudjob_exporter/job"

// elbV1 is the classic Elastic Load Balance: "Querying the Job Status" of its
// API reference. It shares the combined API's error codes with ECS.
var elbV1 = API{
	Provider: "elb",
	Version:  "v1.0",
	Path:     "/v1.0/{project_id}/jobs/{job_id}",
	Words: map[string]job.Status{
		"INIT":    job.Init,
		"RUNNING": job.Running,
		"SUCCESS": job.Success,
		"FAIL":    job.Failed,
	},
	Statuses: []job.Status{job.Init, job.Running, job.Success, job.Failed, job.Unknown},
	// Most of these come with 400 ("Error Codes" of Elastic Cloud Server).
	Codes: map[string]job.Reason{
		"Common.0011": job.NotFound,    // invalid job ID
		"Common.0018": job.Forbidden,   // the project ID is not that of the token
		"Common.0021": job.ServerError, // failed to query the job; try again
		"Common.0025": job.ServerError,
	},
}

// elbV3 is the dedicated Elastic Load Balance of Huawei Cloud: "Querying the
// Status of a Job" (ShowJob) and "Querying Jobs" (ListJobs) of its API reference.
var elbV3 = API{
	Provider: "elb",
	Version:  "v3",
	Path:     "/v3/{project_id}/elb/jobs/{job_id}",
	Envelope: "job",
	List:     "/v3/{project_id}/elb/jobs",
	Words: map[string]job.Status{
		"INIT":          job.Init,
		"RUNNING":       job.Running,
		"SUCCESS":       job.Success,
		"COMPLETE":      job.Success,
		"FAIL":          job.Failed,
		"ROLLBACK_FAIL": job.Failed,
		"ROLLBACKING":   job.RollingBack,
		"CANCEL":        job.Canceled,
	},
	Statuses: []job.Status{
		job.Init, job.Running, job.Success, job.Failed,
		job.RollingBack, job.Canceled, job.Unknown,
	},
}

package provider

import (
	"time"

	"cloudjob_exporter/job"
)

// elbV1 is the classic Elastic Load Balance: "Querying the Job Status" of its
// API reference.
var elbV1 = define(API{
	Provider: "elb",
	Version:  "v1.0",
	Path:     "/v1.0/{project_id}/jobs/{job_id}",
	Words:    combinedWords,
	Codes:    combinedCodes,
})

// elbV3 is the dedicated Elastic Load Balance of Huawei Cloud: "Querying the
// Status of a Job" (ShowJob) and "Querying Jobs" (ListJobs) of its API reference.
var elbV3 = define(API{
	Provider: "elb",
	Version:  "v3",
	Path:     "/v3/{project_id}/elb/jobs/{job_id}",
	Envelope: "job",
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
	List: &List{
		Path: "/v3/{project_id}/elb/jobs", Rows: "jobs",
		Paging: byMarker, Next: "page_info.next_marker", Limit: 200,
		// The zone of this parameter is not documented: ask for a day more.
		Window: Window{Begin: "begin_time", Layout: "2006-01-02T15:04:05", Margin: 24 * time.Hour},
	},
})

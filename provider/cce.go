package provider

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// cceV3 is Cloud Container Engine: "Reading the Progress of a Job" (ShowJob) of its API
// reference. A job has no end there, but for its last update.
var cceV3 = define(API{
	Provider: "cce",
	Version:  "v3",
	Path:     "/api/v3/projects/{project_id}/jobs/{job_id}",
	Fields: Fields{
		ID:      keys{"metadata.uid"},
		Status:  keys{"status.phase"},
		Type:    keys{"spec.type"},
		Begin:   keys{"metadata.creationTimestamp"},
		End:     keys{"metadata.updateTimestamp"},
		Reason:  keys{"status.reason", "status.message"},
		SubJobs: keys{"spec.subJobs"},
	},
	Words: cceWords,
	Codes: cceCodes,
	Hosts: cceHosts,
})

// cceV2 is the other API of the same jobs, which can list them. The list cannot be paged,
// nor asked for the jobs of a certain time.
var cceV2 = define(API{
	Provider: "cce",
	Version:  "v2",
	Path:     "/api/v2/projects/{project_id}/jobs/{job_id}",
	Fields: Fields{
		ID:      keys{"metadata.uid"},
		Status:  keys{"status.status"},
		Type:    keys{"spec.type"},
		Begin:   keys{"metadata.creationTimestamp"},
		End:     keys{"status.completionTime"},
		Reason:  keys{"status.reason", "status.message"},
		SubJobs: keys{"spec.subjobs"},
	},
	Words: cceWords,
	Codes: cceCodes,
	List:  &List{Path: "/api/v2/projects/{project_id}/jobs"},
	Hosts: cceHosts,
})

var cceWords = map[string]job.Status{
	"INITIALIZING": job.Init,
	"RUNNING":      job.Running,
	"SUCCESS":      job.Success,
	"FAILED":       job.Failed,
}

// cceCodes all come with 404: resource not found.
var cceCodes = map[string]job.Reason{
	"CCE.01404001": job.NotFound,
	"CCE.02404001": job.NotFound,
	"CCE.03404001": job.NotFound,
}

var cceHosts = []config.Host{{Cloud: "huaweicloud", Region: "eu-west-101", Name: "cce.eu-west-101.myhuaweicloud.eu"}}

package provider

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// cfw is Cloud Firewall: "Obtaining the Status of a CFW Task" (ListJob) and
// "Error Codes" of its API reference. Its only jobs create a firewall, and a
// job's ID becomes the firewall's.
var cfw = define(API{
	Provider: "cfw",
	Path:     "/v3/{project_id}/jobs/{job_id}",
	Envelope: "data",
	Words: map[string]job.Status{
		"RUNNING": job.Running,
		"SUCCESS": job.Success,
		"FAILED":  job.Failed,
	},
	Hosts: []config.Host{{Cloud: "huaweicloud", Region: "eu-west-101", Name: "cfw.eu-west-101.myhuaweicloud.eu"}},
	// All of these come with 400.
	Codes: map[string]job.Reason{
		"CFW.00200005": job.NotFound,    // operation content does not exist
		"CFW.00100001": job.ServerError, // system busy, try again later
		"CFW.00109004": job.ServerError, // HTTP to an external service failed, try again later
	},
})

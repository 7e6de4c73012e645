package provider

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// sfsTurbo is SFS Turbo of Scalable File Service: "Querying the Status of a Task" and
// "Error Codes" of its API reference.
var sfsTurbo = define(API{
	Provider: "sfs_turbo",
	Path:     "/v1/{project_id}/sfs-turbo/jobs/{job_id}",
	Words: map[string]job.Status{
		"WAITING": job.Init,
		"RUNNING": job.Running,
		"SUCCESS": job.Success,
		"FAILED":  job.Failed,
	},
	Codes: map[string]job.Reason{"SFS.TURBO.0019": job.NotFound}, // invalid job ID, with 404
	Hosts: []config.Host{
		{Cloud: "huaweicloud", Region: "eu-west-101", Name: "sfs-turbo.eu-west-101.myhuaweicloud.eu"},
		{Cloud: "huaweicloud", Name: "sfs-turbo"},
		{Cloud: "otc", Name: "sfs-turbo"},
	},
})

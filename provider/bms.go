package provider

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// bms is Bare Metal Server: "Querying Task Statuses" of its API reference. On Open
// Telekom Cloud its API is that of ECS ("Regions and Endpoints").
var bms = define(API{
	Provider: "bms",
	Path:     "/v1/{project_id}/jobs/{job_id}",
	Words: map[string]job.Status{
		"INIT":            job.Init,
		"PENDING_PAYMENT": job.Init,
		"RUNNING":         job.Running,
		"SUCCESS":         job.Success,
		"FAIL":            job.Failed,
	},
	Codes: combinedCodes,
	Hosts: []config.Host{
		{Cloud: "otc", Region: "eu-de", Name: "ecs"},
		{Cloud: "otc"},
		{Cloud: "huaweicloud", Region: "eu-west-101"},
	},
})

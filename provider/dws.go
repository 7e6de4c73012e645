package provider

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// dws is Data Warehouse Service (GaussDB (DWS)): ListJobDetails of its API reference.
// Its times have no zone; they are taken as UTC.
var dws = define(API{
	Provider: "dws",
	Path:     "/v1.0/{project_id}/job/{job_id}",
	Fields:   Fields{Type: keys{"job_name"}, Code: keys{"failed_code"}, Reason: keys{"failed_detail"}},
	Words: map[string]job.Status{
		"INIT":            job.Init,
		"WAITING":         job.Init,
		"DELAY_SCHEDULED": job.Init,
		"RUNNING":         job.Running,
		"SUCCESS":         job.Success,
		"FAIL":            job.Failed,
		"STOP":            job.Canceled,
	},
	Hosts: []config.Host{
		{Cloud: "otc", Region: "eu-de", Name: "dws"},
		{Cloud: "otc"},
		{Cloud: "huaweicloud", Region: "eu-west-101", Name: "dws.eu-west-101.myhuaweicloud.eu"},
	},
})

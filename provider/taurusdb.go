package provider

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// taurusDB is TaurusDB, once GaussDB (for MySQL): "Obtaining Information About a Task
// with a Specified ID" (ShowGaussMySqlJobInfo), "Error Codes" and, on Huawei Cloud only,
// "Querying Instant Tasks" (ListImmediateJobs) of its API reference. There, offset is the
// number of jobs to leave out, and 1 by default; Huawei Cloud's Terraform provider counts
// pages with it, from 1.
var taurusDB = define(API{
	Provider: "taurusdb",
	Path:     "/v3/{project_id}/jobs",
	IDQuery:  "id",
	Envelope: "job",
	Fields:   databaseFields,
	Words: map[string]job.Status{
		"PENDING":      job.Init,
		"UNAUTHORIZED": job.Init, // somebody has to authorize it
		"RUNNING":      job.Running,
		"COMPLETED":    job.Success,
		"FAILED":       job.Failed,
		"CANCELED":     job.Canceled,
	},
	Codes: map[string]job.Reason{"DBS.200543": job.NotFound}, // the job does not exist, with 400
	List: &List{
		Path: "/v3/{project_id}/immediate-jobs", Rows: "jobs",
		Paging: byNumber, Limit: 50, Total: "total_count",
		Window: Window{Begin: "start_time", End: "end_time", Layout: "2006-01-02T15:04:05-0700"},
		Fields: Fields{ID: keys{"job_id"}, Type: keys{"job_name"}, Begin: keys{"created_time"}, End: keys{"ended_time"}},
	},
	// On Huawei Cloud it is gaussdb, gaussdbformysql or gaussdb-mysql, as the region has it.
	Hosts: []config.Host{
		{Cloud: "otc", Region: "eu-de", Name: "gaussdb-mysql"},
		{Cloud: "otc"},
		{Cloud: "huaweicloud"},
	},
})

package provider

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// gaussDB is GaussDB, once GaussDB (for openGauss): "Querying Task Information" and
// "Querying the Task List" of its API reference.
var gaussDB = define(API{
	Provider: "gaussdb",
	Path:     "/v3/{project_id}/jobs",
	IDQuery:  "id",
	Envelope: "job",
	Fields:   databaseFields,
	Words:    databaseWords,
	Codes:    map[string]job.Reason{"DBS.200543": job.NotFound}, // the job does not exist, with 400
	List: &List{
		Path: "/v3/{project_id}/tasks", Rows: "tasks",
		Paging: byOffset, Limit: 100, Total: "total_count",
		Window: Window{Begin: "start_time", End: "end_time"},
		Fields: Fields{ID: keys{"job_id"}, Begin: keys{"created_at"}, End: keys{"ended_at"}},
	},
	// On Huawei Cloud it is gaussdb-opengauss or gaussdb, as the region has it.
	Hosts: []config.Host{
		{Cloud: "otc", Region: "eu-de", Name: "gaussdb"},
		{Cloud: "otc"},
		{Cloud: "huaweicloud"},
	},
})

package provider

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// dds is Document Database Service: "Querying Tasks with a Specified ID" and, on Huawei
// Cloud only, the list of its task center, both of its API reference. A job that runs
// may have an end there.
var dds = define(API{
	Provider: "dds",
	Path:     "/v3/{project_id}/jobs",
	IDQuery:  "id",
	Envelope: "job",
	Fields:   databaseFields,
	Words:    databaseWords,
	Codes:    map[string]job.Reason{"DBS.200543": job.NotFound}, // the job does not exist, with 400
	List: &List{
		Path: "/v3.1/{project_id}/jobs", Rows: "jobs",
		Paging: byOffset, Limit: 100, // total_count is documented, and not there
		Window: Window{Begin: "start_time", End: "end_time", Layout: "2006-01-02T15:04:05-0700", Longest: month},
		Fields: Fields{Begin: keys{"created_at"}, End: keys{"ended_at"}},
	},
	Hosts: []config.Host{{Cloud: "huaweicloud", Region: "eu-west-101", Name: "dds.eu-west-101.myhuaweicloud.eu"}},
})

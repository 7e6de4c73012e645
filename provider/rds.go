package provider

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// rds is Relational Database Service: "Obtaining Information About a Task with a
// Specified ID" (ListJobInfo), "Obtaining Tasks" and "Error Codes" of its API reference.
var rds = define(API{
	Provider: "rds",
	Path:     "/v3/{project_id}/jobs",
	IDQuery:  "id",
	Envelope: "job",
	Fields:   databaseFields,
	Words:    databaseWords,
	Codes: map[string]job.Reason{
		"DBS.200543": job.NotFound, // the job does not exist, with 400
		"RDS.5041":   job.NotFound, // the same, with 404
	},
	List: &List{
		Path: "/v3/{project_id}/tasklist", Rows: "tasks",
		Paging: byOffset, Limit: 50, Total: "total_count",
		Window: Window{Begin: "start_time", End: "end_time"},
		Fields: Fields{Begin: keys{"create_time"}, End: keys{"end_time"}},
	},
	Hosts: []config.Host{{Cloud: "huaweicloud", Region: "eu-west-101", Name: "rds.eu-west-101.myhuaweicloud.eu"}},
})

// databaseWords are those of the API that RDS, DDS and GaussDB have in common. TaurusDB
// has more.
var databaseWords = map[string]job.Status{
	"RUNNING":   job.Running,
	"COMPLETED": job.Success,
	"FAILED":    job.Failed,
}

// databaseFields are those of RDS, DDS, GaussDB and TaurusDB.
var databaseFields = Fields{
	ID:     keys{"id"},
	Type:   keys{"name"},
	Begin:  keys{"created"},
	End:    keys{"ended"},
	Reason: keys{"fail_reason"},
}

package provider

import "cloudjob_exporter/job"

// cbr is Cloud Backup and Recovery: "Querying a Single Task" (ShowOpLog), "Querying the
// Task List" (ListOpLogs) and "Error Codes" of its API reference. What it created at
// created_at may have waited until started_at.
var cbr = define(API{
	Provider: "cbr",
	Path:     "/v3/{project_id}/operation-logs/{job_id}",
	Envelope: "operation_log",
	Fields: Fields{
		ID:     keys{"id"},
		Type:   keys{"operation_type"},
		Begin:  keys{"started_at"},
		End:    keys{"ended_at"},
		Code:   keys{"error_info.code"},
		Reason: keys{"error_info.message"},
	},
	Words: map[string]job.Status{
		"WAITING": job.Init,
		"RUNNING": job.Running,
		"SUCCESS": job.Success,
		"FAILED":  job.Failed,
		"TIMEOUT": job.Failed,
		"SKIPPED": job.Canceled,
	},
	// Both come with 404.
	Codes: map[string]job.Reason{
		"BackupService.6500": job.NotFound, // the operation log does not exist
		"BackupService.6501": job.NotFound, // the task does not exist
	},
	List: &List{
		Path: "/v3/{project_id}/operation-logs", Rows: "operation_logs",
		Paging: byOffset, Limit: maxLimit, Total: "count",
		Window: Window{Begin: "start_time", End: "end_time", Layout: "2006-01-02T15:04:05Z"},
	},
})

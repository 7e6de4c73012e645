package simulator

import "time"

// cbrShape is as in "Querying a Single Task", Cloud Backup and Recovery API Reference.
func cbrShape(v view, _ Options) any { return cbrTask(v, "2006-01-02T15:04:05.000-07:00") }

// cbrList is as in "Querying the Task List" there. Unlike those of a single task, its
// times have microseconds and no zone.
var cbrList = offsetList{
	rows: "operation_logs", total: "count", paged: true, limit: limits{otherwise: 1000, least: 1, most: 1000}, bad: badQuery,
	times:   times{layout: "2006-01-02T15:04:05Z"},
	filters: map[string]func(view) string{"operation_type": jobType, "status": jobStatus, "resource_id": jobResource},
	row: func(v view, _ Options) any {
		task := cbrTask(v, "2006-01-02T15:04:05.000000")
		task["vault_id"], task["vault_name"], task["policy_id"] = nil, nil, nil
		return task
	},
}

func cbrTask(v view, layout string) object {
	at := func(t time.Time, after time.Duration) any {
		if t.IsZero() {
			return nil
		}
		return t.UTC().Add(after).Format(layout)
	}
	progress := 50
	if v.final {
		progress = 100
	}
	return object{
		"id": v.ID, "project_id": v.ProjectID, "operation_type": v.Type, "status": v.status,
		// The record is written shortly after the work starts and ends.
		"started_at": at(v.begin, 0), "created_at": at(v.begin, 32*time.Millisecond),
		"ended_at": at(v.end, 0), "updated_at": at(v.updated(), 73*time.Millisecond),
		"error_info":    object{"code": v.ErrorCode, "message": v.FailReason},
		"provider_id":   "0daac4c5-6707-4851-97ba-169e36266b66",
		"checkpoint_id": "b432511f-d889-428f-8b0e-5f47c524c6b6",
		"extra_info": object{
			"resource": object{"type": "OS::Nova::Server", "id": v.ResourceID, "name": "ECS-0001"},
			"backup":   object{"backup_name": "manualbk_1234", "backup_id": "0e5d0ef6-7f0a-4890-b98c-cb12490e31c1"},
			"common":   object{"progress": progress, "request_id": "req-cdb98cc4-e87b-4f40-9b4a-57ec036620bc"},
		},
	}
}

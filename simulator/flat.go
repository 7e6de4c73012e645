package simulator

import (
	"strconv"
	"time"
)

// dcsShape is as in "Querying the Job Execution Result of a Tenant", Distributed
// Cache Service API Reference. Times are epoch milliseconds in a string.
func dcsShape(v view, _ Options) any {
	return object{
		"job_id": v.ID, "job_type": v.Type, "status": v.status,
		"begin_time": millis(v.begin), "end_time": millis(v.end), "fail_reason": orNull(v.FailReason),
	}
}

func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// dcsList is as in "Querying Background Tasks" (ListCenterTask). A row has an ID of
// its own besides the job ID.
var dcsList = offsetList{
	rows: "tasks", total: "task_count", textTotal: true,
	limit: limits{otherwise: 10, least: 1, most: 1000}, bad: badQuery,
	times: times{layout: "20060102150405"},
	row: func(v view, _ Options) any {
		return object{
			"id": "task-" + v.ID, "job_id": v.ID, "name": v.Type, "status": v.status, "user_name": "reader",
			"created_at": formatTime(v.begin, utcMillis), "updated_at": formatTime(v.updated(), utcMillis), "error_code": v.ErrorCode,
		}
	},
}

// turboShape is as in "Querying the Status of a Task", SFS Turbo. Times are in UTC
// without a zone, and empty fields are omitted.
func turboShape(v view, _ Options) any { return turboJob(v) }

func turboJob(v view) object {
	j := object{"job_id": v.ID, "status": v.status, "job_type": v.Type}
	for key, value := range map[string]string{
		"begin_time": formatTime(v.begin, time.DateTime), "end_time": formatTime(v.end, time.DateTime),
		"error_code": v.ErrorCode, "fail_reason": v.FailReason,
	} {
		if value != "" {
			j[key] = value
		}
	}
	var sub []object
	for _, s := range v.sub {
		sub = append(sub, turboJob(s))
	}
	if sub != nil {
		j["sub_jobs"] = sub
	}
	return j
}

// dwsShape is as in "Querying Job Details" (ListJobDetails), Data Warehouse Service
// API Reference. Times have no zone.
func dwsShape(v view, _ Options) any {
	const zoneless = "2006-01-02T15:04:05"
	progress := "9%"
	if v.status == v.success {
		progress = "100%"
	}
	return object{
		"status": v.status, "progress": progress, "job_id": v.ID, "job_name": v.Type,
		"begin_time": formatTime(v.begin, zoneless), "end_time": formatTime(v.end, zoneless),
		"failed_code": v.ErrorCode, "failed_detail": v.FailReason,
	}
}

package simulator

import (
	"maps"
	"time"
)

// database is the shape of the jobs of RDS and of the services that share its task
// center ("Obtaining Information About a Task with a Specified ID" in each API
// reference), and of the rows of their lists.
type database struct {
	id, name, begin, end, progress string // keys
	zone, endZone                  int    // time zones of begin and end, in hours east of UTC
	running                        string // progress of a running job; else it is ""
	unfinished                     openEnd
	planned                        time.Duration // from begin to end, with endPlanned
	nullProgress                   bool          // null instead of ""
	reason                         reasonForm
	instance                       func(id string) object
	more                           object // further constant fields
}

// openEnd is the form of the end time of an unfinished job.
type openEnd int

const (
	endEmpty   openEnd = iota // ""
	endAbsent                 // no key
	endPlanned                // a planned time, though the job is running
)

// reasonForm is the form of fail_reason for a job that has not failed.
type reasonForm int

const (
	reasonAbsent reasonForm = iota // no key
	reasonNull
	reasonEmpty // ""
	reasonNever // no key, even for a failed job
)

const offsetZone = "2006-01-02T15:04:05-0700"

func (d database) shape(v view, _ Options) any {
	j := d.instance(v.ResourceID)
	maps.Copy(j, d.more)
	j[d.id], j[d.name], j["status"] = v.ID, v.Type, v.status
	j[d.begin] = inZone(v.begin, d.zone)
	end := v.end
	if !v.final && d.unfinished == endPlanned && !v.begin.IsZero() {
		end = v.begin.Add(d.planned)
	}
	if v.final || d.unfinished != endAbsent {
		j[d.end] = inZone(end, d.endZone)
	}
	switch {
	case v.status == v.running:
		j[d.progress] = d.running
	case d.nullProgress:
		j[d.progress] = nil
	default:
		j[d.progress] = ""
	}
	switch {
	case d.reason == reasonNull:
		j["fail_reason"] = orNull(v.FailReason)
	case d.reason == reasonEmpty, d.reason == reasonAbsent && v.FailReason != "":
		j["fail_reason"] = v.FailReason
	}
	return j
}

// inZone returns "" for the zero time.
func inZone(t time.Time, hours int) string {
	if t.IsZero() {
		return ""
	}
	return t.In(time.FixedZone("", hours*60*60)).Format(offsetZone)
}

// nested is the form of an instance in a single job.
func nested(name string) func(string) object {
	return func(id string) object { return object{"instance": object{"id": id, "name": name}} }
}

// beside is the form of an instance in most rows.
func beside(name string) func(string) object {
	return func(id string) object { return object{"instance_id": id, "instance_name": name} }
}

func entities(kind, engine, version string) object {
	return object{"entities": object{
		"instance":     object{"endpoint": "192.168.1.203:3306", "type": kind, "datastore": object{"type": engine, "version": version}},
		"resource_ids": []string{"a48e43ff268f4c0e879652d65e63d0fbin01.vm", "a48e43ff268f4c0e879652d65e63d0fbin01.volume"},
	}}
}

const mysqlInstance = "DO-NOT-TOUCH-mgr2-mysql-single"

// The single job of each service.
var (
	rdsJob = database{
		id: "id", name: "name", begin: "created", end: "ended", progress: "process", running: "60% ",
		unfinished: endAbsent, instance: nested(mysqlInstance), more: entities("Single", "mysql", "5.7"),
	}
	ddsJob = database{
		id: "id", name: "name", begin: "created", end: "ended", progress: "progress", running: "9%",
		unfinished: endPlanned, planned: 10 * time.Second, reason: reasonNull, instance: nested("dds-3fae"),
	}
	taurusJob = database{
		id: "id", name: "name", begin: "created", end: "ended", progress: "process", running: "60%",
		zone: 8, instance: nested(mysqlInstance), more: entities("Cluster", "gaussdb-mysql", "8.0"),
	}
	gaussJob = database{
		id: "id", name: "name", begin: "created", end: "ended", progress: "progress", running: "60%",
		zone: 8, endZone: 8, reason: reasonNull, instance: nested("gauss-6568-zzh"),
	}
	ddmJob = database{
		id: "id", name: "name", begin: "created_time", end: "end_time", progress: "process", running: "60%",
		zone: 1, endZone: 1, unfinished: endPlanned, planned: 6 * time.Hour, reason: reasonNever, instance: nested("DDM-test"),
	}
)

// The rows of their lists.
var (
	rdsRow = database{
		id: "id", name: "name", begin: "create_time", end: "end_time", progress: "process", running: "60%",
		unfinished: endPlanned, planned: 2 * time.Hour, instance: beside("rds-local-scale"),
		more: object{"instance_status": "normal", "order_id": ""},
	}
	ddsRow = database{
		id: "id", name: "name", begin: "created_at", end: "ended_at", progress: "progress", running: "9%",
		unfinished: endPlanned, planned: 10 * time.Second, reason: reasonEmpty, instance: beside("dds-3fae"),
	}
	taurusRow = database{
		id: "job_id", name: "job_name", begin: "created_time", end: "ended_time", progress: "process", running: "60%",
		zone: 8, endZone: 8, reason: reasonEmpty, instance: beside("taurus-1"), more: object{"instance_status": "normal", "order_id": ""},
	}
	gaussRow = database{
		id: "job_id", name: "name", begin: "created_at", end: "ended_at", progress: "process", running: "60%", nullProgress: true,
		zone: 8, endZone: 8, reason: reasonNull,
		instance: func(id string) object {
			return object{"instance_info": object{"instance_id": id, "instance_name": "gauss-6568-zzh", "instance_status": "creating"}}
		},
	}
	ddmRow = database{
		id: "id", name: "name", begin: "created_time", end: "end_time", progress: "process",
		unfinished: endPlanned, reason: reasonEmpty, instance: beside("UTS-ddm-dtc-src"),
		more: object{"operations": []string{}, "database_name": ""},
	}
)

// The lists: "Querying Instant Tasks" (RDS), ListTasks (DDS), ListImmediateJobs
// (TaurusDB), "Querying Tasks" (GaussDB), "Querying Information About Tasks" (DDM).
var (
	rdsList = offsetList{
		rows: "tasks", total: "total_count", limit: limits{otherwise: 10, least: 1, most: 50}, bad: dbsBadQuery,
		times:   times{paired: true},
		filters: map[string]func(view) string{"id": jobID, "name": jobType, "status": jobStatus, "instance_id": jobResource},
		row:     rdsRow.shape, more: rdsActions,
	}
	ddsList = offsetList{
		rows: "jobs", limit: limits{otherwise: 100, least: 1, most: 100}, bad: dbsBadQuery,
		times:   times{layout: "2006-01-02T15:04:05Z0700", mandatory: true, span: month},
		filters: map[string]func(view) string{"id": jobID, "name": jobType, "status": jobStatus},
		row:     ddsRow.shape,
	}
	taurusList = offsetList{
		// As documented, the offset leaves out jobs and is 1 by default, so that the first page lacks one.
		// Huawei Cloud's Terraform provider takes it for the number of the page.
		rows: "jobs", total: "total_count", limit: limits{otherwise: 10, only: []int{10, 20, 50}}, numbered: true, bad: dbsBadQuery,
		times:   times{layout: "2006-01-02T15:04:05Z0700"},
		filters: map[string]func(view) string{"job_id": jobID, "job_name": jobType, "status": jobStatus},
		row:     taurusRow.shape,
	}
	gaussList = offsetList{
		rows: "tasks", total: "total_count", limit: limits{otherwise: 100, least: 1, most: 100}, bad: dbsBadQuery,
		filters: map[string]func(view) string{"name": jobType, "status": jobStatus},
		row:     gaussRow.shape,
	}
	ddmList = offsetList{
		rows: "jobs", total: "total", paged: true, limit: limits{otherwise: 10, least: 1, most: 128}, bad: dbsBadQuery,
		times: times{mandatory: true, back: month},
		row:   ddmRow.shape,
	}
)

// rdsActions lists the task names of a page.
func rdsActions(page []view) object {
	actions := []string{}
	for _, v := range page {
		actions = append(actions, v.Type)
	}
	return object{"actions": actions}
}

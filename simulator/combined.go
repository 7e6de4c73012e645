package simulator

import "maps"

// combined is the shape of the jobs of ECS and of the services that share its job
// API ("Querying Task Execution Status" in each API reference). They differ in the
// content of entities.
type combined struct {
	resource string // key of the resource ID
	more     object // further constant fields
	subJobs  string // key of the sub-jobs, which replace all other fields
	total    string // key of their number; empty: none
	ids      string // key of their IDs; empty: none
	brief    bool   // no error keys until the job has ended, as the real ECS answers
}

const utcMillis = "2006-01-02T15:04:05.000Z"

func (c combined) shape(v view, _ Options) any { return c.job(v) }

func (c combined) job(v view) object {
	j := object{
		"status": v.status, "entities": c.entities(v), "job_id": v.ID, "job_type": v.Type,
		"begin_time": formatTime(v.begin, utcMillis), "end_time": formatTime(v.end, utcMillis),
	}
	if v.final || !c.brief {
		j["error_code"], j["fail_reason"] = orNull(v.ErrorCode), orNull(v.FailReason)
	}
	return j
}

func (c combined) entities(v view) object {
	entities := object{}
	if len(v.sub) == 0 {
		if v.ResourceID != "" {
			entities[c.resource] = v.ResourceID
			maps.Copy(entities, c.more)
		}
		if v.FailReason != "" {
			entities["errorcode_message"] = v.FailReason
		}
		return entities
	}
	var jobs []object
	var ids []string
	for _, s := range v.sub {
		jobs, ids = append(jobs, c.job(s)), append(ids, s.ID)
	}
	entities[c.subJobs] = jobs
	if c.total != "" {
		entities[c.total] = len(jobs)
	}
	if c.ids != "" {
		entities[c.ids] = ids
	}
	return entities
}

package provider

// ims is Image Management Service: "Querying the Status of an Asynchronous Job" of its
// API reference. What stands under entities.results is the result of a batch: its
// elements have a status, and are no jobs.
var ims = define(API{
	Provider: "ims",
	Path:     "/v1/{project_id}/jobs/{job_id}",
	Fields:   Fields{SubJobs: keys{"entities.sub_jobs_result", "entities.sub_jobs", "sub_jobs"}},
	Words:    combinedWords,
})

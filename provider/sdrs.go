package provider

import "cloudjob_exporter/config"

// sdrs is Storage Disaster Recovery Service: "Querying the Job Status" of its API
// reference.
var sdrs = define(API{
	Provider: "sdrs",
	Path:     "/v1/{project_id}/jobs/{job_id}",
	Words:    combinedWords,
	Hosts: []config.Host{
		{Cloud: "otc", Region: "eu-de", Name: "sdrs"},
		{Cloud: "otc"},
		{Cloud: "huaweicloud", Region: "eu-west-101"},
	},
})

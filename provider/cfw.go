package provider

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// cfw is Cloud Firewall: "Obtaining the Status of a CFW Task" (ListJob), "Querying the
// Firewall List" (ListFirewallList) and "Error Codes" of its API reference. Its only jobs
// create a firewall that is paid by use, and a job's ID becomes the firewall's.
var cfw = define(API{
	Provider: "cfw",
	Path:     "/v3/{project_id}/jobs/{job_id}",
	Envelope: "data",
	Words: map[string]job.Status{
		"RUNNING": job.Running,
		"SUCCESS": job.Success,
		"FAILED":  job.Failed,
	},
	List: &List{
		Path: "/v1/{project_id}/firewalls/list", Post: true, Rows: "data.records",
		Paging: byOffset, Limit: maxLimit, Total: "data.total",
		Fields: Fields{ID: keys{"fw_instance_id", "resource_id"}, Begin: keys{"name"}}, // which is the time of creation
		Resources: &Resources{
			Only: map[string]string{"charge_mode": "1"},
			Words: map[string]job.Status{
				"0": job.Running, // creating
				"6": job.Failed,  // creation failed
			},
		},
	},
	Hosts: []config.Host{{Cloud: "huaweicloud", Region: "eu-west-101", Name: "cfw.eu-west-101.myhuaweicloud.eu"}},
	// All of these come with 400.
	Codes: map[string]job.Reason{
		"CFW.00200005": job.NotFound,    // operation content does not exist
		"CFW.00100001": job.ServerError, // system busy, try again later
		"CFW.00109004": job.ServerError, // HTTP to an external service failed, try again later
	},
})

package simulator

import (
	"net/http"
	"time"
)

const (
	day   = 24 * time.Hour
	month = 30 * day
)

const (
	combinedPath = "/v1/{project_id}/jobs/{job_id}"
	databasePath = "/v3/{project_id}/jobs?id={job_id}"
)

var (
	combinedWords = threeWords("RUNNING", "SUCCESS", "FAIL")
	databaseWords = threeWords("Running", "Completed", "Failed")
	cceWords      = threeWords("Running", "Success", "Failed")
)

// apis has a row for each job API. A new one also needs a shape for its jobs, unless
// another has the same.
var apis = []apiRow{
	{
		api: CFW, service: ServiceCFW, path: "/v3/{project_id}/jobs/{job_id}", envelope: "data",
		words: cceWords, shape: cfwShape, errors: flatError,
		// Documented for firewalls; for jobs, nothing is.
		notFound: problem{http.StatusBadRequest, "CFW.00200005", "operation content does not exist"},
	},
	{
		api: ELBv1, service: ServiceELB, path: "/v1.0/{project_id}/jobs/{job_id}",
		words: combinedWords, shape: elbV1Shape, errors: elbError, notFound: elbNotFound,
	},
	{
		api: ELBv3, service: ServiceELB, path: "/v3/{project_id}/elb/jobs/{job_id}", envelope: "job", requestID: true,
		words: words{
			running: "RUNNING", success: "SUCCESS", failed: "FAIL",
			final:    []string{"SUCCESS", "COMPLETE", "FAIL", "ROLLBACK_FAIL", "CANCEL"},
			failures: []string{"FAIL", "ROLLBACK_FAIL", "ROLLBACKING"},
		},
		shape: elbV3Shape, errors: elbError, notFound: elbNotFound,
		listPath: "/v3/{project_id}/elb/jobs", list: elbV3List,
	},
	{
		api: ECS, service: "ecs", path: combinedPath, words: combinedWords, keeps: day,
		shape:  combined{resource: "server_id", subJobs: "sub_jobs", total: "sub_jobs_total", brief: true}.shape,
		errors: nestedError, notFound: problem{http.StatusBadRequest, "Common.0011", "Invalid job ID."}, wrongProject: foreignProject,
	},
	{
		api: EVS, service: "evs", path: combinedPath, words: combinedWords,
		shape:  combined{resource: "volume_id", subJobs: "sub_jobs"}.shape,
		errors: nestedError, notFound: problem{http.StatusBadRequest, "Common.0011", "query job fail."}, wrongProject: foreignProject,
	},
	{
		api: IMS, service: "ims", path: combinedPath, words: combinedWords,
		shape: combined{
			resource: "image_id", more: object{"image_name": "test"}, subJobs: "sub_jobs_result", ids: "sub_jobs_list",
		}.shape,
		errors: nestedError, notFound: problem{http.StatusNotFound, "", "The job does not exist."}, // not documented
	},
	{
		api: BMS, service: "bms", path: combinedPath, words: combinedWords,
		shape:  combined{resource: "server_id", subJobs: "sub_jobs", total: "sub_jobs_total"}.shape,
		errors: nestedError, notFound: problem{http.StatusBadRequest, "Common.0011", "Invalid job ID."}, // as ECS; not documented
		wrongProject: foreignProject,
	},
	{
		api: SDRS, service: "sdrs", path: combinedPath, words: combinedWords,
		shape:  combined{resource: "server_group_id", subJobs: "sub_jobs"}.shape,
		errors: nestedError, notFound: problem{http.StatusNotFound, "", "The job does not exist."}, // not documented
	},
	{
		api: DCS, service: "dcs", path: "/v2/{project_id}/jobs/{job_id}", words: combinedWords,
		shape: dcsShape, errors: dcsError, notFound: problem{http.StatusNotFound, "", "The job does not exist."}, // documented without a code
		listPath: "/v2/{project_id}/tasks", list: dcsList.answer,
	},
	{
		api: SFSTurbo, service: "sfs_turbo", path: "/v1/{project_id}/sfs-turbo/jobs/{job_id}",
		words: threeWords("running", "success", "failed"),
		shape: turboShape, errors: turboError, notFound: problem{http.StatusNotFound, "SFS.TURBO.0019", "Invalid Job Id"},
	},
	{
		api: RDS, service: "rds", path: databasePath, envelope: "job", words: databaseWords, keeps: month,
		shape: rdsJob.shape, errors: flatError, notFound: dbsNotFound,
		listPath: "/v3/{project_id}/tasklist", list: rdsList.answer,
	},
	{
		api: DDS, service: "dds", path: databasePath, envelope: "job", words: databaseWords, keeps: month,
		shape: ddsJob.shape, errors: flatError, notFound: dbsNotFound,
		listPath: "/v3.1/{project_id}/jobs", list: ddsList.answer,
	},
	{
		api: TaurusDB, service: "taurusdb", path: databasePath, envelope: "job", keeps: month,
		words: words{
			running: "Running", success: "Completed", failed: "Failed",
			final: []string{"Completed", "Failed", "Canceled"}, failures: []string{"Failed"},
		},
		shape: taurusJob.shape, errors: flatError, notFound: dbsNotFound,
		listPath: "/v3/{project_id}/immediate-jobs", list: taurusList.answer,
	},
	{
		api: GaussDB, service: "gaussdb", path: databasePath, envelope: "job", words: databaseWords, keeps: month,
		shape: gaussJob.shape, errors: flatError, notFound: dbsNotFound,
		listPath: "/v3/{project_id}/tasks", list: gaussList.answer,
	},
	{
		api: DDM, service: "ddm", path: "/v3/{project_id}/jobs/{job_id}", envelope: "job", keeps: month,
		words: words{
			running: "Running", success: "Completed", failed: "Failed",
			final:    []string{"Completed", "Failed", "RollbackSuccess", "CancelSuccess"},
			failures: []string{"Failed", "RollbackSuccess", "Rollbacking"},
		},
		shape: ddmJob.shape, errors: ddmError, notFound: problem{http.StatusBadRequest, "DBS.300400", "The task is not found."},
		listPath: "/v3/{project_id}/jobs", list: ddmList.answer,
	},
	{
		api: DWS, service: "dws", path: "/v1.0/{project_id}/job/{job_id}",
		words: words{
			running: "RUNNING", success: "SUCCESS", failed: "FAIL",
			final: []string{"SUCCESS", "FAIL", "STOP"}, failures: []string{"FAIL"},
		},
		shape: dwsShape, errors: flatError, notFound: problem{http.StatusNotFound, "", "No resources found."}, // documented without a code
	},
	{
		api: CBR, service: "cbr", path: "/v3/{project_id}/operation-logs/{job_id}", envelope: "operation_log",
		words: words{
			running: "running", success: "success", failed: "failed",
			final: []string{"success", "failed", "timeout", "skipped"}, failures: []string{"failed", "timeout"},
		},
		shape: cbrShape, errors: flatError, notFound: problem{http.StatusNotFound, "BackupService.6500", "Operation log does not exist."},
		listPath: "/v3/{project_id}/operation-logs", list: cbrList.answer,
	},
	{
		api: CCEv3, service: "cce", path: "/api/v3/projects/{project_id}/jobs/{job_id}", words: cceWords,
		shape: cceV3.shape, errors: cceError, notFound: cceNotFound,
	},
	{
		api: CCEv2, service: "cce", path: "/api/v2/projects/{project_id}/jobs/{job_id}", words: cceWords,
		shape: cceV2.shape, errors: cceError, notFound: cceNotFound,
		listPath: "/api/v2/projects/{project_id}/jobs", list: cceList,
	},
}

var (
	// elbNotFound has the documented error body. The answer about a missing job is not documented.
	elbNotFound = problem{http.StatusNotFound, "itemNotFound", "job {job_id} could not be found"}
	cceNotFound = problem{http.StatusNotFound, "CCE.01404001", "Resource not found."}
)

package simulator

import (
	"fmt"
	"net/http"
	"net/url"
)

// API is a way to ask for jobs. Each has jobs of its own.
type API string

// The job APIs.
const (
	CFW   API = "cfw"
	ELBv1 API = "elb/v1.0"
	ELBv3 API = "elb/v3"
)

// apis has a row for each job API. What a new one needs besides is the shape of
// its jobs, if no other has the same.
var apis = []apiRow{
	{
		api: CFW, service: ServiceCFW, path: "/v3/{project_id}/jobs/{job_id}", envelope: "data",
		words: words{
			running: "Running", success: "Success", failed: "Failed",
			final: []string{"Success", "Failed"}, failures: []string{"Failed"},
		},
		shape: cfwShape, notFound: cfwNotFound,
	},
	{
		api: ELBv1, service: ServiceELB, path: "/v1.0/{project_id}/jobs/{job_id}",
		words: words{
			running: "RUNNING", success: "SUCCESS", failed: "FAIL",
			final: []string{"SUCCESS", "FAIL"}, failures: []string{"FAIL"},
		},
		shape: elbV1Shape, notFound: elbNotFound,
	},
	{
		api: ELBv3, service: ServiceELB, path: "/v3/{project_id}/elb/jobs/{job_id}", envelope: "job", requestID: true,
		words: words{
			running: "RUNNING", success: "SUCCESS", failed: "FAIL",
			final:    []string{"SUCCESS", "COMPLETE", "FAIL", "ROLLBACK_FAIL", "CANCEL"},
			failures: []string{"FAIL", "ROLLBACK_FAIL", "ROLLBACKING"},
		},
		shape: elbV3Shape, notFound: elbNotFound,
		listPath: "/v3/{project_id}/elb/jobs", list: elbV3List,
	},
}

// apiRow is what there is to know of a job API. Its functions are given the jobs
// that they answer with: they are about the form of answers alone.
type apiRow struct {
	api       API
	service   Service // that offers the API
	path      string  // of one job, below the endpoint
	envelope  string  // the key of the job in an answer; empty if the job is all of it
	requestID bool    // the envelope has the ID of the request, too
	words     words
	shape     func(v view, o Options) any
	notFound  func(id string) Answer

	listPath string // of all jobs of a project; empty if they cannot be listed
	list     func(jobs []view, query url.Values, o Options) Answer
}

// words are the statuses that every API has, those that end a job, and those
// that come with an error.
type words struct {
	running, success, failed string
	final                    []string
	failures                 []string
}

// row returns the row of the API. It panics if there is none.
func (a API) row() *apiRow {
	for i := range apis {
		if apis[i].api == a {
			return &apis[i]
		}
	}
	panic(fmt.Errorf("simulator: no API is called %q", string(a)))
}

// Service returns the service that offers the API.
func (a API) Service() Service { return a.row().service }

func (a API) words() words { return a.row().words }

// answer returns the answer about a job.
func (a *apiRow) answer(v view, o Options) Answer {
	body := a.shape(v, o)
	if a.envelope == "" {
		return JSON(http.StatusOK, body)
	}
	wrapped := map[string]any{a.envelope: body}
	if a.requestID {
		wrapped["request_id"] = requestID
	}
	return JSON(http.StatusOK, wrapped)
}

package simulator

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// API is a way to ask for jobs. Each has jobs of its own, except that both versions
// of CCE show the same jobs.
type API string

// The job APIs.
const (
	CFW      API = "cfw"
	ELBv1    API = "elb/v1.0"
	ELBv3    API = "elb/v3"
	ECS      API = "ecs"
	EVS      API = "evs"
	IMS      API = "ims"
	BMS      API = "bms"
	SDRS     API = "sdrs"
	DCS      API = "dcs"
	SFSTurbo API = "sfs_turbo"
	RDS      API = "rds"
	DDS      API = "dds"
	TaurusDB API = "taurusdb"
	GaussDB  API = "gaussdb"
	DDM      API = "ddm"
	DWS      API = "dws"
	CBR      API = "cbr"
	CCEv3    API = "cce/v3"
	CCEv2    API = "cce/v2"
)

// APIs returns all job APIs in the order of their table.
func APIs() []API {
	all := make([]API, len(apis))
	for i := range apis {
		all[i] = apis[i].api
	}
	return all
}

// apiRow is what there is to know of a job API. Its functions are given the jobs
// that they answer with: they are about the form of answers alone.
type apiRow struct {
	api       API
	service   Service // that offers the API
	path      string  // of one job, below the endpoint; the job ID may be in the query
	envelope  string  // the key of the job in an answer; empty if the job is all of it
	requestID bool    // the envelope has the ID of the request, too
	words     words
	keeps     time.Duration // retention of ended jobs; 0: forever
	shape     func(v view, o Options) any

	errors       errorKeys
	notFound     problem
	wrongProject problem // for a credential of another project; zero: the API gateway's 403

	listPath string // of all jobs of a project; empty if they cannot be listed
	list     lister
}

// lister makes the answer about the jobs of a project, which are sorted by ID.
type lister func(a *apiRow, jobs []view, query url.Values, o Options) Answer

// words are the statuses that every API has, those that end a job, and those
// that come with an error.
type words struct {
	running, success, failed string
	final                    []string
	failures                 []string
}

// threeWords are the words of an API whose other words are all for unfinished jobs.
func threeWords(running, success, failed string) words {
	return words{
		running: running, success: success, failed: failed,
		final: []string{success, failed}, failures: []string{failed},
	}
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

// jobs returns the API under which the store keeps the jobs of this one.
func (a API) jobs() API {
	if a == CCEv2 {
		return CCEv3
	}
	return a
}

// answer returns the answer about a job.
func (a *apiRow) answer(v view, o Options) Answer {
	body := a.shape(v, o)
	if a.envelope == "" {
		return JSON(http.StatusOK, body)
	}
	wrapped := object{a.envelope: body}
	if a.requestID {
		wrapped["request_id"] = requestID
	}
	return JSON(http.StatusOK, wrapped)
}

// missing returns the answer about a job that the cloud does not know.
func (a *apiRow) missing(id string) Answer {
	p := a.notFound
	p.message = strings.ReplaceAll(p.message, "{job_id}", id)
	return a.errors.answer(p)
}

// jobID returns the job ID of a request: the one in the path, unless the API has it in the query.
func (a *apiRow) jobID(fromPath string, query url.Values) string {
	_, pattern, inQuery := strings.Cut(a.path, "?")
	if !inQuery {
		return fromPath
	}
	name, _, _ := strings.Cut(pattern, "=")
	return query.Get(name)
}

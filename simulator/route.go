package simulator

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Service is a part of the cloud that is counted, and can break, on its own.
type Service string

// The services.
const (
	ServiceIAM      Service = "iam"
	ServiceCFW      Service = "cfw"
	ServiceELB      Service = "elb"
	ServiceMetadata Service = "metadata"
	// ServiceGateway has the calls that no other service knows.
	ServiceGateway Service = "gateway"
)

// API is a way to ask for jobs. Each has jobs of its own.
type API string

// The job APIs.
const (
	CFW   API = "cfw"      // GET /v3/{project_id}/jobs/{job_id}
	ELBv1 API = "elb/v1.0" // GET /v1.0/{project_id}/jobs/{job_id}
	ELBv3 API = "elb/v3"   // GET /v3/{project_id}/elb/jobs[/{job_id}]
)

// Service is the service that offers the API.
func (a API) Service() Service {
	if a == CFW {
		return ServiceCFW
	}
	return ServiceELB
}

// call is a request whose meaning is known.
type call struct {
	service Service
	jobID   string // empty if it is not about one job
	login   bool
	serve   func(r *http.Request, body []byte, now time.Time) Answer
}

// route finds out what a request asks for, by method and path alone.
func (c *Cloud) route(r *http.Request) call {
	path := segments(r.URL.EscapedPath())
	is := func(method string, pattern ...string) bool {
		if r.Method != method || len(path) != len(pattern) {
			return false
		}
		for i, p := range pattern {
			if p != "" && p != path[i] {
				return false
			}
		}
		return true
	}
	const get = http.MethodGet
	switch {
	case is(http.MethodPost, "v3", "auth", "tokens"):
		return call{service: ServiceIAM, login: true, serve: c.login}
	case is(get, "v3", "", "jobs", ""):
		return c.jobCall(CFW, path[1], path[3])
	case is(get, "v1.0", "", "jobs", ""):
		return c.jobCall(ELBv1, path[1], path[3])
	case is(get, "v3", "", "elb", "jobs", ""):
		return c.jobCall(ELBv3, path[1], path[4])
	case is(get, "v3", "", "elb", "jobs"):
		return call{service: ServiceELB, serve: c.authenticated(path[1], func(r *http.Request) Answer {
			return c.listELBv3(path[1], r.URL.Query())
		})}
	case is(http.MethodPut, "meta-data", "latest", "api", "token"):
		return call{service: ServiceMetadata, serve: c.metadata.session}
	case is(get, "openstack", "latest", "securitykey"):
		return call{service: ServiceMetadata, serve: c.metadata.securityKey}
	}
	return call{service: ServiceGateway, serve: func(*http.Request, []byte, time.Time) Answer {
		return gatewayError(http.StatusNotFound, "APIG.0101", "The API does not exist or has not been published in the environment")
	}}
}

func (c *Cloud) jobCall(api API, projectID, id string) call {
	return call{service: api.Service(), jobID: id, serve: c.authenticated(projectID, func(*http.Request) Answer {
		return c.showJob(api, projectID, id)
	})}
}

// segments splits an escaped path, and only then unescapes: an escaped slash is
// part of a segment.
func segments(escaped string) []string {
	parts := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	for i, p := range parts {
		if u, err := url.PathUnescape(p); err == nil {
			parts[i] = u
		}
	}
	return parts
}

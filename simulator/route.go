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
	is := func(method, pattern string) bool {
		_, _, ok := match(pattern, path)
		return ok && r.Method == method
	}
	switch {
	case is(http.MethodPost, "/v3/auth/tokens"):
		return call{service: ServiceIAM, login: true, serve: c.login}
	case is(http.MethodPut, "/meta-data/latest/api/token"):
		return call{service: ServiceMetadata, serve: c.metadata.session}
	case is(http.MethodGet, "/openstack/latest/securitykey"):
		return call{service: ServiceMetadata, serve: c.metadata.securityKey}
	}
	if r.Method == http.MethodGet {
		for i := range apis {
			if projectID, id, ok := match(apis[i].path, path); ok {
				return c.jobCall(&apis[i], projectID, id)
			}
			if projectID, _, ok := match(apis[i].listPath, path); ok {
				return c.listCall(&apis[i], projectID)
			}
		}
	}
	return call{service: ServiceGateway, serve: func(*http.Request, []byte, time.Time) Answer {
		return gatewayError(http.StatusNotFound, "APIG.0101", "The API does not exist or has not been published in the environment")
	}}
}

func (c *Cloud) jobCall(a *apiRow, projectID, id string) call {
	return call{service: a.service, jobID: id, serve: c.authenticated(projectID, func(*http.Request) Answer {
		return c.showJob(a, projectID, id)
	})}
}

func (c *Cloud) listCall(a *apiRow, projectID string) call {
	return call{service: a.service, serve: c.authenticated(projectID, func(r *http.Request) Answer {
		return a.list(c.visible(a.api, projectID), r.URL.Query(), c.opts)
	})}
}

// match reports whether a path has the form of a pattern, and returns the values
// of {project_id} and {job_id} in it.
func match(pattern string, path []string) (projectID, jobID string, ok bool) {
	parts := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	if pattern == "" || len(parts) != len(path) {
		return "", "", false
	}
	for i, p := range parts {
		switch {
		case p == "{project_id}":
			projectID = path[i]
		case p == "{job_id}":
			jobID = path[i]
		case p != path[i]:
			return "", "", false
		}
	}
	return projectID, jobID, true
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

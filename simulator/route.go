package simulator

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Service is a part of the cloud that is counted, and can break, on its own. See
// [API.Service] for those without a constant.
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
	serve   serve
}

// serve makes the answer to a request. Credentials are judged by the clock now.
type serve func(r *http.Request, body []byte, now time.Time) Answer

// hostNames has the hosts whose names differ from those of their services.
var hostNames = map[string]Service{
	"sfs-turbo": "sfs_turbo", "sfs": "sfs_turbo",
	"gaussdb-mysql": "taurusdb", "gaussdbformysql": "taurusdb", "gaussdb-opengauss": "gaussdb",
}

// route finds out what a request asks for, by method, host and path alone. Many
// services have the same paths, so a request names its service: by the first element
// of the path (http://127.0.0.1:PORT/rds/v3/…) or else by the host
// (https://rds.eu-de.example). Without a name, it is for CFW or ELB, whose paths differ.
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
	service, path := addressed(r.Host, path)
	if call, ok := c.firewallCall(r.Method, service, path); ok {
		return call
	}
	for i := range apis {
		a := &apis[i]
		if r.Method != http.MethodGet || !a.isOf(service) {
			continue
		}
		if projectID, id, ok := match(a.path, path); ok {
			return c.jobCall(a, projectID, a.jobID(id, r.URL.Query()))
		}
		if projectID, _, ok := match(a.listPath, path); ok {
			return c.listCall(a, projectID)
		}
	}
	return call{service: ServiceGateway, serve: func(*http.Request, []byte, time.Time) Answer {
		return gatewayError(http.StatusNotFound, "APIG.0101", "The API does not exist or has not been published in the environment")
	}}
}

// addressed returns the service that a request names, and its path without the name.
func addressed(host string, path []string) (Service, []string) {
	if s := serviceCalled(path[0]); s != "" {
		return s, path[1:]
	}
	label, _, _ := strings.Cut(host, ".")
	return serviceCalled(label), path
}

// isOf reports whether a request that names the service s, or none, may be for the API.
func (a *apiRow) isOf(s Service) bool {
	return a.service == s || s == "" && (a.service == ServiceCFW || a.service == ServiceELB)
}

// serviceCalled returns the service with jobs that has this name, or "".
func serviceCalled(name string) Service {
	for i := range apis {
		if string(apis[i].service) == name {
			return apis[i].service
		}
	}
	return hostNames[name]
}

func (c *Cloud) jobCall(a *apiRow, projectID, id string) call {
	serve := c.authenticated(projectID, func(*http.Request, []byte) Answer { return c.showJob(a, projectID, id) })
	return call{service: a.service, jobID: id, serve: a.inOwnWords(serve)}
}

func (c *Cloud) listCall(a *apiRow, projectID string) call {
	serve := c.authenticated(projectID, func(r *http.Request, _ []byte) Answer {
		return a.list(a, c.visible(a.api, projectID), r.URL.Query(), c.opts)
	})
	return call{service: a.service, serve: a.inOwnWords(serve)}
}

// match reports whether a path has the form of a pattern, and returns the values
// of {project_id} and {job_id} in it.
func match(pattern string, path []string) (projectID, jobID string, ok bool) {
	pattern, _, _ = strings.Cut(pattern, "?")
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

// Package provider knows the job APIs: where each one is, in which envelope it
// answers, and what its words for a status mean. A provider is data.
package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// API is one version of a provider's job API.
type API struct {
	Provider string                // the value of the provider label, and the name of the service to call
	Version  string                // as in the configuration; empty if the provider has one API only
	Path     string                // of one job, with {project_id} and {job_id}
	Envelope string                // the key that the job stands under; empty: the root
	Words    map[string]job.Status // the API's words in upper case
	Statuses []job.Status          // the closed state set
	Codes    map[string]job.Reason // error codes that say more than the HTTP status beside them
	List     string                // the path that lists the jobs, with {project_id}; empty: there is none
}

// apis is the table of all APIs. The first version of a provider is its default.
var apis = []*API{&cfw, &elbV1, &elbV3}

// Find returns the API that a job of the configuration is asked for at.
func Find(provider, version string) (*API, bool) {
	for _, a := range apis {
		if a.Provider == provider && a.Version == version {
			return a, true
		}
	}
	return nil, false
}

// Schema is what a configuration may say about the providers.
func Schema() []config.Provider {
	var schema []config.Provider
	for _, a := range apis {
		i := slices.IndexFunc(schema, func(p config.Provider) bool { return p.Name == a.Provider })
		if i < 0 {
			i = len(schema)
			schema = append(schema, config.Provider{Name: a.Provider, Statuses: map[string][]job.Status{}})
		}
		p := &schema[i]
		if a.Version != "" {
			p.APIVersions = append(p.APIVersions, a.Version)
		}
		if a.List != "" {
			p.Discover = append(p.Discover, a.Version)
		}
		p.Statuses[a.Version] = a.Statuses
	}
	return schema
}

// Project reads the jobs of one project.
type Project struct{ *cloud.Client }

// Fetch asks the cloud for a job. Its errors are those of cloud.Client.Get;
// a 200 that is no answer about this job is one of them.
func (p Project) Fetch(ctx context.Context, j *job.Job) (job.Report, error) {
	a, ok := Find(j.Provider, j.APIVersion)
	if !ok {
		return job.Report{}, fmt.Errorf("no API %s %s", j.Provider, j.APIVersion)
	}
	body, err := p.Get(ctx, a.Provider, fill(a.Path, p.ProjectID(), j.ID), nil)
	if err != nil {
		return job.Report{}, a.refine(err)
	}
	return a.Decode(body, j.ID)
}

func fill(path, projectID, jobID string) string {
	return strings.NewReplacer(
		"{project_id}", url.PathEscape(projectID),
		"{job_id}", url.PathEscape(jobID),
	).Replace(path)
}

// refine gives an error the reason that the provider's own code stands for. It
// does not write to the error, which may be that of other callers, too.
func (a *API) refine(err error) error {
	if e, ok := errors.AsType[*cloud.Error](err); ok {
		if refined := e.ByCode(a.Codes); refined != e {
			return refined
		}
	}
	return err
}

// badAnswer is a 200 that is not what the API documents.
func (a *API) badAnswer(format string, args ...any) *cloud.Error {
	return &cloud.Error{
		Reason: job.BadResponse, Service: a.Provider, StatusCode: http.StatusOK,
		Message: fmt.Sprintf(format, args...),
	}
}

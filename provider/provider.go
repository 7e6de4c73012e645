// Package provider knows the job APIs: where each one is, in which envelope it
// answers, and what its words for a status mean. A provider is data: a file with a
// table, and a line in the list of all. What an API cannot be described with yet is
// added to API for all of them.
package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// API is one version of a provider's job API: data alone. Values are made by define.
type API struct {
	Provider string                // the value of the provider label, and the name of the service to call
	Version  string                // as in the configuration; empty if the provider has one API only
	Path     string                // of one job, with {project_id} and {job_id}
	IDQuery  string                // the parameter that has the job ID instead; empty: none
	Envelope string                // the key that the job stands under; empty: the root
	Fields   Fields                // where each detail stands in a job; what is not given is as in defaultFields
	Words    map[string]job.Status // the API's words in upper case
	Statuses []job.Status          // the closed state set, which follows from the words
	Codes    map[string]job.Reason // error codes that say more than the HTTP status beside them
	List     *List                 // how the jobs of a project are listed; nil if no API does that
	Hosts    []config.Host         // where the host is called otherwise than the provider
}

// define completes an API with what follows from the rest.
func define(a API) *API {
	a.Fields = a.Fields.or(defaultFields)
	a.Statuses = statusesOf(a.Words)
	if a.List != nil {
		a.List.Fields = a.List.Fields.or(a.Fields)
	}
	return &a
}

// statusesOf returns what the words can become, in the order in which the statuses are
// documented, and unknown.
func statusesOf(words map[string]job.Status) []job.Status {
	found := map[job.Status]bool{}
	for _, s := range words {
		found[s] = true
	}
	delete(found, job.Unknown)
	return append(slices.Sorted(maps.Keys(found)), job.Unknown)
}

// Find returns the API that a job of the configuration is asked for at.
func Find(provider, version string) (*API, bool) {
	for _, a := range apis {
		if a.Provider == provider && a.Version == version {
			return a, true
		}
	}
	return nil, false
}

// NewJob returns the job that is asked for at a provider's API. An empty version is
// the provider's default, and a threshold of 0 job.DefaultStuckAfter. It is an error if
// there is no such provider or version, or if id cannot be that of a job.
func NewJob(provider, version, project, id string, stuckAfter time.Duration) (*job.Job, error) {
	i := slices.IndexFunc(apis, func(a *API) bool { return a.Provider == provider })
	if i < 0 {
		return nil, fmt.Errorf("there is no provider %q", provider)
	}
	api := apis[i]
	if version != "" {
		var ok bool
		if api, ok = Find(provider, version); !ok {
			return nil, fmt.Errorf("provider %s has no api_version %q", provider, version)
		}
	}
	if !job.ValidID(id) {
		return nil, fmt.Errorf("%q is not a job ID: must be 1 to 128 characters out of A-Z a-z 0-9 . _ -", id)
	}
	return &job.Job{
		Key:        job.Key{Provider: provider, ID: id},
		Project:    project,
		APIVersion: api.Version,
		StuckAfter: cmp.Or(stuckAfter, job.DefaultStuckAfter),
		Statuses:   api.Statuses,
	}, nil
}

// Schema is what a configuration may say about the providers.
func Schema() []config.Provider {
	var schema []config.Provider
	for _, a := range apis {
		i := slices.IndexFunc(schema, func(p config.Provider) bool { return p.Name == a.Provider })
		if i < 0 {
			i = len(schema)
			schema = append(schema, config.Provider{Name: a.Provider, Statuses: map[string][]job.Status{}, Hosts: a.Hosts})
		}
		p := &schema[i]
		if a.Version != "" {
			p.APIVersions = append(p.APIVersions, a.Version)
		}
		if a.List != nil {
			p.Discover = append(p.Discover, a.Version)
			p.Untyped = a.List.Resources != nil
		}
		p.Statuses[a.Version] = a.Statuses
		if a.List != nil && a.List.Resources != nil {
			p.Statuses[a.Version] = a.List.Resources.statuses()
		}
	}
	return schema
}

// Reader reads the jobs of one project.
type Reader struct{ *cloud.Client }

// Fetch asks the cloud for a job. Its error is a *job.Failure, also for a 200 that
// is no answer about this job, or that of a ctx that is canceled.
func (r Reader) Fetch(ctx context.Context, j *job.Job) (job.Report, error) {
	a, ok := Find(j.Provider, j.APIVersion)
	if !ok {
		return job.Report{}, fmt.Errorf("no API %s %s", j.Provider, j.APIVersion)
	}
	var report job.Report
	err := r.Get(ctx, a.Provider, fillPath(a.Path, r.ProjectID(), j.ID), a.query(j.ID), func(body []byte) (err error) {
		report, err = a.Decode(body, j.ID)
		return err
	})
	return report, failure(a.refine(err))
}

// failure says of an error of a call what the callers need to know. Other errors,
// and nil, stay what they are.
func failure(err error) error {
	e, ok := errors.AsType[*cloud.Error](err)
	if !ok {
		return err
	}
	return &job.Failure{Reason: e.Reason, Code: e.Code, RetryAfter: e.RetryAfter, Overloaded: e.Overloaded(), Err: err}
}

// query returns the parameters that ask for one job; nil if there are none.
func (a *API) query(jobID string) url.Values {
	if a.IDQuery == "" {
		return nil
	}
	return url.Values{a.IDQuery: {jobID}}
}

func fillPath(path, projectID, jobID string) string {
	return strings.NewReplacer("{project_id}", url.PathEscape(projectID), "{job_id}", url.PathEscape(jobID)).Replace(path)
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

package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	pathpkg "path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/registration"
)

// Registrations are the jobs that requests register. Both methods may be called at the
// same time, and return when what they did survives a crash, if the disk works. Their
// errors are of type *registration.Refusal.
type Registrations interface {
	Put(ctx context.Context, r registration.Request) (isNew bool, err error)
	Delete(ctx context.Context, r registration.Request) error
}

const (
	// registerPath is where a job is registered, below the route prefix.
	registerPath = jobsPath + "/{provider}/{project}/{job_id}"
	jobsPath     = "/api/v1/jobs"

	// maxRegistering is how many requests that register are answered at a time. Most of
	// them wait for the same write to the disk.
	maxRegistering = 10_000
)

// registerParameters are those of a PUT. A DELETE has none.
var registerParameters = []string{"api_version", "stuck_after"}

// errorJSON is the answer to a request that was refused.
type errorJSON struct {
	Error string `json:"error"`
}

// registrar serves the requests that register jobs.
type registrar struct {
	Options
	underWay atomic.Int32
}

// newRegistrar makes the handler of registerPath, for all methods. A browser that knows
// the password must not be made to register jobs by another site.
func newRegistrar(o Options) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "A browser must not register jobs at the request of another site.")
	}))
	return protection.Handler(&registrar{Options: o})
}

func (h *registrar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !registers(r) {
		w.Header().Set("Allow", "DELETE, PUT")
		refuse(w, http.StatusMethodNotAllowed, "A job is registered with PUT, and let go with DELETE.")
		return
	}
	if !h.EnableRegistration {
		refuse(w, http.StatusForbidden, "Registration of jobs is off; it needs --web.enable-registration.")
		return
	}
	defer h.underWay.Add(-1)
	if h.underWay.Add(1) > maxRegistering {
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, fmt.Sprintf("More than %d jobs are being registered at this moment.", maxRegistering))
		return
	}
	request, problem := readRegistration(r)
	switch {
	case problem != "":
		refuse(w, http.StatusBadRequest, problem)
	case r.Method == http.MethodDelete:
		h.unregister(r.Context(), w, request)
	default:
		h.register(r.Context(), w, request)
	}
}

func (h *registrar) register(ctx context.Context, w http.ResponseWriter, request registration.Request) {
	isNew, err := h.Registrations.Put(ctx, request)
	if err != nil {
		refuseRegistration(w, err)
		return
	}
	status := http.StatusOK
	if isNew {
		status = http.StatusCreated
	}
	answerJSON(w, status, registeredJob(h.Poller, request))
}

func (h *registrar) unregister(ctx context.Context, w http.ResponseWriter, request registration.Request) {
	if err := h.Registrations.Delete(ctx, request); err != nil {
		refuseRegistration(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// registeredJob returns a job as it is watched after it was registered. It says no more
// than the request did if the job is gone again.
func registeredJob(p *poller.Poller, request registration.Request) jobJSON {
	j := jobJSON{
		Provider: request.Provider, Project: request.Project, JobID: request.JobID, APIVersion: request.APIVersion,
		Status: job.Unknown.String(),
	}
	s, expired := p.SnapshotOf(job.Key{Provider: j.Provider, ID: j.JobID})
	rows(s, time.Now(), func(r *row) bool {
		r.Expired = expired
		j = toJSON(r)
		return true
	})
	return j
}

// readRegistration reads a request. It says in a sentence what is wrong with it.
func readRegistration(r *http.Request) (request registration.Request, problem string) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return request, "The query cannot be read; characters that have a meaning in a URL must be percent-encoded."
	}
	known := registerParameters
	if r.Method == http.MethodDelete {
		known = nil
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch {
		case !slices.Contains(known, name) && known == nil:
			return request, fmt.Sprintf("There is no parameter %q; a DELETE has none.", name)
		case !slices.Contains(known, name):
			return request, fmt.Sprintf("There is no parameter %q; there are %s.", name, strings.Join(known, ", "))
		case len(query[name]) > 1:
			return request, fmt.Sprintf("The parameter %s is there %d times.", name, len(query[name]))
		}
	}
	if hasBody(r) {
		return request, "The request must have no body; parameters stand in the URL."
	}
	return registration.Request{
		Provider: r.PathValue("provider"), Project: r.PathValue("project"), JobID: r.PathValue("job_id"),
		APIVersion: query.Get("api_version"), StuckAfter: query.Get("stuck_after"),
	}, ""
}

func hasBody(r *http.Request) bool {
	if r.ContentLength >= 0 {
		return r.ContentLength > 0
	}
	n, _ := r.Body.Read(make([]byte, 1))
	return n > 0
}

// registers reports whether a request is to register a job, or let one go.
func registers(r *http.Request) bool {
	return r.Method == http.MethodPut || r.Method == http.MethodDelete
}

// refuseBadPaths refuses to register at paths that are not exactly registerPath. Without it
// a path with an empty element, as by a variable of a pipeline that is not set or a URL with
// a slash at its end, would be redirected, which curl --fail takes for a success. For the
// same reason, no other request that changes something is redirected.
func refuseBadPaths(prefix string, next http.Handler) http.Handler {
	below := func(path string) (elements string, ok bool) {
		elements, ok = strings.CutPrefix(path, prefix+jobsPath)
		return elements, ok && (elements == "" || elements[0] == '/')
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.EscapedPath()
		clean := pathpkg.Clean(path)
		elements, is := below(path)
		_, meant := below(clean)
		switch {
		case registers(r) && (is && !threeElements(elements) || meant && !is):
			refuse(w, http.StatusBadRequest, "The path must be "+prefix+registerPath+", and no part of it may be empty.")
		case (registers(r) || r.Method == http.MethodPost) && clean != strings.TrimSuffix(path, "/") && path != "/":
			http.NotFound(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// threeElements reports whether a path has so many, and is clean. An element that is an
// escaped slash and nothing else counts as none: so it does for http.ServeMux.
func threeElements(path string) bool {
	elements := strings.Split(path, "/")
	return len(elements) == 4 && !slices.ContainsFunc(elements[1:], func(e string) bool {
		return e == "" || e == "." || e == ".." || strings.EqualFold(e, "%2F")
	})
}

// refusals are the HTTP statuses of refused registrations.
var refusals = map[registration.Reason]int{
	registration.Invalid:       http.StatusBadRequest,
	registration.NoProject:     http.StatusNotFound,
	registration.NotRegistered: http.StatusNotFound,
	registration.Conflict:      http.StatusConflict,
	registration.Misdirected:   http.StatusMisdirectedRequest,
	registration.Full:          http.StatusInsufficientStorage,
}

func refuseRegistration(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if refusal, ok := errors.AsType[*registration.Refusal](err); ok {
		status = refusals[refusal.Reason]
	}
	refuse(w, status, sentence(err.Error()))
}

// refuse answers with a sentence.
func refuse(w http.ResponseWriter, status int, text string) {
	answerJSON(w, status, errorJSON{text})
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // to a client that may be gone
}

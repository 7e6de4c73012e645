package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"cloudjob_exporter/collector"
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

// probedStuckAfter is the threshold of a job that is not configured: the
// default of the configuration.
const probedStuckAfter = 30 * time.Minute

// probeParameters must all be there but the last.
var probeParameters = []string{"provider", "project", "job_id", "api_version"}

// serveProbe answers with the metrics of one job, configured or not. It calls
// no address but the endpoints that are configured.
func serveProbe(o Options) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		j, problem := probedJob(r.URL.Query())
		if problem != "" {
			http.Error(w, problem, http.StatusBadRequest)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), budget(r, o.TimeoutOffset))
		defer cancel()
		snapshot, err := o.Poller.Probe(ctx, j)
		switch {
		case errors.Is(err, poller.ErrTooManyProbed):
			http.Error(w, "No answer: "+err.Error()+".", http.StatusServiceUnavailable)
			return
		case err != nil:
			http.Error(w, "No answer: "+err.Error()+".", http.StatusBadRequest)
			return
		}
		registry := prometheus.NewRegistry()
		registry.MustRegister(collector.Of(snapshot)) // alone there, so that nothing can be in its way
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{
			ErrorLog:          errorLog{o.Logger},
			ErrorHandling:     promhttp.ContinueOnError,
			EnableOpenMetrics: true,
		}).ServeHTTP(w, r)
	}
}

// probedJob makes the job that the parameters of a probe name, or says in a
// sentence what is wrong with them.
func probedJob(query url.Values) (j *job.Job, problem string) {
	if problem := checkParameters(query, probeParameters...); problem != "" {
		return nil, problem
	}
	name, version, id := query.Get("provider"), query.Get("api_version"), query.Get("job_id")
	schema := provider.Schema()
	at := slices.IndexFunc(schema, func(p config.Provider) bool { return p.Name == name })
	if at < 0 {
		return nil, fmt.Sprintf("There is no provider %q.", name)
	}
	if versions := schema[at].APIVersions; version == "" && len(versions) > 0 {
		version = versions[0]
	}
	api, ok := provider.Find(name, version)
	if !ok {
		return nil, fmt.Sprintf("The provider %s has no api_version %q.", name, version)
	}
	if !job.ValidID(id) {
		return nil, fmt.Sprintf("%q is no job ID; one has 1 to 128 of A-Z a-z 0-9 . _ -", id)
	}
	return &job.Job{
		Key:        job.Key{Provider: name, ID: id},
		Project:    query.Get("project"),
		APIVersion: version,
		StuckAfter: probedStuckAfter,
		Statuses:   api.Statuses,
	}, ""
}

// checkParameters sees to it that there are no parameters but the known ones,
// each at most once, and all of them but the last.
func checkParameters(query url.Values, known ...string) (problem string) {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		if !slices.Contains(known, name) {
			return fmt.Sprintf("There is no parameter %q; a probe has %s.", name, strings.Join(known, ", "))
		}
		if len(values) > 1 {
			return fmt.Sprintf("The parameter %s is there %d times.", name, len(values))
		}
	}
	for _, name := range known[:len(known)-1] {
		if query.Get(name) == "" {
			return fmt.Sprintf("The parameter %s is missing.", name)
		}
	}
	return ""
}

package web

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"cloudjob_exporter/collector"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// filter chooses jobs by the parameters of a request. What is empty lets all pass.
type filter struct {
	providers, projects, statuses []string
	text                          string // part of the job ID, whatever its case
}

// filters are the parameters of a filter.
var filters = []string{"provider", "project", "status", "q"}

// readFilter reads the parameters provider, project and status, each of which
// may be repeated, and q. It says in a sentence what is wrong with the query;
// others are the parameters that it may have beside these.
func readFilter(query url.Values, others ...string) (f filter, problem string) {
	known := slices.Concat(filters, others)
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(known, name) {
			return f, fmt.Sprintf("There is no parameter %q; there are %s.", name, strings.Join(known, ", "))
		}
	}
	f = filter{
		providers: nonEmpty(query["provider"]),
		projects:  nonEmpty(query["project"]),
		statuses:  nonEmpty(query["status"]),
		text:      strings.ToLower(query.Get("q")),
	}
	for _, s := range f.statuses {
		if _, ok := job.ParseStatus(s); !ok {
			return f, fmt.Sprintf("There is no status %q.", s)
		}
	}
	return f, ""
}

// nonEmpty leaves out what an empty field of a form sends.
func nonEmpty(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })
}

// passes reports whether a job is chosen.
func (f *filter) passes(r *row) bool {
	return chosen(f.providers, r.Provider) && chosen(f.projects, r.Project) && chosen(f.statuses, r.Status) &&
		(f.text == "" || strings.Contains(strings.ToLower(r.ID), f.text))
}

func chosen(values []string, value string) bool {
	return len(values) == 0 || slices.Contains(values, value)
}

// row is a job as it is seen now.
type row struct {
	collector.View
	Status  string
	Expired bool // its retention is over: it is no longer in the metrics
}

// rows gives all jobs of a snapshot, also those that have expired.
func rows(s poller.Snapshot, now time.Time, yield func(*row) bool) {
	for i, states := range [][]*job.State{s.Jobs(), s.Expired()} {
		for _, state := range states {
			r := &row{
				View:    collector.View{State: state, Now: now, MaxStale: s.MaxStale},
				Status:  state.StatusAt(now, s.MaxStale).String(),
				Expired: i == 1,
			}
			if !yield(r) {
				return
			}
		}
	}
}

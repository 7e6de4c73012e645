package provider

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cloudjob_exporter/job"
)

const (
	// pageSize keeps a page below the longest answer that is read, 1 MiB, if a
	// job with all its sub-jobs has up to 5 KB.
	pageSize = 200
	maxPages = 1000
	// maxMarker is far above what the ID of a job may have: a marker is the last
	// one of a page.
	maxMarker = 512
)

// Listed is a job that a list API shows.
type Listed struct {
	ID     string
	Report job.Report
}

// List asks for the jobs of a project that began at since or later ("Querying Jobs",
// ListJobs), and calls page for each page as it comes, with the time at which it was
// asked for. A page has all its jobs, also some that began before, or were on another
// page. It calls turn before each page, and ends where no marker leads on, or one that led
// on before: markers may lead in a circle. A list that goes on for more than 1000 pages is
// an error. An entry that is no job is left out. Errors are those of Fetch and of turn;
// pages that came before one hold.
func (p Project) List(ctx context.Context, a *API, since time.Time, turn func() error, page func(asked time.Time, jobs []Listed)) error {
	query := url.Values{
		"limit": {strconv.Itoa(pageSize)},
		// The zone of this parameter is not documented: ask for a day more.
		"begin_time": {since.Add(-24 * time.Hour).UTC().Format("2006-01-02T15:04:05")},
	}
	markers := map[string]bool{"": true}
	for range maxPages {
		if err := turn(); err != nil {
			return err
		}
		var jobs []Listed
		var next string
		asked := time.Now()
		err := p.Get(ctx, a.Provider, fill(a.List, p.ProjectID(), ""), query, func(body []byte) (err error) {
			jobs, next, err = a.decodePage(body)
			return err
		})
		if err != nil {
			return failure(a.refine(err))
		}
		page(asked, jobs)
		if markers[next] {
			return nil
		}
		markers[next] = true
		query.Set("marker", next)
	}
	return failure(a.badAnswer("the list has no end after %d pages", maxPages))
}

// decodePage reads a page of a list: its jobs, and the marker of the next page.
func (a *API) decodePage(body []byte) (jobs []Listed, next string, err error) {
	root, err := parse(body)
	if err != nil {
		return nil, "", a.badAnswer("no JSON object: %v", err)
	}
	list, ok := root["jobs"].([]any)
	if !ok {
		if err := a.errorIn(root, "", job.Unknown); err != nil {
			return nil, "", err
		}
	}
	for _, v := range list {
		o, _ := v.(map[string]any)
		id := object(o).text("job_id", "id")
		if !job.ValidID(id) {
			continue
		}
		jobs = append(jobs, Listed{ID: id, Report: a.report(o)})
	}
	next = strings.TrimSpace(root.object("page_info").text("next_marker"))
	if len(next) > maxMarker {
		return nil, "", a.badAnswer("a marker of %d bytes", len(next))
	}
	return jobs, next, nil
}

package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

const (
	maxPages    = 1000
	maxFailures = 3 // pages of one listing
	// maxMarker is far above what the ID of a job may have: a marker is the last
	// one of a page.
	maxMarker = 512
)

// Listed is a job that a list API shows.
type Listed struct {
	ID     string
	Report job.Report
}

// List lists the jobs of a project. It calls turn before each page, and page after each
// one that was read, with the time just before it was asked for and the jobs in it: each
// report is an answer about its job, as good as that of Fetch at that time. A job is
// given once, however many pages show it. What is no job, or says no status, is left out.
//
// The API is asked for jobs that began at since or later, but may show others: those
// whose Report.Begin is before since are for the caller to leave out. The order is that
// of the API, which none documents.
//
// The error is that of turn, at once; that of a ctx that is canceled; or else a
// *job.Failure. Pages that were read before it count: an API that pages by offset may
// fail for one page and not for the next. So the listing goes on, unless the failure
// pauses the endpoint or is about more than the page, and gives up after three of them.
// Its error then is that of the last page that failed.
func (r Reader) List(ctx context.Context, a *API, since time.Time, turn func() error, page func(asked time.Time, jobs []Listed)) error {
	if a.List == nil {
		return fmt.Errorf("%s has no list API", strings.TrimSpace(a.Provider+" "+a.Version))
	}
	l := newListing(a.List, since, time.Now())
	var failed error
	for failures := 0; l.pages < maxPages; {
		if err := turn(); err != nil {
			return err
		}
		asked := time.Now()
		read, err := r.readPage(ctx, a, l)
		if err != nil {
			if failures++; failures == maxFailures || !l.skips(err) {
				return err
			}
			failed = err
			l.skip()
			continue
		}
		more := l.take(read)
		page(asked, read.jobs)
		if !more {
			return failed
		}
	}
	return failure(a.badAnswer("the list has no end after %d pages", maxPages))
}

// readPage asks for the next page of a listing.
func (r Reader) readPage(ctx context.Context, a *API, l *listing) (read *listPage, err error) {
	path, query := fillPath(a.List.Path, r.ProjectID(), ""), l.nextQuery()
	decode := func(body []byte) (err error) {
		read, err = a.decodePage(body)
		return err
	}
	if a.List.Post {
		err = r.Post(ctx, a.Provider, path, numbers(query), decode)
	} else {
		err = r.Get(ctx, a.Provider, path, query, decode)
	}
	return read, a.listFailure(err)
}

// numbers are parameters as a JSON object.
func numbers(query url.Values) []byte {
	object := make(map[string]json.Number, len(query))
	for key := range query {
		object[key] = json.Number(query.Get(key))
	}
	body, err := json.Marshal(object)
	if err != nil {
		panic(err) // the table names a parameter that is no number
	}
	return body
}

// listFailure is failure for a list: one that is not found is not there for any job.
func (a *API) listFailure(err error) error {
	err = a.refine(err)
	e, ok := errors.AsType[*cloud.Error](err)
	if !ok {
		return err
	}
	if e.Reason == job.NotFound && e.StatusCode == http.StatusNotFound {
		c := *e
		c.Reason = job.NotPublished
		e = &c
	}
	if e.Reason == job.NotPublished {
		return failure(fmt.Errorf("there is no list of jobs at this endpoint, perhaps nowhere in this cloud or region: %w", e))
	}
	return failure(e)
}

// listPage is what one page of a list says.
type listPage struct {
	jobs  []Listed
	rows  int    // jobs or not
	total int    // of all pages; 0 if the API does not say
	next  string // the marker of the next page; empty: there is none
}

// decodePage reads a page of a list.
func (a *API) decodePage(body []byte) (*listPage, error) {
	v, err := parse(body)
	if err != nil {
		return nil, a.badAnswer("no JSON: %v", err)
	}
	rows, root, err := a.rows(v)
	if err != nil {
		return nil, err
	}
	l := a.List
	p := &listPage{rows: len(rows), total: root.count(l.Total), next: strings.TrimSpace(root.text(keys{l.Next}))}
	if len(p.next) > maxMarker {
		return nil, a.badAnswer("a marker of %d bytes", len(p.next))
	}
	for _, v := range rows {
		o, _ := v.(map[string]any)
		id := object(o).text(l.Fields.ID)
		if r, ok := a.row(o); ok && job.ValidID(id) {
			p.jobs = append(p.jobs, Listed{ID: id, Report: r})
		}
	}
	return p, nil
}

// row is what a row of a list says about its job, if there is one.
func (a *API) row(o object) (r job.Report, ok bool) {
	fields := &a.List.Fields
	if a.List.Resources == nil {
		return a.report(o, fields), o.text(fields.Status) != ""
	}
	r.Status, ok = a.List.Resources.stands(o, fields.Status)
	r.Begin, _ = o.time(fields.Begin)
	return r, ok
}

// rows are the elements of a list, and the object that it stands in. An object without
// one is an error, as is one with an error of the call.
func (a *API) rows(v any) (rows []any, root object, err error) {
	root, _ = v.(map[string]any)
	if code, message := cloud.ErrorIn(root); code != "" {
		return nil, nil, a.errorWith200(code, message)
	}
	inner, there := v, true
	if a.List.Rows != "" {
		inner, there = root.lookUp(a.List.Rows)
	}
	switch inner := inner.(type) {
	case nil:
		if there { // a list without elements, as some programs write it
			return nil, root, nil
		}
	case []any:
		return inner, root, nil
	}
	_, message := cloud.ErrorIn(root)
	if message == "" {
		message = "it has no list of jobs"
	}
	return nil, nil, a.errorWith200("", message)
}

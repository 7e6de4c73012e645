package provider

import (
	"errors"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cloudjob_exporter/job"
)

// List is how an API lists the jobs of a project: data alone.
type List struct {
	Path   string // with {project_id}
	Post   bool   // the parameters, all of them numbers, are sent as a JSON object
	Rows   string // the key of the list of jobs; empty: the answer is the list
	Paging Paging
	Limit  int    // jobs of a page, as many as the API allows, but see maxLimit
	Next   string // byMarker: the key of the marker of the next page
	Total  string // the key of the number of jobs of all pages; empty: the API does not say
	Window Window
	Fields Fields // where a job in the list has its details; what is not given is as in API.Fields
	// Resources is given where the rows are not jobs, but what jobs create, under the same
	// ID. They are no answers about jobs.
	Resources *Resources
}

// Resources says which rows of a list stand for a job.
type Resources struct {
	Only  map[string]string     // values that a row has to have
	Words map[string]job.Status // what the status of a row says of its job; others have none
}

// stands reports whether a row stands for a job, and for one in which status.
func (r *Resources) stands(row object, status keys) (s job.Status, ok bool) {
	for key, value := range r.Only {
		if number(row.at(key)) != value {
			return s, false
		}
	}
	for _, key := range status {
		if s, ok = r.Words[number(row.at(key))]; ok {
			break
		}
	}
	return s, ok
}

// statuses returns those in which a row can say that a job is.
func (r *Resources) statuses() []job.Status {
	return slices.Compact(slices.Sorted(maps.Values(r.Words)))
}

// maxLimit keeps a page below the longest answer that is read, 1 MiB, if a job with all
// its sub-jobs has up to 5 KB.
const maxLimit = 200

// month is the longest window of some lists, 30 days, less the time of a call and what
// clocks may differ by.
const month = 30*24*time.Hour - time.Hour

// Paging is how a list is asked for its next page.
type Paging string

// How lists are paged.
const (
	onePage  Paging = ""       // all jobs are in one answer
	byMarker Paging = "marker" // marker is what the page before says
	byOffset Paging = "offset" // offset is the number of jobs before the page
	// byNumber is for an API that documents byOffset with a first offset of 1, which
	// would leave out a job: most likely, offset is the number of the page. A listing
	// notices if it is not, and loses no job then either.
	byNumber Paging = "number"
)

// Window is how a list is asked for jobs that began in a certain time.
type Window struct {
	Begin   string        // the parameter; empty: the list cannot be asked for that
	End     string        // the same, where the API wants both; empty: it does not
	Layout  string        // of the times, in UTC; empty: milliseconds since 1970
	Margin  time.Duration // how much earlier the window begins than it has to
	Longest time.Duration // how long ago it may begin at most; 0: any time
}

func (w *Window) addTo(query url.Values, since, now time.Time) {
	if w.Begin == "" {
		return
	}
	begin := since.Add(-w.Margin)
	if earliest := now.Add(-w.Longest); w.Longest > 0 && begin.Before(earliest) {
		begin = earliest
	}
	query.Set(w.Begin, w.format(begin))
	if w.End != "" {
		query.Set(w.End, w.format(now))
	}
}

func (w *Window) format(t time.Time) string {
	if w.Layout == "" {
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	return t.UTC().Format(w.Layout)
}

// listing is how far the listing of a project's jobs has come.
type listing struct {
	list     *List
	window   url.Values
	pages    int             // that were asked for
	rows     int             // of these
	marker   string          // of the next page
	offset   int             // of the next page
	numbered bool            // the offset counts pages, as far as is known
	last     bool            // no page follows the one that was asked for
	followed map[string]bool // markers: they may lead in a circle
	seen     map[string]bool // IDs
}

func newListing(l *List, since, now time.Time) *listing {
	window := url.Values{}
	l.Window.addTo(window, since, now)
	first, numbered := 0, l.Paging == byNumber
	if numbered {
		first = 1
	}
	return &listing{list: l, window: window, offset: first, numbered: numbered, followed: map[string]bool{"": true}, seen: map[string]bool{}}
}

// nextQuery returns the parameters that ask for the next page.
func (l *listing) nextQuery() url.Values {
	l.pages++
	q := maps.Clone(l.window)
	if l.list.Paging != onePage {
		q.Set("limit", strconv.Itoa(l.list.Limit))
	}
	switch l.list.Paging {
	case byMarker:
		if l.marker != "" {
			q.Set("marker", l.marker)
		}
	case byOffset, byNumber:
		q.Set("offset", strconv.Itoa(l.offset))
	}
	return q
}

// take takes in a page, leaves in it the jobs that no page before has shown, and reports
// whether another one follows.
func (l *listing) take(p *listPage) (more bool) {
	jobs := p.jobs
	p.jobs = nil
	for _, j := range jobs {
		if !l.seen[j.ID] {
			l.seen[j.ID] = true
			p.jobs = append(p.jobs, j)
		}
	}
	switch l.list.Paging {
	case onePage:
		return false
	case byMarker:
		l.marker = p.next
		more = !l.followed[p.next]
		l.followed[p.next] = true
		return more
	}
	if len(p.jobs) <= 1 && len(p.jobs) < len(jobs) {
		l.numbered = false // this page begins one job after the one before
	}
	l.advance(p.rows)
	// An API may take no notice of the offset. A total may be wrong, or that of this
	// page: it can only make the list longer.
	more = (len(jobs) == 0 || len(p.jobs) > 0) && (p.rows >= l.list.Limit || p.rows > 0 && p.total > l.rows)
	if !more && l.list.Paging == byNumber && !l.last && (!l.numbered || p.total > l.rows) {
		l.offset, l.last = 0, true // the offset counts jobs, and there is one at 0
		return true
	}
	return more && !l.last
}

// advance goes on behind a page of so many rows.
func (l *listing) advance(rows int) {
	l.rows += rows
	if l.numbered {
		rows = 1
	}
	l.offset += rows
}

// skips reports whether the listing can go on without a page that failed so: another one
// may be read, and its place does not depend on this one.
func (l *listing) skips(err error) bool {
	f, ok := errors.AsType[*job.Failure](err)
	if !ok || f.Pauses() || l.last || l.list.Paging != byOffset && l.list.Paging != byNumber {
		return false
	}
	return slices.Contains([]job.Reason{job.Timeout, job.Network, job.ServerError, job.BadResponse}, f.Reason)
}

// skip goes on behind a page that failed.
func (l *listing) skip() { l.advance(l.list.Limit) }

// count is the number that a key holds; 0 if it holds none.
func (o object) count(key string) int {
	n, err := strconv.ParseInt(number(o.at(key)), 10, 64)
	if err != nil || n < 0 || n > math.MaxInt32 {
		return 0
	}
	return int(n)
}

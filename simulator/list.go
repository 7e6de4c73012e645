package simulator

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// offsetList is a list API with offset and limit paging. It lists the newest job
// first. An unknown parameter is an error, so that a client's mistake is noticed.
type offsetList struct {
	rows, total string // keys; total is empty if the answer has none
	textTotal   bool   // the total is a string
	paged       bool   // the answer repeats offset and limit
	limit       limits
	numbered    bool // the offset counts pages, from 1
	times       times
	filters     map[string]func(view) string // by parameter
	row         func(v view, o Options) any
	more        func(page []view) object // further fields of the answer
	bad         problem
}

// limits are the values that the parameter limit may have.
type limits struct {
	otherwise   int // default
	least, most int
	only        []int // if set, the only values allowed
}

// times is the format and the rules of the parameters start_time and end_time.
type times struct {
	layout    string // empty: epoch milliseconds
	mandatory bool
	paired    bool          // start_time needs end_time
	span      time.Duration // maximum; 0: unlimited
	back      time.Duration // maximum age of start_time; 0: unlimited
}

// window is the part of the list that a request asks for.
type window struct {
	limit, offset int
	start, end    time.Time // zero: open
	equal         []func(view) bool
}

var errParameter = errors.New("simulator: bad parameter")

func (l offsetList) answer(a *apiRow, jobs []view, query url.Values, o Options) Answer {
	w, err := l.window(query, time.Now())
	if err != nil {
		return a.errors.answer(l.bad)
	}
	jobs = slices.DeleteFunc(jobs, func(v view) bool { return !w.has(v) })
	slices.SortStableFunc(jobs, func(x, y view) int { return y.Begin.Compare(x.Begin) })
	total := len(jobs)
	first := w.offset
	if l.numbered {
		first = max(w.offset-1, 0) * w.limit
	}
	jobs = jobs[min(first, total):min(first+w.limit, total)]

	rows := []any{}
	for _, v := range jobs {
		rows = append(rows, l.row(v, o))
	}
	body := object{l.rows: rows}
	if l.more != nil {
		body = l.more(jobs)
		body[l.rows] = rows
	}
	if l.total != "" {
		body[l.total] = total
	}
	if l.textTotal {
		body[l.total] = strconv.Itoa(total)
	}
	if l.paged {
		body["offset"], body["limit"] = w.offset, w.limit
	}
	return JSON(http.StatusOK, body)
}

// window reads the parameters of a request.
func (l offsetList) window(query url.Values, now time.Time) (w window, err error) {
	w = window{limit: l.limit.otherwise}
	for name := range query {
		value, bad := query.Get(name), error(nil)
		switch filter := l.filters[name]; {
		case name == "limit":
			w.limit, bad = l.limit.read(value)
		case name == "offset":
			w.offset, bad = limits{most: 1 << 30}.read(value)
		case name == "start_time":
			w.start, bad = l.times.read(value)
		case name == "end_time":
			w.end, bad = l.times.read(value)
		case filter != nil:
			w.equal = append(w.equal, func(v view) bool { return strings.EqualFold(filter(v), value) })
		default:
			bad = errParameter
		}
		if bad != nil {
			return w, bad
		}
	}
	return w, l.times.check(w.start, w.end, now)
}

func (w window) has(v view) bool {
	for _, equal := range w.equal {
		if !equal(v) {
			return false
		}
	}
	return (w.start.IsZero() || !v.Begin.Before(w.start)) && (w.end.IsZero() || !v.Begin.After(w.end))
}

func (l limits) read(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if l.only != nil && !slices.Contains(l.only, n) || l.only == nil && (n < l.least || n > l.most) {
		return 0, errParameter
	}
	return n, err
}

func (t times) read(value string) (time.Time, error) {
	if t.layout != "" {
		return time.Parse(t.layout, value)
	}
	ms, err := strconv.ParseInt(value, 10, 64)
	return time.UnixMilli(ms), err
}

func (t times) check(start, end, now time.Time) error {
	switch {
	case t.mandatory && (start.IsZero() || end.IsZero()),
		t.paired && !start.IsZero() && end.IsZero(),
		!start.IsZero() && !end.IsZero() && end.Before(start),
		t.span > 0 && end.Sub(start) > t.span,
		t.back > 0 && now.Sub(start) > t.back:
		return errParameter
	}
	return nil
}

// The fields that lists can filter by.
func jobID(v view) string       { return v.ID }
func jobType(v view) string     { return v.Type }
func jobStatus(v view) string   { return v.status }
func jobResource(v view) string { return v.ResourceID }

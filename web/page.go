package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

var (
	//go:embed jobs.html
	pageHTML string
	//go:embed style.css
	style []byte
)

const (
	perPage = 200
	// pagePolicy lets the page have its own style sheet and nothing else.
	pagePolicy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

// column is a column of the table, and how it is sorted.
type column struct {
	Key, Name string
	falls     bool // what is greatest comes first, unless asked otherwise
	compare   func(a, b *row) int
}

// columns are those of the table. The first is how it is sorted if nobody says
// otherwise: what needs attention comes first.
var columns = []column{
	{"status", "Status", false, func(a, b *row) int { return cmp.Compare(attention(a), attention(b)) }},
	{"job_id", "Job", false, func(a, b *row) int { return cmp.Compare(a.ID, b.ID) }},
	{"project", "Project", false, func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.Provider, b.Provider))
	}},
	{"duration", "Duration", true, func(a, b *row) int { return cmp.Compare(duration(a), duration(b)) }},
	{"start", "Began", true, func(a, b *row) int { return a.Start().Compare(b.Start()) }},
	{"heard", "Last answer", true, func(a, b *row) int { return a.LastSuccess.Compare(b.LastSuccess) }},
	{"source", "Source", false, func(a, b *row) int { return cmp.Compare(a.Source, b.Source) }},
}

// order is how the column is sorted first.
func (c *column) order() string {
	if c.falls {
		return "desc"
	}
	return "asc"
}

// attention orders statuses by how much a person should look.
func attention(r *row) int {
	order := []job.Status{job.Failed, job.Unknown, job.RollingBack, job.Running, job.Init, job.Canceled, job.Success}
	status, _ := job.ParseStatus(r.Status)
	if stuck(r) {
		return -1
	}
	return slices.Index(order, status)
}

func duration(r *row) time.Duration {
	d, ok := r.DurationAt(r.Now)
	if !ok {
		return -1
	}
	return d
}

func stuck(r *row) bool { return r.StuckAt(r.Now) }

// idle reports whether the last scrape is so long ago that nobody seems to scrape.
func idle(s poller.Snapshot, now time.Time) bool { return now.Sub(s.LastScrape) > 2*s.Interval }

// unpolled reports whether nothing is known of a job because it was never polled.
func unpolled(r *row) bool { return r.LastSuccess.IsZero() && r.Err == "" }

// page is what the template shows.
type page struct {
	Rows                 []*row
	Total, Chosen        int
	From, To             int
	Counts               []count // of all jobs
	Providers, Projects  []string
	Statuses             []string
	Columns              []column
	Sort, Order          string
	Refresh              bool
	Style, Text, Version string
	Metrics              string // the telemetry path
	Now, LastScrape      time.Time
	Idle                 bool // nobody scrapes, so that no job is polled

	query url.Values
	at    int // page, from 0
}

type count struct {
	Status string
	Jobs   int
}

// jobsPage serves the table for people.
type jobsPage struct {
	poller   *poller.Poller
	version  string
	metrics  string // the telemetry path
	style    string // path, which changes with the content
	template *template.Template
}

func newJobsPage(o Options) *jobsPage {
	sum := sha256.Sum256(style)
	return &jobsPage{
		poller: o.Poller, version: o.Version, metrics: o.TelemetryPath,
		style: "/style-" + hex.EncodeToString(sum[:6]) + ".css",
		template: template.Must(template.New("jobs").Funcs(template.FuncMap{
			"humanize": humanize,
			"mark":     func(s string) string { status, _ := job.ParseStatus(s); return statusMarks[status] },
			"words":    func(r job.Reason) string { return sentence(r.Meaning()) },
			"visible":  visible,
			"duration": duration,
			"stuck":    stuck,
			"unpolled": unpolled,
			"relative": relative,
			"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
			"day":      func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
			"has":      slices.Contains[[]string],
		}).Parse(pageHTML)),
	}
}

// serveStyle serves the style sheet, which may be kept for ever.
func (p *jobsPage) serveStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(style)
}

func (p *jobsPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	f, problem := readFilter(query, "sort", "order", "page", "refresh")
	at, err := strconv.Atoi(cmp.Or(query.Get("page"), "1"))
	by := slices.IndexFunc(columns, func(c column) bool { return c.Key == cmp.Or(query.Get("sort"), columns[0].Key) })
	switch {
	case problem != "":
	case err != nil || at < 1:
		problem = "The parameter page is a number from 1 on."
	case by < 0:
		problem = "The parameter sort is the name of a column."
	case !slices.Contains([]string{"", "asc", "desc"}, query.Get("order")):
		problem = "The parameter order is asc or desc."
	}
	if problem != "" {
		http.Error(w, problem, http.StatusBadRequest)
		return
	}
	v := &page{
		Columns: columns, Sort: columns[by].Key, Order: cmp.Or(query.Get("order"), columns[by].order()), Refresh: query.Has("refresh"),
		Style: p.style, Text: query.Get("q"), Version: p.version, Metrics: p.metrics, Now: time.Now(), query: query, at: at - 1,
	}
	v.fill(p.poller.Snapshot(), f, columns[by].compare)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	var text bytes.Buffer
	if err := p.template.Execute(&text, v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(text.Bytes())
}

// fill chooses, counts, sorts, and cuts out one page.
func (v *page) fill(s poller.Snapshot, f filter, compare func(a, b *row) int) {
	v.LastScrape, v.Idle = s.LastScrape, idle(s, v.Now)
	counts, providers, projects := map[string]int{}, map[string]bool{}, map[string]bool{}
	rows(s, v.Now, func(r *row) bool {
		v.Total++
		counts[r.Status]++
		providers[r.Provider], projects[r.Project] = true, true
		if f.passes(r) {
			v.Rows = append(v.Rows, r)
		}
		return true
	})
	for _, s := range job.Statuses() {
		if n := counts[s.String()]; n > 0 {
			v.Counts = append(v.Counts, count{s.String(), n})
			v.Statuses = append(v.Statuses, s.String())
		}
	}
	v.Providers, v.Projects = sortedKeys(providers), sortedKeys(projects)
	slices.SortFunc(v.Rows, func(a, b *row) int {
		order := compare(a, b)
		if v.Order == "desc" {
			order = -order
		}
		return cmp.Or(order, b.Start().Compare(a.Start()), a.Compare(b.Key))
	})
	v.Chosen = len(v.Rows)
	v.at = min(v.at, max(v.Chosen-1, 0)/perPage)
	from := v.at * perPage
	v.Rows = v.Rows[from:min(from+perPage, v.Chosen)]
	v.From, v.To = min(from+1, v.Chosen), from+len(v.Rows)
}

func sortedKeys(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

package provider

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

// shelf is a list API with so many jobs that pages by offset. An answer can be another
// one for a page.
type shelf struct {
	jobs    int
	most    int            // of a page, whatever is asked for
	total   string         // in each page
	deaf    bool           // takes no notice of the offset
	numbers bool           // of pages
	fail    map[int]string // HTTP status and body, by request
	asked   []string       // offsets
}

func (s *shelf) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var limit, offset int
	q := r.URL.Query()
	if _, err := fmt.Sscan(q.Get("limit")+" "+q.Get("offset"), &limit, &offset); err != nil {
		return nil, err
	}
	s.asked = append(s.asked, q.Get("offset"))
	if answer, ok := s.fail[len(s.asked)]; ok {
		if answer == "" {
			return nil, io.ErrUnexpectedEOF
		}
		status, body := 0, ""
		if _, err := fmt.Sscanf(answer, "%d %s", &status, &body); err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
	if s.numbers {
		offset = max(offset-1, 0) * limit
	}
	if s.deaf {
		offset = 0
	}
	var rows []string
	for i := offset; i < min(s.jobs, offset+limit, offset+s.most); i++ {
		rows = append(rows, fmt.Sprintf(`{"id":"job-%04d","job_id":"job-%04d","status":"Running"}`, i, i))
	}
	body := fmt.Sprintf(`{"tasks":[%s],"jobs":[%s]%s}`, strings.Join(rows, ","), strings.Join(rows, ","), s.total)
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func TestPagesByOffset(t *testing.T) {
	for name, test := range map[string]struct {
		shelf
		api   *API
		found int
		asked string
		err   string
	}{
		"none":                           {shelf{}, rds, 0, "0", ""},
		"a short page":                   {shelf{jobs: 49}, rds, 49, "0", ""},
		"a full page":                    {shelf{jobs: 50}, rds, 50, "0 50", ""},
		"a full page that is all":        {shelf{jobs: 50, total: `,"total_count":50`}, rds, 50, "0 50", ""},
		"three pages":                    {shelf{jobs: 101}, rds, 101, "0 50 100", ""},
		"a total that is wrong":          {shelf{jobs: 101, total: `,"total_count":1`}, rds, 101, "0 50 100", ""},
		"a total that is odd":            {shelf{jobs: 101, total: `,"total_count":[]`}, rds, 101, "0 50 100", ""},
		"a total that is too high":       {shelf{jobs: 70, total: `,"total_count":1000`}, rds, 70, "0 50 70", ""},
		"fewer of a page than asked":     {shelf{jobs: 25, most: 10, total: `,"total_count":"25"`}, rds, 25, "0 10 20", ""},
		"the offset has no effect":       {shelf{jobs: 60, deaf: true}, rds, 50, "0 50", ""},
		"as many pages as there are":     {shelf{jobs: 100, numbers: true, total: `,"total_count":100`}, taurusDB, 100, "1 2 3", ""},
		"page numbers, a total too high": {shelf{jobs: 70, numbers: true, total: `,"total_count":71`}, taurusDB, 70, "1 2 3 0", ""},
		"no page numbers, no jobs":       {shelf{total: `,"total_count":0`}, taurusDB, 0, "1", ""},
		"no page numbers, one job":       {shelf{jobs: 1, total: `,"total_count":1`}, taurusDB, 1, "1 0", ""},
		"no page numbers, two jobs":      {shelf{jobs: 2, total: `,"total_count":2`}, taurusDB, 2, "1 2 0", ""},
		"no page numbers, three jobs":    {shelf{jobs: 3, total: `,"total_count":3`}, taurusDB, 3, "1 2 0", ""},
		"no page numbers, a short page":  {shelf{jobs: 50, total: `,"total_count":50`}, taurusDB, 50, "1 2 0", ""},
		"no page numbers, a full page":   {shelf{jobs: 51, total: `,"total_count":51`}, taurusDB, 51, "1 2 0", ""},
		"no page numbers, a job more":    {shelf{jobs: 52, total: `,"total_count":52`}, taurusDB, 52, "1 2 52 0", ""},
		"no page numbers, three pages":   {shelf{jobs: 152, total: `,"total_count":152`}, taurusDB, 152, "1 2 52 102 152 0", ""},
		"no page numbers and no total":   {shelf{jobs: 120}, taurusDB, 120, "1 2 52 102 0", ""},
		"numbers of pages":               {shelf{jobs: 120, numbers: true}, taurusDB, 120, "1 2 3", ""},
		"a page fails":                   {shelf{jobs: 120, fail: map[int]string{2: "500 {}"}}, rds, 70, "0 50 100", "rds answered 500"},
		"the first page fails":           {shelf{jobs: 70, fail: map[int]string{1: "200 {}"}}, rds, 20, "0 50", "rds answered 200: it has no list of jobs"},
		"the last page fails":            {shelf{jobs: 70, fail: map[int]string{2: "200 []"}}, rds, 50, "0 50 100", "rds answered 200: it has no list of jobs"},
		"a page breaks":                  {shelf{jobs: 120, fail: map[int]string{2: ""}}, rds, 70, "0 50 100", `rds: Get "https://rds.test/v3/`},
		"the last one fails":             {shelf{jobs: 50, total: `,"total_count":50`, fail: map[int]string{3: "400 {}"}}, taurusDB, 49, "1 2 0", "taurusdb answered 400"},
		"a page by number fails":         {shelf{jobs: 120, numbers: true, fail: map[int]string{2: "500 {}"}}, taurusDB, 70, "1 2 3", "taurusdb answered 500"},
		"three pages fail":               {shelf{jobs: 500, fail: map[int]string{2: "500 {}", 4: "502 {}", 5: "504 {}"}}, rds, 100, "0 50 100 150 200", "rds answered 504"},
		"a page that pauses":             {shelf{jobs: 120, fail: map[int]string{2: "429 {}"}}, rds, 50, "0 50", "rds answered 429"},
		"a failure, and one of a pause":  {shelf{jobs: 200, fail: map[int]string{2: "500 {}", 3: "503 {}"}}, rds, 50, "0 50 100", "rds answered 503"},
		"a page is forbidden":            {shelf{jobs: 120, fail: map[int]string{2: "403 {}"}}, rds, 50, "0 50", "rds answered 403"},
		"there is no such list": {
			shelf{fail: map[int]string{1: `404 {"error_code":"APIG.0101"}`}},
			dds, 0, "0",
			"there is no list of jobs at this endpoint, perhaps nowhere in this cloud or region: dds answered 404 (APIG.0101)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from := test.shelf
				if from.most == 0 {
					from.most = 1000
				}
				found, err := list(t, &from, test.api, time.Now(), noWait)
				if len(found) != test.found || strings.Join(from.asked, " ") != test.asked {
					t.Errorf("%d jobs at offsets %v; want %d at %s", len(found), from.asked, test.found, test.asked)
				}
				if err == nil && test.err != "" || err != nil && (test.err == "" || !strings.HasPrefix(err.Error(), test.err)) {
					t.Errorf("got %v, want %s", err, test.err)
				}
				if _, ok := errors.AsType[*job.Failure](err); ok != (test.err != "") {
					t.Errorf("%v is no failure", err)
				}
			})
		})
	}
}

// TestNoJobIsLostWhateverTheOffsetCounts: pages, or jobs.
func TestNoJobIsLostWhateverTheOffsetCounts(t *testing.T) {
	for jobs := range 3*taurusDB.List.Limit + 3 {
		if in := jobs % taurusDB.List.Limit; in > 4 && in < taurusDB.List.Limit-2 {
			continue
		}
		for _, numbers := range []bool{true, false} {
			from := shelf{jobs: jobs, most: 1000, numbers: numbers, total: fmt.Sprintf(`,"total_count":%d`, jobs)}
			found, err := list(t, &from, taurusDB, time.Now(), noWait)
			if err != nil || len(found) != jobs {
				t.Errorf("of %d jobs, %d are found at offsets %v (page numbers: %v), %v", jobs, len(found), from.asked, numbers, err)
			}
			if pages := jobs/taurusDB.List.Limit + 1; numbers && len(from.asked) != pages || len(from.asked) > pages+3 {
				t.Errorf("%d jobs take %d calls", jobs, len(from.asked))
			}
		}
	}
}

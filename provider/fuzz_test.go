package provider

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

// FuzzDecodePage: whatever a list API answers, only jobs that may be asked for come of
// it, with texts within bounds, or an error with a reason; and a listing of such pages
// ends.
func FuzzDecodePage(f *testing.F) {
	files, err := filepath.Glob("testdata/*/list/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	more, _ := filepath.Glob("testdata/elb-v3/*.json")
	for _, file := range append(files, more...) {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	for _, body := range []string{
		`{"jobs":[{"job_id":"a","status":"SUCCESS"},{"job_id":"../b"},{"id":".."},null,1],"page_info":{"next_marker":"a"}}`,
		`{"jobs":[],"page_info":{"next_marker":" \n"}}`,
		`{"jobs":{"job_id":"a"},"error_code":"APIG.0308","error_msg":"slow down"}`,
		`{"jobs":[{"job_id":"a","status":"FAIL","begin_time":"soon","sub_jobs":[{"status":"FAIL"}]}],"page_info":[]}`,
		`{"tasks":null,"total_count":-1}`, `{"operation_logs":[[]],"count":"1e9"}`, `[[],{"status":{"status":"Running"},"metadata":{"uid":"a"}}]`, `null`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, a := range apis {
			if a.List != nil {
				checkPage(t, a, body)
			}
		}
	})
}

func checkPage(t *testing.T, a *API, body []byte) {
	page, err := a.decodePage(body)
	if err != nil {
		var e *cloud.Error
		if !errors.As(err, &e) || e.Reason == "" || page != nil {
			t.Errorf("%s: got %v and %v", a.Provider, page, err)
		}
		return
	}
	if len(page.next) > maxMarker || page.total < 0 || page.rows < len(page.jobs) {
		t.Errorf("%s: got %+v", a.Provider, page)
	}
	for _, l := range page.jobs {
		r := l.Report
		if !job.ValidID(l.ID) || (r.Status == job.Unknown) != (r.RawStatus != "") {
			t.Errorf("%s: got %+v", a.Provider, l)
		}
		if utf8.RuneCountInString(r.Type) > maxLabel || utf8.RuneCountInString(r.ErrorCode) > maxLabel ||
			utf8.RuneCountInString(r.FailReason) > maxFailReason || r.FailedSubJobs < 0 || !r.End.IsZero() && !r.Status.Final() {
			t.Errorf("%s: out of bounds: %+v", a.Provider, r)
		}
	}
	l := newListing(a.List, time.Now(), time.Now())
	for l.take(&listPage{jobs: page.jobs, rows: page.rows, total: page.total, next: page.next}) {
		if l.nextQuery(); l.pages > maxPages {
			if page.rows < a.List.Limit && page.total == 0 {
				t.Fatalf("%s: the same page for ever", a.Provider)
			}
			break
		}
	}
}

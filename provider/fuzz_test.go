package provider

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

// FuzzDecodePage: whatever a list API answers, only jobs that may be asked for
// come of it, with texts within bounds, or an error with a reason.
func FuzzDecodePage(f *testing.F) {
	files, err := filepath.Glob("testdata/elb-v3/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
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
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		jobs, next, err := elbV3.decodePage(body)
		if err != nil {
			var e *cloud.Error
			if !errors.As(err, &e) || e.Reason == "" || len(jobs) > 0 || next != "" {
				t.Errorf("got %d jobs, the marker %q and %v", len(jobs), next, err)
			}
			return
		}
		if len(next) > maxMarker {
			t.Errorf("a marker of %d bytes", len(next))
		}
		for _, l := range jobs {
			r := l.Report
			if !job.ValidID(l.ID) {
				t.Errorf("%q is no job ID", l.ID)
			}
			if utf8.RuneCountInString(r.Type) > maxLabel || utf8.RuneCountInString(r.ErrorCode) > maxLabel ||
				utf8.RuneCountInString(r.FailReason) > maxFailReason || r.FailedSubJobs < 0 {
				t.Errorf("out of bounds: %+v", r)
			}
		}
	})
}

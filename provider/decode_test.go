package provider

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

func TestDetailsOfAnswers(t *testing.T) {
	long := strings.Repeat("é", maxLabel)
	for _, test := range []struct {
		name, body string
		want       job.Report
		err        string
	}{
		{name: "cut off", body: `{"status":`, err: "elb answered 200: no JSON object: unexpected EOF"},
		{name: "null", body: `null`, err: "elb answered 200: no JSON object: but null"},
		{
			name: "a list", body: `[]`,
			err: "elb answered 200: no JSON object: but a list",
		},
		{name: "an empty ID before another", body: `{"job_id":"","id":"b","status":"INIT"}`, err: `elb answered 200: it is about another job, "b"`},
		{
			name: "a code of the job's own while it runs", body: `{"status":"running","error_code":"ELB.1","message":"retried"}`,
			want: job.Report{Status: job.Running, ErrorCode: "ELB.1", FailReason: "retried"},
		},
		{
			name: "a code of the call beside it", body: `{"status":"RUNNING","code":"ELB.1","message":"invalid"}`,
			err: "elb answered 200 (ELB.1): invalid",
		},
		{name: "codes that are 0", body: `{"status":"RUNNING","code":0,"error_code":"0"}`, want: job.Report{Status: job.Running}},
		{
			name: "texts that are too long, and in blanks", body: `{"status":"FAIL","error_code":" ` + long + `é","job_type":" ` + long + ` "}`,
			want: job.Report{Status: job.Failed, ErrorCode: long, Type: long},
		},
		{
			name: "sub-jobs that are none", body: `{"status":"RUNNING","sub_jobs":[null,7,"FAIL",{"status":"FAIL"}]}`,
			want: job.Report{Status: job.Running, FailedSubJobs: 1},
		},
		{
			name: "an empty list of sub-jobs, and others under entities", body: `{"status":"RUNNING","sub_jobs":[],"entities":{"sub_jobs":[{"status":"FAIL"}]}}`,
			want: job.Report{Status: job.Running},
		},
		{name: "times that are null", body: `{"status":"INIT","begin_time":null,"end_time":0}`, want: job.Report{Status: job.Init}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := elbV1.Decode([]byte(test.body), "a")
			if got != test.want || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
				t.Errorf("got  %+v, %v\nwant %+v, %s", got, err, test.want, test.err)
			}
		})
	}
}

func TestJobsShareTheirType(t *testing.T) {
	var types [2]string
	for i, id := range []string{"a", "b"} {
		r, err := elbV1.Decode(fmt.Appendf(nil, `{"job_id":%q,"status":"RUNNING","job_type":"createELB"}`, id), id)
		if err != nil {
			t.Fatal(err)
		}
		types[i] = r.Type
	}
	if types[0] != "createELB" || unsafe.StringData(types[0]) != unsafe.StringData(types[1]) { //nolint:gosec // nothing is read
		t.Errorf("%q and %q are two texts", types[0], types[1])
	}
}

func TestTheDocumentedExamplesTakeAsLongAsDocumented(t *testing.T) {
	for name, want := range map[string]time.Duration{
		"cfw/documented":      14 * time.Second,
		"elb-v1.0/documented": 25873 * time.Millisecond,
	} {
		s := &job.State{Report: reports[name]}
		if d, ok := s.DurationAt(time.Now()); !ok || d != want {
			t.Errorf("%s took %v (%v), want %v", name, d, ok, want)
		}
	}
}

func TestAnEndBeforeTheStartGivesNoDuration(t *testing.T) {
	s := &job.State{Report: reports["cfw/end_before_start"]}
	if d, ok := s.DurationAt(time.Now()); ok {
		t.Errorf("got %v", d)
	}
}

func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.json")
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for name, of := range fixtureAPIs {
			r, err := of.api.Decode(body, of.id)
			var e *cloud.Error
			if err != nil {
				if !errors.As(err, &e) || e.Reason == "" {
					t.Errorf("%s: an error without a reason: %v", name, err)
				}
				continue
			}
			if (r.Status == job.Unknown) != (r.RawStatus != "") || !r.End.IsZero() && !r.Status.Final() {
				t.Errorf("%s: status %v and word %q", name, r.Status, r.RawStatus)
			}
			if len([]rune(r.Type)) > maxLabel || len([]rune(r.ErrorCode)) > maxLabel || r.FailedSubJobs < 0 {
				t.Errorf("%s: out of bounds: %+v", name, r)
			}
		}
	})
}

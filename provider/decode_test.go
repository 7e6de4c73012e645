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

var (
	cfwBegin = time.Date(2022, 1, 5, 8, 15, 1, 0, time.UTC)
	cfwEnd   = time.Date(2022, 1, 5, 8, 15, 15, 0, time.UTC)
	elbBegin = time.Date(2017, 9, 29, 9, 49, 37, 399e6, time.UTC)
	elbEnd   = time.Date(2017, 9, 29, 9, 50, 3, 272e6, time.UTC)
	v3Begin  = time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)
)

// reports says what each fixture that is an answer about a job means.
var reports = map[string]job.Report{
	"cfw/documented":         {Status: job.Success, Begin: cfwBegin, End: cfwEnd},
	"cfw/iso_times":          {Status: job.Running, Begin: time.Date(2023, 10, 26, 2, 30, 0, 0, time.UTC)},
	"cfw/numeric_text_times": {Status: job.Success, Begin: cfwBegin, End: cfwEnd},
	"cfw/failed_with_code":   {Status: job.Failed, Begin: cfwBegin, End: cfwEnd, ErrorCode: "CFW.00200016"},
	"cfw/end_before_start":   {Status: job.Success, Begin: cfwEnd, End: cfwBegin},
	"cfw/unknown_status":     {RawStatus: "Rebuilding", Begin: time.Date(2023, 10, 26, 10, 30, 0, 0, time.UTC)},

	"elb-v1.0/documented":         {Status: job.Success, Type: "createELB", Begin: elbBegin, End: elbEnd},
	"elb-v1.0/running":            {Status: job.Running, Type: "deleteELB", Begin: elbBegin},
	"elb-v1.0/init_without_times": {Status: job.Init, Type: "createELB"},
	"elb-v1.0/failed": {
		Status: job.Failed, Type: "createELB", Begin: elbBegin, End: elbEnd,
		ErrorCode: "ELB.1014", FailReason: "quota exceeded:\n<script>",
	},
	"elb-v1.0/failed_by_code_of_the_answer": {
		Status: job.Failed, Type: "createELB", ErrorCode: "ELB.5000", FailReason: "internal error",
	},
	"elb-v1.0/numeric_code":            {Status: job.Failed, ErrorCode: "1014"},
	"elb-v1.0/sub_jobs_at_the_root":    {Status: job.Failed, FailedSubJobs: 1},
	"elb-v1.0/sub_jobs_under_entities": {Status: job.Running, FailedSubJobs: 2},
	"elb-v1.0/sub_jobs_nested":         {Status: job.Failed, FailedSubJobs: 4},
	"elb-v1.0/garbage_times": {
		Status: job.Success, ParseIssue: `begin_time "yesterday" is no time; end_time is neither a text nor a number`,
	},
	"elb-v1.0/seconds_for_milliseconds": {Status: job.Success, ParseIssue: `begin_time "1506678577" is no time`},

	"elb-v3/complete":      {Status: job.Success, Type: "cloneLoadbalancer", Begin: v3Begin, End: v3Begin.Add(90 * time.Second)},
	"elb-v3/rolling_back":  {Status: job.RollingBack, Type: "cloneLoadbalancer", Begin: v3Begin, FailedSubJobs: 1},
	"elb-v3/rollback_fail": {Status: job.Failed, Type: "cloneListener", Begin: v3Begin, End: v3Begin.Add(10 * time.Second), ErrorCode: "ELB.9803", FailReason: "rollback failed"},
	"elb-v3/canceled":      {Status: job.Canceled, Type: "cloneListener"},
}

// refusals says what each fixture that is no answer about the job is taken for.
var refusals = map[string]struct {
	reason job.Reason
	text   string
}{
	"cfw/error_with_200":       {job.NotFound, "cfw answered 200 (CFW.00200005): operation content does not exist"},
	"cfw/error_beside_success": {job.RateLimited, "cfw answered 200 (APIG.0308): throttled"},
	"cfw/null_data":            {job.BadResponse, "cfw answered 200: it has no status"},
	"cfw/other_job":            {job.BadResponse, `cfw answered 200: it is about another job, "00000000-0000-0000-0000-000000000000"`},
	"cfw/status_twice":         {job.BadResponse, `cfw answered 200: no JSON object: the key "status" is there twice`},
	"cfw/numeric_status":       {job.BadResponse, "cfw answered 200: Not Found"},

	"elb-v1.0/error_with_200":         {job.BadResponse, "elb answered 200 (ELB.1003): Lb not exist"},
	"elb-v1.0/error_beside_success":   {job.BadResponse, "elb answered 200 (ELB.0002): invalid"},
	"elb-v1.0/gateway_error_with_200": {job.NotPublished, "elb answered 200 (APIGW.0101): The API does not exist or has not been published"},
	"elb-v1.0/iam_error_with_200":     {job.BadResponse, "elb answered 200 (401): The request you have made requires authentication."},
	"elb-v1.0/empty_object":           {job.BadResponse, "elb answered 200: it has no status"},
	"elb-v1.0/two_objects":            {job.BadResponse, "elb answered 200: no JSON object: something follows it"},
	"elb-v1.0/status_twice":           {job.BadResponse, `elb answered 200: no JSON object: the key "status" is there twice`},

	"elb-v3/job_twice":   {job.BadResponse, `elb answered 200: no JSON object: the key "job" is there twice`},
	"elb-v3/no_envelope": {job.BadResponse, "elb answered 200: it has no status"},
}

var fixtureAPIs = map[string]struct {
	api *API
	id  string
}{
	"cfw":      {&cfw, "f588ce71-e26c-400d-8981-f854355f6849"},
	"elb-v1.0": {&elbV1, "ff8080825ecc523f015ecd0a98f82f77"},
	"elb-v3":   {&elbV3, "b9aa3bf2-5a5c-4a08-a7e0-1f4a4ea8e4a2"},
}

func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) != len(reports)+len(refusals) {
		t.Fatalf("%d fixtures for %d expectations (%v)", len(files), len(reports)+len(refusals), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), "testdata/"), ".json")
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			of := fixtureAPIs[filepath.Base(filepath.Dir(file))]
			got, err := of.api.Decode(body, of.id)
			if want, ok := refusals[name]; ok {
				var e *cloud.Error
				if !errors.As(err, &e) || e.Reason != want.reason || e.Error() != want.text {
					t.Errorf("got %v, want %s %q", err, want.reason, want.text)
				}
				return
			}
			if want, ok := reports[name]; !ok || err != nil || got != want {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}

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
			if (r.Status == job.Unknown) != (r.RawStatus != "") {
				t.Errorf("%s: status %v and word %q", name, r.Status, r.RawStatus)
			}
			if len([]rune(r.Type)) > maxLabel || len([]rune(r.ErrorCode)) > maxLabel || r.FailedSubJobs < 0 {
				t.Errorf("%s: out of bounds: %+v", name, r)
			}
		}
	})
}

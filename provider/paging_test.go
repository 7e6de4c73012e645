package provider

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

// TestLists reads the documented answer of each list, and looks at what it was asked for.
func TestLists(t *testing.T) {
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		since time.Duration
		query string // in the year 2000, when synctest begins
		want  []Listed
	}{
		"elb-v3": {day, "/v3/{p}/elb/jobs?begin_time=1999-12-30T00%3A00%3A00&limit=200", []Listed{
			{"b9aa3bf2-5a5c-4a08-a7e0-1f4a4ea8e4a2", reports["elb-v3/complete"]},
			{"b9aa3bf2-5a5c-4a08-a7e0-1f4a4ea8e4a3", job.Report{Status: job.RollingBack, Type: "batchCreateV3Loadbalancer", Begin: v3Begin, FailedSubJobs: 1}},
		}},
		"cfw": {day, `/v1/{p}/firewalls/list?{"limit":200,"offset":0}`, []Listed{
			{"f588ce71-e26c-400d-8981-f854355f6849", job.Report{Status: job.Running, Begin: at("2024-02-29T03:07:58.375")}},
			{"f588ce71-e26c-400d-8981-f854355f6850", job.Report{Status: job.Failed, Begin: at("2024-02-29T03:07:58.376")}},
			{"f588ce71-e26c-400d-8981-f854355f6852", job.Report{Status: job.Running}},
		}},
		"rds": {day, "/v3/{p}/tasklist?end_time=946684800000&limit=50&offset=0&start_time=946598400000", []Listed{
			{"31b8ae23-c687-4d80-b7b4-42a66c9bb886", job.Report{Status: job.Running, Type: "CreateMysqlSingleHAInstance", Begin: at("2025-11-24T10:41:14")}},
			{"31b8ae23-c687-4d80-b7b4-42a66c9bb887", job.Report{
				Status: job.Failed, Type: "RestartMysqlInstance", Begin: at("2025-11-23T10:41:14"), End: at("2025-11-23T10:42:14"), FailReason: "restart failed.",
			}},
		}},
		"dds": {365 * day, "/v3.1/{p}/jobs?end_time=2000-01-01T00%3A00%3A00%2B0000&limit=100&offset=0&start_time=1999-12-02T01%3A00%3A00%2B0000", []Listed{
			{"9d10bfd1-affb-49c3-b977-298950a8d6fa", job.Report{Status: job.Success, Type: "Create_MongoDB", Begin: ddsBegin, End: ddsBegin.Add(10 * time.Minute)}},
			{"9d10bfd1-affb-49c3-b977-298950a8d6fb", reports["dds/running_with_end"]},
		}},
		"taurusdb": {day, "/v3/{p}/immediate-jobs?end_time=2000-01-01T00%3A00%3A00%2B0000&limit=50&offset=1&start_time=1999-12-31T00%3A00%3A00%2B0000", []Listed{
			{"a9767ede-fe0f-4888-9003-e843a4c90514", job.Report{Status: job.Init, Type: "CreateGaussDBforMySQLInstance", Begin: at("2025-11-24T02:41:14")}},
			{"a9767ede-fe0f-4888-9003-e843a4c90515", job.Report{
				Status: job.Success, Type: "RebootGaussDBforMySQLInstance", Begin: at("2025-11-24T02:41:14"), End: at("2025-11-24T02:42:14"),
			}},
		}},
		"gaussdb": {day, "/v3/{p}/tasks?end_time=946684800000&limit=100&offset=0&start_time=946598400000", []Listed{
			{"5cbb8a90-2253-4cff-8a13-49aa8f31dfb5", reports["gaussdb/failed"]},
		}},
		"ddm": {40 * day, "/v3/{p}/jobs?end_time=946684800000&limit=128&offset=0&start_time=944096400000", []Listed{
			{"31b8ae23-c687-4d80-b7b4-42a66c9bb886", job.Report{Status: job.RollingBack, Type: "CreateInstance", Begin: ddmBegin}},
			{"31b8ae23-c687-4d80-b7b4-42a66c9bb887", job.Report{Status: job.Failed, Type: "CreateInstance", Begin: ddmBegin, End: ddmEnd, FailReason: "no resources"}},
			{"31b8ae23-c687-4d80-b7b4-42a66c9bb888", job.Report{Status: job.Canceled, Type: "CreateInstance", Begin: ddmBegin, End: ddmEnd}},
		}},
		"cbr": {day, "/v3/{p}/operation-logs?end_time=2000-01-01T00%3A00%3A00Z&limit=200&offset=0&start_time=1999-12-31T00%3A00%3A00Z", []Listed{
			{"4827f2da-b008-4507-ab7d-42d0df5ed912", reports["cbr/success"]},
			{"4827f2da-b008-4507-ab7d-42d0df5ed913", job.Report{
				Status: job.Failed, Type: "restore", Begin: at("2020-02-23T01:00:32"), End: at("2020-02-23T01:01:32"), ErrorCode: "BackupService.9999", FailReason: "no space",
			}},
		}},
		"dcs": {day, "/v2/{p}/tasks?end_time=20000101000000&limit=200&offset=0&start_time=19991231000000", []Listed{
			{"ff8080818822bbf70188235afc24141a", job.Report{Status: job.Success, Type: "EXTEND", Begin: at("2020-06-17T07:38:42.503"), End: at("2020-06-17T07:39:42.503")}},
		}},
		"cce-v2": {day, "/api/v2/projects/{p}/jobs?", []Listed{
			{"354331b2c-229a-11e8-9c75-0255ac100ceb", reports["cce-v2/failed"]},
			{"354331b2c-229a-11e8-9c75-0255ac100cec", job.Report{Status: job.Running, Type: "DeleteNode", Begin: v2Created}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				body, err := os.ReadFile(filepath.Join("testdata", name, "list", "page.json"))
				if err != nil {
					t.Fatal(err)
				}
				from := &pages{status: 200, bodies: []string{string(body), `{"jobs":[]}`}}
				got, err := list(t, from, fixtureAPIs[name].api, time.Now().Add(-test.since), noWait)
				if err != nil || !slices.Equal(got, test.want) {
					t.Errorf("got  %+v, %v\nwant %+v", got, err, test.want)
				}
				if want := strings.ReplaceAll(test.query, "{p}", projectID); from.queries[0] != want {
					t.Errorf("asked for  %s\nwant %s", from.queries[0], want)
				}
			})
		})
	}
}

// TestEachListIsTested: so a new one needs a page of its own, too.
func TestEachListIsTested(t *testing.T) {
	for name, of := range fixtureAPIs {
		if _, err := os.Stat(filepath.Join("testdata", name, "list", "page.json")); (err == nil) != (of.api.List != nil) {
			t.Errorf("%s: a list: %v; a page of it: %v", name, of.api.List != nil, err)
		}
	}
}

func TestATurnEndsAListing(t *testing.T) {
	putOff := errors.New("put off")
	from, turns := &shelf{jobs: 500, most: 1000, fail: map[int]string{2: "500 {}"}}, 0
	found, err := list(t, from, rds, time.Now(), func() error {
		if turns++; turns == 4 {
			return putOff
		}
		return nil
	})
	if !errors.Is(err, putOff) || len(found) != 100 || len(from.asked) != 3 {
		t.Errorf("%d jobs of %d pages, %v", len(found), len(from.asked), err)
	}
}

// TestThePageIsAskedForAfterTheTurn: so the time of an answer is that of its own request.
func TestThePageIsAskedForAfterTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times []time.Duration
		start := time.Now()
		err := newProjectAt(t, &shelf{jobs: 120, most: 1000}).List(t.Context(), rds, start, func() error {
			time.Sleep(time.Minute)
			return nil
		}, func(asked time.Time, _ []Listed) { times = append(times, asked.Sub(start)) })
		if want := []time.Duration{time.Minute, 2 * time.Minute, 3 * time.Minute}; err != nil || !slices.Equal(times, want) {
			t.Errorf("asked at %v, %v", times, err)
		}
	})
}

func TestAListThatIsCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := newProjectAt(t, &shelf{jobs: 120, most: 1000})
	err := p.List(ctx, rds, time.Now(), noWait, func(time.Time, []Listed) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAnAPIWithoutAList(t *testing.T) {
	_, err := list(t, &pages{}, ecs, time.Now(), noWait)
	if err == nil || err.Error() != "ecs has no list API" {
		t.Errorf("got %v", err)
	}
}

// TestRowsAreHeldToTheRulesOfAnswers: a word in no table, an odd time, and what is no
// answer at all.
func TestRowsAreHeldToTheRulesOfAnswers(t *testing.T) {
	from := &pages{status: 200, bodies: []string{`{"tasks":[
		{"id":"a","name":"n","status":"Paused","create_time":"soon","end_time":"2025-11-24T10:41:14+0000"},
		{"id":"b","name":"n"}, {"id":"c","status":""}, {"id":"d","status":7}, {"id":"..","status":"Running"}, {"status":"Running"}, null, [], "e",
		{"id":"f","status":"RUNNING","end_time":"later"}, {"id":"f","status":"Completed"}]}`}}
	found, err := list(t, from, rds, time.Now(), noWait)
	want := []Listed{
		{"a", job.Report{RawStatus: "Paused", Type: "n", ParseIssue: `create_time "soon" is no time`}},
		{"f", job.Report{Status: job.Running}},
	}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("got  %+v, %v\nwant %+v", found, err, want)
	}
}

// TestASharedFailureStaysAsItWas: others may hold the error of the same call.
func TestASharedFailureStaysAsItWas(t *testing.T) {
	all := &cloud.Error{Reason: job.NotFound, Service: "dcs", StatusCode: 404}
	if f := job.AsFailure(dcs.listFailure(all)); f.Reason != job.NotPublished || all.Reason != job.NotFound {
		t.Errorf("got %s, and %s for others", f.Reason, all.Reason)
	}
}

package provider

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
var reports = merged(reportsCFWAndELB, reportsCombined, reportsDatabases, reportsOthers)

var reportsCFWAndELB = map[string]job.Report{
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

	"ecs/missing_with_200":     {job.NotFound, "ecs answered 200 (Common.0011): Failed to query system tasks."},
	"evs/error_with_200":       {job.BadResponse, "evs answered 200 (XXX): XXXX"},
	"dcs/missing_with_200":     {job.BadResponse, "dcs answered 200 (111400070): Invalid task ID format."},
	"sfs_turbo/error_with_200": {job.NotFound, "sfs_turbo answered 200 (SFS.TURBO.0019): Invalid Job Id"},
	"rds/missing_with_200":     {job.NotFound, "rds answered 200 (DBS.200543): The job does not exist."},
	"rds/null_job":             {job.BadResponse, "rds answered 200: it has no status"},
	"rds/list_for_job":         {job.BadResponse, "rds answered 200: it has no status"},
	"cbr/missing_with_200":     {job.NotFound, "cbr answered 200 (BackupService.6500): Operation log does not exist."},
	"cce-v3/error_with_200":    {job.NotFound, "cce answered 200 (CCE.01404001): Resource not found"},
	"cce-v3/status_is_text":    {job.BadResponse, "cce answered 200: it has no status"},
	"cce-v3/other_job":         {job.BadResponse, `cce answered 200: it is about another job, "fd474fab-9606-11e8-baa9-0255ac10215d"`},

	"elb-v3/job_twice":   {job.BadResponse, `elb answered 200: no JSON object: the key "job" is there twice`},
	"elb-v3/no_envelope": {job.BadResponse, "elb answered 200: it has no status"},
}

func merged(all ...map[string]job.Report) map[string]job.Report {
	one := map[string]job.Report{}
	for _, m := range all {
		maps.Copy(one, m)
	}
	return one
}

// fixtureAPIs are the APIs by the names of their folders, with the ID of the job that
// their fixtures are about.
var fixtureAPIs = map[string]struct {
	api *API
	id  string
}{
	"cfw":       {cfw, "f588ce71-e26c-400d-8981-f854355f6849"},
	"elb-v1.0":  {elbV1, "ff8080825ecc523f015ecd0a98f82f77"},
	"elb-v3":    {elbV3, "b9aa3bf2-5a5c-4a08-a7e0-1f4a4ea8e4a2"},
	"ecs":       {ecs, "2c9eb2c5544cbf6101544f0602af2b4f"},
	"evs":       {evs, "4010a32d535527910153552b492c0002"},
	"ims":       {ims, "9a175ac892fa13420193006a49173317"},
	"bms":       {bms, "2c9eb2c5544cbf6101544f0602af2b4f"},
	"sdrs":      {sdrs, "0000000062db92d70162db9d200f000a"},
	"dcs":       {dcs, "ff8080818822bbf70188235afc24141a"},
	"sfs_turbo": {sfsTurbo, "26f6b565-xxxx-XXXX-xxxx-03f0bd975433"},
	"rds":       {rds, "31b8ae23-c687-4d80-b7b4-42a66c9bb886"},
	"dds":       {dds, "9d10bfd1-affb-49c3-b977-298950a8d6fa"},
	"taurusdb":  {taurusDB, "a9767ede-fe0f-4888-9003-e843a4c90514"},
	"gaussdb":   {gaussDB, "5cbb8a90-2253-4cff-8a13-49aa8f31dfb5"},
	"ddm":       {ddm, "31b8ae23-c687-4d80-b7b4-42a66c9bb886"},
	"dws":       {dws, "2c9080e88459fa44018459fbeb600001"},
	"cbr":       {cbr, "4827f2da-b008-4507-ab7d-42d0df5ed912"},
	"cce-v3":    {cceV3, "354331b2c-229a-11e8-9c75-0255ac100ceb"},
	"cce-v2":    {cceV2, "354331b2c-229a-11e8-9c75-0255ac100ceb"},
}

func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) != len(reports)+len(refusals) {
		t.Fatalf("%d fixtures for %d expectations (%v)", len(files), len(reports)+len(refusals), err)
	}
	if len(fixtureAPIs) != len(apis) {
		t.Errorf("%d of %d APIs have fixtures", len(fixtureAPIs), len(apis))
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

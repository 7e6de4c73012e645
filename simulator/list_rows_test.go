package simulator

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestListsAreShapedAsDocumented compares rows with the examples of the API
// references; names of instances are the same in all rows.
func TestListsAreShapedAsDocumented(t *testing.T) {
	ended := func(api API, begin, end string, j Job) Job {
		j.API, j.Begin = api, instant(t, begin)
		word := api.Succeeds
		if j.FailReason != "" {
			word = api.Fails
		}
		j.Plan = word(instant(t, end).Sub(j.Begin))
		return j
	}
	for name, tt := range map[string]struct {
		api  API
		jobs []Job
		at   string
		want string
	}{
		"rds": {
			RDS,
			[]Job{ended(RDS, "2020-07-15T07:46:10Z", "2020-07-15T09:46:10Z", Job{
				ID: "676e9f17f9b74289883a44a47b8101f5", Type: "RestoreSqlserverInInstance", ResourceID: "4d00c7e9d22145deb889937a72b59c8ein01",
			})},
			"2020-07-16T00:00:00Z",
			`{"tasks":[{"id":"676e9f17f9b74289883a44a47b8101f5","name":"RestoreSqlserverInInstance","instance_id":"4d00c7e9d22145deb889937a72b59c8ein01",
				"instance_name":"rds-local-scale","instance_status":"normal","order_id":"","process":"","create_time":"2020-07-15T07:46:10+0000",
				"end_time":"2020-07-15T09:46:10+0000","status":"Completed"}],"actions":["RestoreSqlserverInInstance"],"total_count":1}`,
		},
		"rds plans the end of a running task": {
			RDS,
			[]Job{{API: RDS, ID: "r", Type: "t", ResourceID: "i", Begin: instant(t, "2020-07-15T07:46:10Z"), Plan: RDS.Hangs()}},
			"2020-07-15T07:47:00Z",
			`{"tasks":[{"id":"r","name":"t","instance_id":"i","instance_name":"rds-local-scale","instance_status":"normal","order_id":"","process":"60%",
				"create_time":"2020-07-15T07:46:10+0000","end_time":"2020-07-15T09:46:10+0000","status":"Running"}],"actions":["t"],"total_count":1}`,
		},
		"gaussdb": {
			GaussDB,
			[]Job{ended(GaussDB, "2022-08-05T00:15:07Z", "2022-08-08T19:06:52Z", Job{
				ID: "03bc055a-135c-4245-8bd8-b0bc6d3350b3", Type: "CreateGaussDBV5Instance", ResourceID: "ce2dce50f365430abe161bab79495a6ein14",
				FailReason: "An exception occurs when the ECS processes services.",
			})},
			"2022-08-10T00:00:00Z",
			`{"tasks":[{"instance_info":{"instance_id":"ce2dce50f365430abe161bab79495a6ein14","instance_name":"gauss-6568-zzh","instance_status":"creating"},
				"job_id":"03bc055a-135c-4245-8bd8-b0bc6d3350b3","name":"CreateGaussDBV5Instance","status":"Failed","process":null,
				"fail_reason":"An exception occurs when the ECS processes services.","created_at":"2022-08-05T08:15:07+0800","ended_at":"2022-08-09T03:06:52+0800"}],"total_count":1}`,
		},
		"dds": {
			DDS,
			[]Job{{API: DDS, ID: "d", Type: "CreateMongoDB", ResourceID: "i", Begin: instant(t, "2021-07-13T07:28:43Z"), Plan: DDS.Hangs()}},
			"2021-07-13T07:28:44Z",
			`{"jobs":[{"id":"d","name":"CreateMongoDB","status":"Running","created_at":"2021-07-13T07:28:43+0000","ended_at":"2021-07-13T07:28:53+0000",
				"progress":"9%","fail_reason":"","instance_id":"i","instance_name":"dds-3fae"}]}`,
		},
		"taurusdb": {
			TaurusDB,
			[]Job{
				ended(TaurusDB, "2023-01-01T00:00:00Z", "2023-01-01T00:10:00Z", Job{ID: "old", Type: "t"}),
				{API: TaurusDB, ID: "new", Type: "u", Begin: instant(t, "2023-01-01T00:05:00Z"), Plan: TaurusDB.Hangs()},
			},
			"2023-01-01T01:00:00Z",
			`{"jobs":[{"job_id":"new","job_name":"u","status":"Running","created_time":"2023-01-01T08:05:00+0800","ended_time":"","process":"60%","fail_reason":"",
				"instance_id":"","instance_name":"taurus-1","instance_status":"normal","order_id":""},{"job_id":"old","job_name":"t","status":"Completed","created_time":"2023-01-01T08:00:00+0800","ended_time":"2023-01-01T08:10:00+0800","process":"","fail_reason":"",
				"instance_id":"","instance_name":"taurus-1","instance_status":"normal","order_id":""}],"total_count":2}`,
		},
		"ddm": {
			DDM,
			[]Job{
				{API: DDM, ID: "92370d30-3ddc-4e05-b8ab-51662d824318", Type: "migrateLogicDb", ResourceID: "i", Begin: instant(t, "2025-05-20T15:05:13Z"), Plan: Plan{{0, "ToBeSwitched"}}},
				ended(DDM, "2025-05-20T07:51:47Z", "2025-05-20T07:56:54Z", Job{ID: "57933931-9323-422d-8f3d-20a62eb00c4e", Type: "CreateInstance", ResourceID: "i"}),
			},
			"2025-05-20T16:00:00Z",
			`{"jobs":[{"id":"92370d30-3ddc-4e05-b8ab-51662d824318","name":"migrateLogicDb","status":"ToBeSwitched","created_time":"2025-05-20T15:05:13+0000","end_time":"2025-05-20T15:05:13+0000",
				"process":"","instance_name":"UTS-ddm-dtc-src","instance_id":"i","operations":[],"database_name":"","fail_reason":""},
				{"id":"57933931-9323-422d-8f3d-20a62eb00c4e","name":"CreateInstance","status":"Completed","created_time":"2025-05-20T07:51:47+0000","end_time":"2025-05-20T07:56:54+0000",
				"process":"","instance_name":"UTS-ddm-dtc-src","instance_id":"i","operations":[],"database_name":"","fail_reason":""}],"offset":0,"limit":10,"total":2}`,
		},
		"cbr has microseconds without a zone": {
			CBR,
			[]Job{{
				API: CBR, ProjectID: "p", ID: "c", Type: "backup", ResourceID: "s", Begin: instant(t, "2019-05-23T14:31:36.00723Z"), Plan: CBR.Hangs(),
			}},
			"2019-05-23T14:32:00Z",
			`{"count":1,"limit":1000,"offset":0,"operation_logs":[{"status":"running","provider_id":"0daac4c5-6707-4851-97ba-169e36266b66","checkpoint_id":"b432511f-d889-428f-8b0e-5f47c524c6b6",
				"updated_at":"2019-05-23T14:31:36.080230","error_info":{"message":"","code":""},"vault_id":null,"started_at":"2019-05-23T14:31:36.007230","id":"c",
				"extra_info":{"resource":{"type":"OS::Nova::Server","id":"s","name":"ECS-0001"},"backup":{"backup_name":"manualbk_1234","backup_id":"0e5d0ef6-7f0a-4890-b98c-cb12490e31c1"},
				"common":{"progress":50,"request_id":"req-cdb98cc4-e87b-4f40-9b4a-57ec036620bc"}},"ended_at":null,"created_at":"2019-05-23T14:31:36.039230","operation_type":"backup",
				"vault_name":null,"project_id":"p","policy_id":null}]}`,
		},
		"dcs": {
			DCS,
			[]Job{ended(DCS, "2020-06-17T07:38:42.503Z", "2020-06-17T07:40:42.503Z", Job{ID: "d", Type: "masterStandbySwapJob", ErrorCode: "111400094", FailReason: "no"})},
			"2020-06-18T00:00:00Z",
			`{"task_count":"1","tasks":[{"id":"task-d","job_id":"d","name":"masterStandbySwapJob","status":"FAIL","user_name":"reader",
				"created_at":"2020-06-17T07:38:42.503Z","updated_at":"2020-06-17T07:40:42.503Z","error_code":"111400094"}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var known []view
			for _, j := range tt.jobs {
				v, ok := j.view(instant(t, tt.at))
				if !ok {
					t.Fatal("the cloud does not know the job")
				}
				known = append(known, v)
			}
			query := url.Values{}
			if tt.api == DDS {
				query = url.Values{"start_time": {"2021-07-01T00:00:00Z"}, "end_time": {"2021-07-31T00:00:00+0000"}}
			}
			synctest.Test(t, func(t *testing.T) {
				if tt.api == DDM { // judges by the time of the request
					begin := time.Now().Add(time.Hour).UnixMilli()
					query = url.Values{"start_time": {millis(time.UnixMilli(begin)).(string)}, "end_time": {"1800000000000"}}
				}
				row := tt.api.row()
				answer := row.list(row, known, query, Options{})
				wantJSON(t, bytes.NewReader(answer.Body), tt.want)
			})
		})
	}
}

func TestListsFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		begin := time.Now()
		add := func(api API, id string, after time.Duration, plan Plan) {
			c.AddJob(Job{API: api, ProjectID: testProject, ID: id, Type: "type-" + id, ResourceID: "r-" + id, Begin: begin.Add(after), Plan: plan})
		}
		for _, api := range []API{RDS, DDS, TaurusDB, GaussDB, DDM, CBR, DCS} {
			add(api, "a", 0, api.Succeeds(time.Minute))
			add(api, "b", time.Hour, api.Hangs())
			add(api, "c", 2*time.Hour, api.Fails(time.Minute))
		}
		time.Sleep(3 * time.Hour)
		const january = "start_time=2000-01-01T00:00:00Z&end_time=2000-01-31T00:00:00Z"
		for _, tt := range []struct {
			api         API
			query, want string
		}{
			{RDS, "status=running", "b"}, // whatever the case
			{RDS, "name=type-a", "a"},
			{RDS, "id=c&status=Failed", "c"},
			{RDS, "instance_id=r-b", "b"},
			{RDS, "start_time=946688400000&end_time=946688400000", "b"},
			{DDS, january + "&status=Completed", "a"},
			{DDS, "start_time=2000-01-01T01:00:00%2B0000&end_time=2000-01-01T10:00:00%2B0800", "cb"},
			{TaurusDB, "job_name=type-c", "c"},
			{TaurusDB, "offset=1&end_time=2000-01-01T08:30:00%2B0800", "a"},
			{GaussDB, "start_time=946688400001", "c"},
			{GaussDB, "status=Running&name=type-b", "b"},
			{DDM, "start_time=946684800000&end_time=946688400000", "ba"},
			{CBR, "status=running", "b"},
			{CBR, "operation_type=type-c&resource_id=r-c", "c"},
			{CBR, "start_time=2000-01-01T01:00:00Z&end_time=2000-01-01T01:30:00Z", "b"},
			{DCS, "start_time=20000101003000&end_time=20000101013000", "b"},
		} {
			row := tt.api.row()
			answer := get(t, c, row.at(row.listPath, "")+"?"+tt.query).Body.String()
			got := ""
			for _, id := range []string{"c", "b", "a"} {
				if strings.Contains(answer, `"type-`+id+`"`) {
					got += id
				}
			}
			if got != tt.want {
				t.Errorf("%s: %s shows %q, want %q: %s", tt.api, tt.query, got, tt.want, answer)
			}
		}
	})
}

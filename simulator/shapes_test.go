package simulator

import (
	"bytes"
	"testing"
	"time"
)

// instant parses a time in RFC 3339.
func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestJobsAreShapedAsDocumented compares answers with the examples of the API
// references, without their slips.
func TestJobsAreShapedAsDocumented(t *testing.T) {
	for name, tt := range map[string]struct {
		api              API
		begin, end, at   string // the job ends at end, and is looked at then or at another time
		plan             func(d time.Duration) Plan
		job              Job
		subBegin, subEnd string
		want             string
	}{
		"ecs": {
			api: ECS, begin: "2016-04-25T20:04:34.604Z", end: "2016-04-25T20:08:41.593Z", plan: ECS.Succeeds,
			job: Job{ID: "2c9eb2c5544cbf6101544f0602af2b4f", Type: "createServer", SubJobs: []Job{{
				ID: "2c9eb2c5544cbf6101544f0635672b60", Type: "createSingleServer", ResourceID: "bae51750-0089-41a1-9b18-5c777978ff6d",
			}}},
			subBegin: "2016-04-25T20:04:47.591Z", subEnd: "2016-04-25T20:08:21.328Z",
			want: `{"status":"SUCCESS","entities":{"sub_jobs_total":1,"sub_jobs":[{"status":"SUCCESS","entities":{"server_id":"bae51750-0089-41a1-9b18-5c777978ff6d"},
				"job_id":"2c9eb2c5544cbf6101544f0635672b60","job_type":"createSingleServer","begin_time":"2016-04-25T20:04:47.591Z","end_time":"2016-04-25T20:08:21.328Z","error_code":null,"fail_reason":null}]},
				"job_id":"2c9eb2c5544cbf6101544f0602af2b4f","job_type":"createServer","begin_time":"2016-04-25T20:04:34.604Z","end_time":"2016-04-25T20:08:41.593Z","error_code":null,"fail_reason":null}`,
		},
		"ecs running, as it really answers": {
			api: ECS, begin: "2022-02-17T05:41:55.441Z", at: "2022-02-17T05:42:00Z",
			job: Job{ID: "ff8080827e7810fb017f06338a731328", Type: "createServer", SubJobs: []Job{{
				ID: "ff8080827e7810fb017f06338ae3132c", Type: "createSingleServer", ResourceID: "1c74e090-c569-4b52-9eaa-fd34776cec28",
			}}},
			subBegin: "2022-02-17T05:41:55.554Z",
			want: `{"begin_time":"2022-02-17T05:41:55.441Z","end_time":"","entities":{"sub_jobs":[{"begin_time":"2022-02-17T05:41:55.554Z","end_time":"","entities":{"server_id":"1c74e090-c569-4b52-9eaa-fd34776cec28"},
				"job_id":"ff8080827e7810fb017f06338ae3132c","job_type":"createSingleServer","status":"RUNNING"}],"sub_jobs_total":1},"job_id":"ff8080827e7810fb017f06338a731328","job_type":"createServer","status":"RUNNING"}`,
		},
		"bms failed": {
			api: BMS, begin: "2016-04-25T20:04:34.604Z", end: "2016-04-25T20:08:41.593Z", plan: BMS.Fails,
			job: Job{ID: "b", Type: "baremetalSingleCreate", ResourceID: "s", ErrorCode: "Bms.0219", FailReason: "no host"},
			want: `{"status":"FAIL","entities":{"server_id":"s","errorcode_message":"no host"},"job_id":"b","job_type":"baremetalSingleCreate",
				"begin_time":"2016-04-25T20:04:34.604Z","end_time":"2016-04-25T20:08:41.593Z","error_code":"Bms.0219","fail_reason":"no host"}`,
		},
		"evs": {
			api: EVS, begin: "2016-03-08T07:40:13.219Z", at: "2016-03-08T07:40:14Z",
			job: Job{ID: "4010a32d535527910153552b492c0002", Type: "createVolume", ResourceID: "bdf1bb37-f20f-4266-9a04-f43e0a127376"},
			want: `{"status":"RUNNING","entities":{"volume_id":"bdf1bb37-f20f-4266-9a04-f43e0a127376"},"job_id":"4010a32d535527910153552b492c0002","job_type":"createVolume",
				"begin_time":"2016-03-08T07:40:13.219Z","end_time":"","error_code":null,"fail_reason":null}`,
		},
		"ims": {
			api: IMS, begin: "2024-11-06T07:39:45.814Z", end: "2024-11-06T07:49:45.814Z", plan: IMS.Succeeds,
			job: Job{ID: "9a175ac892fa13420193006a49173317", Type: "imsImportOvaImageJob", SubJobs: []Job{{
				ID: "9a175ac892fa13420193006c29e133f0", Type: "imsImportImageJob", ResourceID: "fc496c19-40c2-4220-8b1a-eba9d53fca7b",
			}}},
			subBegin: "2024-11-06T07:41:48.896Z", subEnd: "2024-11-06T07:49:45.814Z",
			want: `{"job_id":"9a175ac892fa13420193006a49173317","job_type":"imsImportOvaImageJob","begin_time":"2024-11-06T07:39:45.814Z","end_time":"2024-11-06T07:49:45.814Z","status":"SUCCESS","error_code":null,"fail_reason":null,
				"entities":{"sub_jobs_result":[{"job_id":"9a175ac892fa13420193006c29e133f0","job_type":"imsImportImageJob","begin_time":"2024-11-06T07:41:48.896Z","end_time":"2024-11-06T07:49:45.814Z","status":"SUCCESS","error_code":null,"fail_reason":null,
				"entities":{"image_name":"test","image_id":"fc496c19-40c2-4220-8b1a-eba9d53fca7b"}}],"sub_jobs_list":["9a175ac892fa13420193006c29e133f0"]}}`,
		},
		"sdrs": {
			api: SDRS, begin: "2018-05-01T00:00:00Z", end: "2018-05-01T00:01:00Z", plan: SDRS.Succeeds,
			job: Job{ID: "s", Type: "createProtectionGroupNoCG", ResourceID: "g"},
			want: `{"status":"SUCCESS","entities":{"server_group_id":"g"},"job_id":"s","job_type":"createProtectionGroupNoCG",
				"begin_time":"2018-05-01T00:00:00.000Z","end_time":"2018-05-01T00:01:00.000Z","error_code":null,"fail_reason":null}`,
		},
		"dcs": {
			api: DCS, begin: "2023-05-15T22:59:05.379Z", end: "2023-05-15T22:59:08.248Z", plan: DCS.Succeeds,
			job:  Job{ID: "ff8080818822bbf70188235afc24141a", Type: "masterStandbySwapJob"},
			want: `{"job_id":"ff8080818822bbf70188235afc24141a","job_type":"masterStandbySwapJob","status":"SUCCESS","begin_time":"1684191545379","end_time":"1684191548248","fail_reason":null}`,
		},
		"sfs_turbo": {
			api: SFSTurbo, begin: "2023-07-26T09:33:58Z", end: "2023-07-26T09:33:58Z", plan: SFSTurbo.Succeeds,
			job:  Job{ID: "26f6b565-xxxx-XXXX-xxxx-03f0bd975433", Type: "bind_ldap"},
			want: `{"job_id":"26f6b565-xxxx-XXXX-xxxx-03f0bd975433","status":"success","job_type":"bind_ldap","begin_time":"2023-07-26 09:33:58","end_time":"2023-07-26 09:33:58"}`,
		},
		"sfs_turbo failed": {
			api: SFSTurbo, begin: "2023-07-26T09:33:58Z", end: "2023-07-26T09:34:58Z", plan: SFSTurbo.Fails,
			job:      Job{ID: "t", Type: "create_share", ErrorCode: "SFS.TURBO.0001", FailReason: "no space", SubJobs: []Job{{ID: "u", Type: "hpc_create_share"}}},
			subBegin: "2023-07-26T09:34:00Z",
			want: `{"job_id":"t","status":"failed","job_type":"create_share","begin_time":"2023-07-26 09:33:58","end_time":"2023-07-26 09:34:58","error_code":"SFS.TURBO.0001","fail_reason":"no space",
				"sub_jobs":[{"job_id":"u","status":"running","job_type":"hpc_create_share","begin_time":"2023-07-26 09:34:00"}]}`,
		},
		"dws": {
			api: DWS, begin: "2022-11-09T20:25:00Z", end: "2022-11-09T20:30:00Z", plan: DWS.Fails,
			job: Job{
				ID: "2c9080e88459fa44018459fbeb600001", Type: "ecfClusterElbCreateJob",
				ErrorCode: "CreateELBTask-fail:DWS.0114", FailReason: "DWS.0114:ELB private IP is not configured.",
			},
			want: `{"status":"FAIL","progress":"9%","job_id":"2c9080e88459fa44018459fbeb600001","job_name":"ecfClusterElbCreateJob","begin_time":"2022-11-09T20:25:00","end_time":"2022-11-09T20:30:00",
				"failed_code":"CreateELBTask-fail:DWS.0114","failed_detail":"DWS.0114:ELB private IP is not configured."}`,
		},
		"rds": {
			api: RDS, begin: "2018-08-06T10:41:14Z", end: "2018-08-06T16:41:14Z", plan: RDS.Succeeds,
			job: Job{ID: "31b8ae23-c687-4d80-b7b4-42a66c9bb886", Type: "CreateMysqlSingleHAInstance", ResourceID: "a48e43ff268f4c0e879652d65e63d0fbin01"},
			want: `{"job":{"id":"31b8ae23-c687-4d80-b7b4-42a66c9bb886","name":"CreateMysqlSingleHAInstance","status":"Completed","created":"2018-08-06T10:41:14+0000","ended":"2018-08-06T16:41:14+0000","process":"",
				"instance":{"id":"a48e43ff268f4c0e879652d65e63d0fbin01","name":"DO-NOT-TOUCH-mgr2-mysql-single"},"entities":` + rdsEntities + `}}`,
		},
		"rds failed": {
			api: RDS, begin: "2018-08-06T10:41:14Z", end: "2018-08-06T16:41:14Z", plan: RDS.Fails,
			job: Job{ID: "r", Type: "CreateMysqlSingleHAInstance", ResourceID: "i", FailReason: "createVM failed."},
			want: `{"job":{"id":"r","name":"CreateMysqlSingleHAInstance","status":"Failed","created":"2018-08-06T10:41:14+0000","ended":"2018-08-06T16:41:14+0000","process":"",
				"instance":{"id":"i","name":"DO-NOT-TOUCH-mgr2-mysql-single"},"entities":` + rdsEntities + `,"fail_reason":"createVM failed."}}`,
		},
		"rds running": {
			api: RDS, begin: "2018-08-06T10:41:14Z", at: "2018-08-06T10:41:15Z", job: Job{ID: "r", Type: "t", ResourceID: "i"},
			want: `{"job":{"id":"r","name":"t","status":"Running","created":"2018-08-06T10:41:14+0000","process":"60% ",
				"instance":{"id":"i","name":"DO-NOT-TOUCH-mgr2-mysql-single"},"entities":` + rdsEntities + `}}`,
		},
		"dds runs and has an end": {
			api: DDS, begin: "2021-07-13T07:28:43Z", at: "2021-07-13T07:28:44Z",
			job: Job{ID: "9d10bfd1-affb-49c3-b977-298950a8d6fa", Type: "Create_MongoDB", ResourceID: "i"},
			want: `{"job":{"id":"9d10bfd1-affb-49c3-b977-298950a8d6fa","name":"Create_MongoDB","status":"Running","created":"2021-07-13T07:28:43+0000","ended":"2021-07-13T07:28:53+0000","progress":"9%",
				"instance":{"id":"i","name":"dds-3fae"},"fail_reason":null}}`,
		},
		"taurusdb has two zones": {
			api: TaurusDB, begin: "2018-08-06T02:41:14Z", end: "2018-08-06T16:41:14Z", plan: TaurusDB.Succeeds,
			job: Job{ID: "a9767ede-fe0f-4888-9003-e843a4c90514", Type: "CreateMysqlInstance", ResourceID: "a48e43ff268f4c0e879652d65e63d0fbin07"},
			want: `{"job":{"id":"a9767ede-fe0f-4888-9003-e843a4c90514","name":"CreateMysqlInstance","status":"Completed","created":"2018-08-06T10:41:14+0800","ended":"2018-08-06T16:41:14+0000","process":"",
				"instance":{"id":"a48e43ff268f4c0e879652d65e63d0fbin07","name":"DO-NOT-TOUCH-mgr2-mysql-single"},
				"entities":{"instance":{"endpoint":"192.168.1.203:3306","type":"Cluster","datastore":{"type":"gaussdb-mysql","version":"8.0"}},
				"resource_ids":["a48e43ff268f4c0e879652d65e63d0fbin01.vm","a48e43ff268f4c0e879652d65e63d0fbin01.volume"]}}}`,
		},
		"gaussdb": {
			api: GaussDB, begin: "2021-07-12T01:22:04Z", end: "2021-07-12T02:10:13Z", plan: GaussDB.Succeeds,
			job: Job{ID: "5cbb8a90-2253-4cff-8a13-49aa8f31dfb5", Type: "CreateGaussDBV5Instance", ResourceID: "i"},
			want: `{"job":{"id":"5cbb8a90-2253-4cff-8a13-49aa8f31dfb5","name":"CreateGaussDBV5Instance","status":"Completed","created":"2021-07-12T09:22:04+0800","ended":"2021-07-12T10:10:13+0800","progress":"",
				"instance":{"id":"i","name":"gauss-6568-zzh"},"fail_reason":null}}`,
		},
		"ddm runs and has an end": {
			api: DDM, begin: "2018-08-06T09:41:14Z", at: "2018-08-06T09:41:15Z",
			job: Job{ID: "31b8ae23-c687-4d80-b7b4-42a66c9bb886", Type: "CreateInstance", ResourceID: "a48e43ff268f4c0e879652d65e63d0fbin09"},
			want: `{"job":{"id":"31b8ae23-c687-4d80-b7b4-42a66c9bb886","name":"CreateInstance","status":"Running","created_time":"2018-08-06T10:41:14+0100","end_time":"2018-08-06T16:41:14+0100","process":"60%",
				"instance":{"id":"a48e43ff268f4c0e879652d65e63d0fbin09","name":"DDM-test"}}}`,
		},
		"cbr": {
			api: CBR, begin: "2019-05-23T14:31:36.007Z", end: "2019-05-23T14:35:23.511Z", plan: CBR.Succeeds,
			job: Job{ID: "4827f2da-b008-4507-ab7d-42d0df5ed912", ProjectID: "04f1829c788037ac2fb8c01eb2b04b95", Type: "backup", ResourceID: "1dab32fa-ebf2-415a-ab0b-eabe6353bc86"},
			want: `{"operation_log":{"status":"success","provider_id":"0daac4c5-6707-4851-97ba-169e36266b66","checkpoint_id":"b432511f-d889-428f-8b0e-5f47c524c6b6","updated_at":"2019-05-23T14:35:23.584+00:00","error_info":{"message":"","code":""},"started_at":"2019-05-23T14:31:36.007+00:00",
				"id":"4827f2da-b008-4507-ab7d-42d0df5ed912","extra_info":{"resource":{"type":"OS::Nova::Server","id":"1dab32fa-ebf2-415a-ab0b-eabe6353bc86","name":"ECS-0001"},"backup":{"backup_name":"manualbk_1234","backup_id":"0e5d0ef6-7f0a-4890-b98c-cb12490e31c1"},"common":{"progress":100,"request_id":"req-cdb98cc4-e87b-4f40-9b4a-57ec036620bc"}},
				"ended_at":"2019-05-23T14:35:23.511+00:00","created_at":"2019-05-23T14:31:36.039+00:00","operation_type":"backup","project_id":"04f1829c788037ac2fb8c01eb2b04b95"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := tt.job
			j.API, j.Begin, j.Plan = tt.api, instant(t, tt.begin), tt.api.Hangs()
			at := or(tt.at, tt.end)
			if tt.plan != nil {
				j.Plan = tt.plan(instant(t, tt.end).Sub(j.Begin))
			}
			for i := range j.SubJobs {
				s := &j.SubJobs[i]
				s.Begin, s.Plan = instant(t, tt.subBegin), tt.api.Hangs()
				if tt.subEnd != "" {
					s.Plan = tt.api.Succeeds(instant(t, tt.subEnd).Sub(s.Begin))
				}
			}
			wantJob(t, j, instant(t, at), tt.want)
		})
	}
}

const rdsEntities = `{"instance":{"endpoint":"192.168.1.203:3306","type":"Single","datastore":{"type":"mysql","version":"5.7"}},
	"resource_ids":["a48e43ff268f4c0e879652d65e63d0fbin01.vm","a48e43ff268f4c0e879652d65e63d0fbin01.volume"]}`

// wantJob checks the answer about a job at a time, without regard to retention.
func wantJob(t *testing.T, j Job, at time.Time, want string) {
	t.Helper()
	v, ok := j.view(at)
	if !ok {
		t.Fatal("the cloud does not know the job")
	}
	wantJSON(t, bytes.NewReader(j.API.row().answer(v, Options{}).Body), want)
}

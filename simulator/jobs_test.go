package simulator

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestPlan(t *testing.T) {
	tests := map[string]struct {
		plan Plan
		want map[time.Duration]string // empty: not known
	}{
		"succeeds":     {CFW.Succeeds(10 * time.Second), map[time.Duration]string{-1: "", 0: "Running", 10*time.Second - 1: "Running", 10 * time.Second: "Success"}},
		"fails":        {ELBv1.Fails(10 * time.Second), map[time.Duration]string{0: "RUNNING", 10 * time.Second: "FAIL", 100 * time.Hour: "FAIL"}},
		"hangs":        {ELBv3.Hangs(), map[time.Duration]string{0: "RUNNING", 10000 * time.Hour: "RUNNING"}},
		"appears late": {Plan{{5 * time.Second, "INIT"}, {6 * time.Second, "CANCEL"}}, map[time.Duration]string{0: "", 5 * time.Second: "INIT", 6 * time.Second: "CANCEL"}},
		"empty":        {nil, map[time.Duration]string{0: "", time.Hour: ""}},
	}
	begin := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newTestCloud(t, Options{})
			c.AddJob(Job{API: ELBv3, ProjectID: "p", ID: "j", Begin: begin, Plan: tt.plan})
			for after, want := range tt.want {
				got, ok := c.Truth(ELBv3, "p", "j", begin.Add(after))
				if got != want || ok != (want != "") {
					t.Errorf("after %v: status is %q, %v; want %q", after, got, ok, want)
				}
			}
		})
	}
}

func TestJobsAreKeptByAPIAndProject(t *testing.T) {
	c := newTestCloud(t, Options{})
	now := time.Now()
	j := Job{API: ELBv1, ProjectID: "p", ID: "j", Begin: now, Plan: ELBv1.Hangs(), Forgotten: time.Minute}
	c.AddJob(j)
	c.AddSource(func(at time.Time) []Job {
		return []Job{{API: CFW, ProjectID: "p", ID: "s", Begin: at, Plan: CFW.Hangs()}}
	})
	know := func(api API, project, id string, at time.Time, want bool) {
		t.Helper()
		if _, ok := c.Truth(api, project, id, at); ok != want {
			t.Errorf("%s %s %s is known: %v, want %v", api, project, id, ok, want)
		}
	}
	know(ELBv1, "p", "j", now, true)
	know(ELBv3, "p", "j", now, false)
	know(ELBv1, "q", "j", now, false)
	know(CFW, "p", "s", now, true)
	know(ELBv1, "p", "j", now.Add(time.Minute), false)
	if jobs := c.Jobs(now); len(jobs) != 2 || jobs[0].ID != "s" || jobs[1].ID != "j" {
		t.Errorf("jobs are %v, want s and j", jobs)
	}

	j.Plan = ELBv1.Succeeds(0)
	c.AddJob(j)
	if status, _ := c.Truth(ELBv1, "p", "j", now); status != "SUCCESS" {
		t.Errorf("status of a replaced job is %s, want SUCCESS", status)
	}
	c.RemoveJob(ELBv1, "p", "j")
	know(ELBv1, "p", "j", now, false)
}

// seedCFW is the example of the document as it stands there; seedELB but for the
// name and the addresses of the load balancer.
const (
	seedCFW = `{"data":{"begin_time":1641370501000,"end_time":1641370515000,"id":"f588ce71-e26c-400d-8981-f854355f6849","status":"Success"}}`
	seedELB = `{"status":"SUCCESS","entities":{"elb":{"id":"ef265755daf84333baf4ddc1d91cbc2f","name":"elb-2f77","type":"External",
		"status":"ACTIVE","bandwidth":1,"vip_address":"192.0.2.4","tenant_id":"` + testProject + `","admin_state_up":true,
		"vpc_id":"21838be1-c1ce-4c09-9184-228cdb43038d"}},"job_id":"ff8080825ecc523f015ecd0a98f82f77","job_type":"createELB",
		"begin_time":"2017-09-29T09:49:37.399Z","end_time":"2017-09-29T09:50:03.272Z","error_code":null,"fail_reason":null}`
)

func TestAnswersAreShapedAsDocumented(t *testing.T) {
	cfw := Job{
		API: CFW, ProjectID: testProject, ID: "f588ce71-e26c-400d-8981-f854355f6849",
		Begin: time.UnixMilli(1641370501000), Plan: CFW.Succeeds(14 * time.Second),
	}
	elb := Job{
		API: ELBv1, ProjectID: testProject, ID: "ff8080825ecc523f015ecd0a98f82f77", Type: "createELB", ResourceID: "ef265755daf84333baf4ddc1d91cbc2f",
		Begin: time.Date(2017, 9, 29, 9, 49, 37, 399e6, time.UTC), Plan: ELBv1.Succeeds(25873 * time.Millisecond),
		ErrorCode: "ELB.1013",
	}
	deleting := elb
	deleting.Type, deleting.Plan = "deleteELB", ELBv1.Hangs()
	failing := elb
	failing.Plan, failing.FailReason, failing.ResourceID = ELBv1.Fails(time.Second), "quota", ""
	failing.SubJobs = []Job{{ID: "s1", Type: "t", Plan: ELBv1.Fails(time.Second), SubJobs: []Job{{ID: "s2", Type: "t", Plan: ELBv1.Hangs(), Timeless: true}}}}
	v3 := failing
	v3.API, v3.ID, v3.Plan, v3.ResourceID = ELBv3, "v3", Plan{{0, "RUNNING"}, {time.Second, "ROLLBACKING"}}, "r"
	v3.SubJobs = []Job{{ID: "s1", Type: "t", ResourceID: "r1", Plan: ELBv3.Succeeds(time.Second)}}

	const cfwPath, elbPath, v3Path = "/v3/" + testProject + "/jobs/", "/v1.0/" + testProject + "/jobs/", "/v3/" + testProject + "/elb/jobs/"
	for name, tt := range map[string]struct {
		options Options
		job     Job
		path    string
		want    string
	}{
		"cfw":       {Options{}, cfw, cfwPath, seedCFW},
		"cfw zoned": {Options{CFWTimes: CFWZoned}, cfw, cfwPath, `{"data":{"begin_time":"2022-01-05T16:15:01+0800","end_time":"2022-01-05T16:15:15+0800","id":"` + cfw.ID + `","status":"Success"}}`},
		"elb v1.0":  {Options{}, elb, elbPath, seedELB},
		"elb v1.0 running": {Options{}, deleting, elbPath, `{"status":"RUNNING","entities":{"elb_id":"ef265755daf84333baf4ddc1d91cbc2f"},"job_id":"` + elb.ID + `",
			"job_type":"deleteELB","begin_time":"2017-09-29T09:49:37.399Z","end_time":"","error_code":null,"fail_reason":null}`},
		"elb v1.0 failed": {Options{}, failing, elbPath, `{"status":"FAIL","entities":{},"job_id":"` + elb.ID + `","job_type":"createELB",
			"begin_time":"2017-09-29T09:49:37.399Z","end_time":"2017-09-29T09:49:38.399Z","error_code":"ELB.1013","fail_reason":"quota",
			"sub_jobs":[{"status":"FAIL","entities":{},"job_id":"s1","job_type":"t","begin_time":"2017-09-29T09:49:37.399Z","end_time":"2017-09-29T09:49:38.399Z","error_code":null,"fail_reason":null,
			"sub_jobs":[{"status":"RUNNING","entities":{},"job_id":"s2","job_type":"t","begin_time":"","end_time":"","error_code":null,"fail_reason":null}]}]}`},
		"elb v3": {Options{}, v3, v3Path, `{"request_id":"` + requestID + `","job":{"status":"ROLLBACKING","begin_time":"2017-09-29T09:49:37Z","end_time":null,
			"job_id":"v3","resource_id":"r","job_type":"createELB","error_code":"ELB.1013","error_msg":"quota","project_id":"` + testProject + `",
			"sub_jobs":[{"status":"SUCCESS","begin_time":"2017-09-29T09:49:37Z","end_time":"2017-09-29T09:49:38Z","job_id":"s1","resource_id":"r1","job_type":"t",
			"error_code":"","error_msg":"","project_id":"` + testProject + `","entities":[{"resource_id":"r1","resource_type":"loadbalancer"}]}]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestCloud(t, tt.options)
			c.AddJob(tt.job)
			wantJSON(t, get(t, c, tt.path+tt.job.ID).Body, tt.want)
			if n := c.JobCalls(tt.job.API.Service(), tt.job.ID); n != 1 {
				t.Errorf("the job was asked for %d times, want 1", n)
			}
		})
	}
}

func TestNotFound(t *testing.T) {
	c := newTestCloud(t, Options{})
	wantAnswer(t, get(t, c, "/v3/"+testProject+"/jobs/no"), 400, `"error_code":"CFW.00200005"`)
	wantAnswer(t, get(t, c, "/v1.0/"+testProject+"/jobs/no"), 404, `"message":"job no could not be found"`)
	wantAnswer(t, get(t, c, "/v3/"+testProject+"/elb/jobs/no"), 404, `"code":"itemNotFound"`)

	own := Answer{Status: http.StatusBadRequest, Body: []byte(`{"error":{"message":"Invalid job ID","code":"Common.0011"}}`)}
	c = newTestCloud(t, Options{NotFound: map[API]Answer{ELBv1: own}})
	wantAnswer(t, get(t, c, "/v1.0/"+testProject+"/jobs/no"), 400, "Common.0011")
}

func TestRetention(t *testing.T) {
	const day = 24 * time.Hour
	begin := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	for api, keeps := range map[API]time.Duration{
		ECS: day, RDS: 30 * day, DDS: 30 * day, TaurusDB: 30 * day, GaussDB: 30 * day, DDM: 30 * day, EVS: 0, CFW: 0, ELBv3: 0, CCEv3: 0,
	} {
		c := newTestCloud(t, Options{})
		part := Job{ID: "part", Plan: api.Succeeds(0)}
		c.AddJob(
			Job{API: api, ProjectID: "p", ID: "ended", Begin: begin, Plan: api.Fails(time.Hour), SubJobs: []Job{part}},
			Job{API: api, ProjectID: "p", ID: "hangs", Begin: begin, Plan: api.Hangs()},
		)
		last := begin.Add(time.Hour + keeps - 1)
		v, ok := c.jobs.find(jobKey{api, "p", "ended"}, last)
		if !ok || len(v.sub) != 1 {
			t.Errorf("%s: the job or its part is forgotten too early: %v", api, v)
		}
		if _, ok := c.Truth(api, "p", "ended", last.Add(1)); ok != (keeps == 0) {
			t.Errorf("%s: the job is known %s after its end: %t", api, keeps, ok)
		}
		if _, ok := c.Truth(api, "p", "hangs", begin.Add(365*day)); !ok {
			t.Errorf("%s: a job that has not ended is forgotten", api)
		}
	}
}

func TestListELBv3(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{ELBv3TimesZoneless: true})
		begin := time.Now()
		for i := range 5 {
			j := Job{API: ELBv3, ProjectID: testProject, ID: fmt.Sprintf("j%d", i), Type: "clone", Begin: begin.Add(time.Duration(i) * time.Minute), Plan: ELBv3.Succeeds(90 * time.Second)}
			if i == 1 {
				j.Type, j.Plan, j.ErrorCode = "delete", ELBv3.Fails(time.Second), "E"
			}
			c.AddJob(j)
		}
		c.AddJob(Job{API: ELBv3, ProjectID: otherProject, ID: "other", Begin: begin, Plan: ELBv3.Hangs()})
		c.AddJob(Job{API: ELBv1, ProjectID: testProject, ID: "classic", Begin: begin, Plan: ELBv1.Hangs()})
		time.Sleep(3*time.Minute + 30*time.Second) // j4 has not begun

		for query, want := range map[string]string{
			"":                               "j0 j1 j2 j3 4 prev=j0 next=",
			"?limit=2":                       "j0 j1 2 prev=j0 next=j1",
			"?limit=2&marker=j1":             "j2 j3 2 prev=j2 next=",
			"?limit=2&marker=j3":             "0 prev= next=",
			"?limit=0":                       "0 prev= next=",
			"?status=SUCCESS":                "j0 j2 2 prev=j0 next=",
			"?status=RUNNING&job_type=clone": "j3 1 prev=j3 next=",
			"?job_type=delete":               "j1 1 prev=j1 next=",
			"?error_code=E":                  "j1 1 prev=j1 next=",
			"?begin_time=2000-01-01T00:02:00&limit=1": "j2 1 prev=j2 next=j2",
		} {
			var page elbV3Page
			decode(t, get(t, c, "/v3/"+testProject+"/elb/jobs"+query), &page)
			got := ""
			for _, j := range page.Jobs {
				got += j.JobID + " "
			}
			got += fmt.Sprintf("%d prev=%s next=%s", page.PageInfo.CurrentCount, page.PageInfo.PreviousMarker, page.PageInfo.NextMarker)
			if got != want {
				t.Errorf("list%s is %q, want %q", query, got, want)
			}
		}
		wantAnswer(t, get(t, c, "/v3/"+testProject+"/elb/jobs?limit=1"), 200, `"begin_time":"2000-01-01T00:00:00"`)
		for _, query := range []string{"limit=2001", "limit=-1", "limit=x", "begin_time=2000-01-01", "page_reverse=true", "no=1"} {
			wantAnswer(t, get(t, c, "/v3/"+testProject+"/elb/jobs?"+query), 400, "ELB.1004")
		}
	})
}

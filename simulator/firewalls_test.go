package simulator

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	firewallsPath = "/v1/" + testProject + "/firewalls/list"
	firewallPath  = "/v2/" + testProject + "/firewall"
)

// post asks with a good token for the first project.
func post(t *testing.T, c *Cloud, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	return do(c, http.MethodPost, path, body, http.Header{"X-Auth-Token": {c.IssueToken(testProject)}})
}

// TestFirewallListIsShapedAsDocumented has the example of "Querying the Firewall
// List" but for the tags.
func TestFirewallListIsShapedAsDocumented(t *testing.T) {
	c := newTestCloud(t, Options{})
	c.AddFirewall(Firewall{
		ProjectID: testProject, ID: "ebf891cd-2163-48a0-9963-6309f99dd3c4", Name: "test", Created: time.UnixMilli(1709176078374),
		Prepaid: true, Status: FirewallRunning,
	})
	wantJSON(t, post(t, c, firewallsPath, `{"limit":1,"offset":0}`).Body, `{"data":{"limit":1,"offset":0,"project_id":"`+testProject+`",
		"records":[{"fw_instance_id":"ebf891cd-2163-48a0-9963-6309f99dd3c4","resource_id":"ebf891cd-2163-48a0-9963-6309f99dd3c4","name":"1709176078374","fw_instance_name":"test",
		"enterprise_project_id":"default","tags":"{}","ha_type":0,"charge_mode":0,"service_type":0,"engine_type":1,"flavor":{"version":1,"eip_count":50},"status":2}],"total":1},
		"has_ndr":false,"is_support_basic_version":true,"is_support_buy_professional":false,"is_support_postpaid":true,"user_support_eps":false}`)
}

type firewallList struct {
	Data struct {
		Total   int
		Records []struct {
			ID     string `json:"fw_instance_id"`
			Charge int    `json:"charge_mode"`
			Status int
		}
	}
}

// listFirewalls returns the firewalls as "ID status charge_mode".
func listFirewalls(t *testing.T, c *Cloud, body string) string {
	t.Helper()
	var list firewallList
	decode(t, post(t, c, firewallsPath, body), &list)
	var all []string
	for _, r := range list.Data.Records {
		all = append(all, fmt.Sprint(r.ID, " ", r.Status, " ", r.Charge))
	}
	return fmt.Sprint(strings.Join(all, ", "), " of ", list.Data.Total)
}

func TestFirewallList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		now := time.Now()
		add := func(id string, age time.Duration, plan Plan) {
			c.AddFirewall(Firewall{ProjectID: testProject, ID: id, Name: "name-" + id, Created: now.Add(-age), Plan: plan})
		}
		add("old", time.Hour, CFW.Succeeds(time.Minute))
		add("bad", 2*time.Minute, CFW.Fails(time.Minute))
		add("new", time.Second, CFW.Hangs())
		add("jobless", 0, nil)
		add("future", -time.Hour, CFW.Hangs())
		c.AddFirewall(Firewall{ProjectID: otherProject, ID: "other", Created: now})

		for body, want := range map[string]string{
			`{"limit":10,"offset":0}`:                     "jobless 0 1, new 0 1, bad 6 1, old 2 1 of 4",
			`{"limit":2,"offset":0}`:                      "jobless 0 1, new 0 1 of 4",
			`{"limit":2,"offset":3}`:                      "old 2 1 of 4",
			`{"limit":1024,"offset":4}`:                   " of 4",
			`{"limit":10,"offset":0,"key_word":"bad"}`:    "bad 6 1 of 1",
			`{"limit":10,"offset":0,"key_word":"name-o"}`: "old 2 1 of 1",
		} {
			if got := listFirewalls(t, c, body); got != want {
				t.Errorf("%s lists %s, want %s", body, got, want)
			}
		}
		for body, code := range map[string]string{
			``: "APIG.0201", `[]`: "APIG.0201", `{}`: "CFW.00200001", `{"limit":1}`: "CFW.00200001", `{"offset":1}`: "CFW.00200001",
			`{"limit":0,"offset":0}`: "APIG.0201", `{"limit":1025,"offset":0}`: "APIG.0201", `{"limit":1,"offset":-1}`: "APIG.0201", `{"limit":"1","offset":0}`: "APIG.0201",
		} {
			wantAnswer(t, post(t, c, firewallsPath, body), 400, code)
		}
		wantAnswer(t, get(t, c, firewallsPath), 404, "APIG.0101")
		wantAnswer(t, post(t, c, "/ecs"+firewallsPath, `{"limit":1,"offset":0}`), 404, "APIG.0101")
		wantAnswer(t, post(t, c, "/cfw"+firewallsPath, `{"limit":1,"offset":0}`), 200, "records")
		wantAnswer(t, post(t, c, strings.Replace(firewallsPath, testProject, otherProject, 1), `{"limit":1,"offset":0}`), 403, "APIG.0302")

		c.RemoveFirewall(testProject, "old")
		if _, ok := c.Truth(CFW, testProject, "old", now); !ok || len(c.Firewalls(testProject, now)) != 3 {
			t.Error("a removed firewall is still there, or its job is not")
		}
		if _, ok := c.Truth(CFW, testProject, "jobless", now); ok {
			t.Error("a firewall without a plan has a job")
		}
	})
}

// TestCreateFirewall follows a firewall from its creation to the failure of its job.
func TestCreateFirewall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		c.PlanFirewalls(CFW.Fails(time.Minute))
		request := `{"name":"edge","enterprise_project_id":"0","flavor":{"version":"Standard"},"charge_info":{"charge_mode":"postPaid"}}`
		var created struct {
			JobID   string `json:"job_id"`
			OrderID string `json:"order_id"`
			Data    struct{ Name string }
		}
		answer := post(t, c, firewallPath, request)
		wantAnswer(t, answer, 200, `"data":`+request)
		decode(t, answer, &created)
		if created.JobID == "" || created.OrderID != "" || created.Data.Name != "edge" {
			t.Errorf("the answer is %s", answer.Body)
		}
		if got, want := listFirewalls(t, c, `{"limit":10,"offset":0}`), created.JobID+" 0 1 of 1"; got != want {
			t.Errorf("the list is %s, want %s", got, want)
		}
		wantAnswer(t, get(t, c, "/v3/"+testProject+"/jobs/"+created.JobID), 200, `"status":"Running"`)
		time.Sleep(time.Minute)
		if got, want := listFirewalls(t, c, `{"limit":10,"offset":0}`), created.JobID+" 6 1 of 1"; got != want {
			t.Errorf("the list is %s, want %s", got, want)
		}
		wantAnswer(t, get(t, c, "/v3/"+testProject+"/jobs/"+created.JobID), 200, `"status":"Failed"`)

		time.Sleep(time.Minute)
		wantAnswer(t, post(t, c, firewallPath, strings.Replace(request, "postPaid", "prePaid", 1)), 200, `"order_id":"CS`)
		if got := listFirewalls(t, c, `{"limit":1,"offset":0}`); !strings.HasSuffix(got, " -1 0 of 2") {
			t.Errorf("a prepaid firewall is listed as %s", got)
		}
		for body, code := range map[string]string{
			`x`: "APIG.0201", `{}`: "CFW.00200001", `{"name":"n"}`: "CFW.00200001", `{"name":"n","flavor":{"version":"Standard"}}`: "APIG.0201",
		} {
			wantAnswer(t, post(t, c, firewallPath, body), 400, code)
		}
	})
}

func TestSignatureCoversBody(t *testing.T) {
	c := newTestCloud(t, Options{})
	for sent, status := range map[string]int{`{"limit":1,"offset":0}`: 200, `{"limit":1,"offset":1}`: 401, "": 401} {
		r := httptest.NewRequest(http.MethodPost, "http://cfw.test"+firewallsPath, strings.NewReader(sent))
		sign(r, testKey, time.Now(), "host;x-sdk-date", `{"limit":1,"offset":0}`)
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		wantAnswer(t, w, status, "")
	}
}

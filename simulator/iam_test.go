package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

const (
	byName    = `{"name":"reader","password":%q,"domain":{"name":"D"}}`
	byID      = `{"id":"u1","password":%q}`
	inProject = `{"project":{"id":"` + testProject + `"}}`
)

func login(c *Cloud, query, user, password, scope string) *httptest.ResponseRecorder {
	body := fmt.Sprintf(`{"auth":{"identity":{"methods":["password"],"password":{"user":`+user+`}},"scope":%s}}`, password, scope)
	return do(c, http.MethodPost, "/v3/auth/tokens"+query, body, nil)
}

func TestLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		c.AddJob(runningJob())
		for name, tt := range map[string]struct{ user, scope string }{
			"name and project ID":   {byName, inProject},
			"ID and project ID":     {byID, inProject},
			"name and project name": {byName, `{"project":{"name":"eu-de_test"}}`},
		} {
			got := login(c, "?nocatalog=true", tt.user, "right", tt.scope)
			if got.Code != 201 {
				t.Errorf("%s: answer is %d %s", name, got.Code, got.Body)
			}
			token := got.Header().Get("X-Subject-Token")
			wantAnswer(t, do(c, http.MethodGet, jobPath, "", http.Header{"X-Auth-Token": {token}}), 200, "Running")
			wantJSON(t, got.Body, `{"token":{
				"methods":["password"], "catalog":[], "roles":[{"id":"0","name":"te_admin"}],
				"issued_at":"2000-01-01T00:00:00.000000Z", "expires_at":"2000-01-02T00:00:00.000000Z",
				"project":{"id":"`+testProject+`","name":"eu-de_test","domain":{"id":"d-D","name":"D"}},
				"user":{"id":"u1","name":"reader","domain":{"id":"d-D","name":"D"},"password_expires_at":""}}}`)
		}
		unscoped := login(c, "", byName, "right", "{}").Header().Get("X-Subject-Token")
		wantAnswer(t, do(c, http.MethodGet, jobPath, "", http.Header{"X-Auth-Token": {unscoped}}), 403, "APIG.0302")
		if accepted, refused := c.Logins(); accepted != 4 || refused != 0 {
			t.Errorf("%d logins are accepted and %d refused, want 4 and 0", accepted, refused)
		}
	})
}

func TestLoginCatalog(t *testing.T) {
	c := newTestCloud(t, Options{Region: "eu-nl"})
	var got struct {
		Token struct {
			Catalog []struct {
				Type      string
				Endpoints []struct{ Interface, Region, URL string }
			}
		}
	}
	if err := json.Unmarshal(login(c, "", byName, "right", inProject).Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	endpoints := map[string]string{}
	for _, s := range got.Token.Catalog {
		endpoints[s.Type] = s.Endpoints[0].Region + " " + s.Endpoints[0].URL
	}
	if want := "eu-nl http://cloud.example/v1.0"; endpoints["elbv1"] != want || len(endpoints) != 4 {
		t.Errorf("catalog is %v, want 4 entries and %s for elbv1", endpoints, want)
	}
}

func TestLoginRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		user, password, scope string
		status                int
		text                  string
	}{
		"wrong password":  {byName, "wrong", inProject, 401, "IAM.0062"},
		"unknown user":    {`{"name":"nobody","password":%q,"domain":{"name":"D"}}`, "right", inProject, 401, "IAM.0062"},
		"other domain":    {`{"name":"reader","password":%q,"domain":{"name":"E"}}`, "right", inProject, 401, "IAM.0062"},
		"other project":   {byName, "right", `{"project":{"id":"` + otherProject + `"}}`, 403, "IAM.0003"},
		"unknown project": {byName, "right", `{"project":{"name":"no"}}`, 403, "IAM.0003"},
		"broken body":     {byName, "right", "}", 400, "IAM.0011"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestCloud(t, Options{})
			wantAnswer(t, login(c, "", tt.user, tt.password, tt.scope), tt.status, tt.text)
			if accepted, refused := c.Logins(); accepted != 0 || refused != 1 {
				t.Errorf("%d logins are accepted and %d refused, want 0 and 1", accepted, refused)
			}
		})
	}
	c := newTestCloud(t, Options{})
	wantAnswer(t, do(c, http.MethodPost, "/v3/auth/tokens", `{"auth":{"identity":{"methods":["token"]}}}`, nil), 400, "IAM.0007")
}

func TestLoginErrorShapes(t *testing.T) {
	for shape, want := range map[IAMErrorShape]string{
		IAMErrorCodes:  `{"error_code":"IAM.0062","error_msg":"The username or password is wrong."}`,
		IAMErrorObject: `{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}`,
	} {
		wantJSON(t, login(newTestCloud(t, Options{IAMErrors: shape}), "", byName, "wrong", inProject).Body, want)
	}
}

func TestAccountIsLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		for range 4 {
			wantAnswer(t, login(c, "", byName, "wrong", inProject), 401, "IAM.0062")
		}
		wantAnswer(t, login(c, "", byName, "right", inProject), 201, "")
		for range 5 {
			wantAnswer(t, login(c, "", byName, "wrong", inProject), 401, "IAM.0062")
		}
		wantAnswer(t, login(c, "", byName, "right", inProject), 401, "IAM.0061")
		time.Sleep(15*time.Minute - time.Second)
		wantAnswer(t, login(c, "", byName, "right", inProject), 401, "IAM.0061")
		time.Sleep(time.Second)
		wantAnswer(t, login(c, "", byName, "right", inProject), 201, "")

		c.SetUser(User{ID: "u1", Name: "reader", Domain: "D", Password: "changed", Projects: []string{testProject}})
		wantAnswer(t, login(c, "", byName, "right", inProject), 401, "IAM.0062")
		wantAnswer(t, login(c, "", byName, "changed", inProject), 201, "")
	})
}

func TestOldFailuresDoNotLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		for range 10 {
			wantAnswer(t, login(c, "", byName, "wrong", inProject), 401, "IAM.0062")
			time.Sleep(15*time.Minute + time.Second)
		}
		wantAnswer(t, login(c, "", byName, "right", inProject), 201, "")
	})
}

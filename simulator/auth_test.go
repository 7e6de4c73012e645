package simulator

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

const jobPath = "/v3/" + testProject + "/jobs/j1"

func runningJob() Job {
	return Job{API: CFW, ProjectID: testProject, ID: "j1", Begin: time.Now(), Plan: CFW.Hangs()}
}

func TestTokenChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{TokenLifetime: time.Hour})
		c.AddJob(runningJob())
		token := http.Header{"X-Auth-Token": {c.IssueToken(testProject)}}

		wantAnswer(t, do(c, http.MethodGet, jobPath, "", token), 200, "Running")
		wantAnswer(t, do(c, http.MethodGet, jobPath, "", nil), 401, "APIG.0301")
		wantAnswer(t, do(c, http.MethodGet, jobPath, "", http.Header{"X-Auth-Token": {"made up"}}), 401, "decrypt token fail")
		wantAnswer(t, do(c, http.MethodGet, "/v3/"+otherProject+"/jobs/j1", "", token), 403, "APIG.0302")

		time.Sleep(time.Hour)
		wantAnswer(t, do(c, http.MethodGet, jobPath, "", token), 401, "APIG.0307")

		token.Set("X-Auth-Token", c.IssueToken(testProject))
		wantAnswer(t, do(c, http.MethodGet, jobPath, "", token), 200, "Running")
		c.RevokeToken(token.Get("X-Auth-Token"))
		wantAnswer(t, do(c, http.MethodGet, jobPath, "", token), 401, "APIG.0301")

		token.Set("X-Auth-Token", c.IssueToken(testProject))
		c.RevokeTokens()
		wantAnswer(t, do(c, http.MethodGet, jobPath, "", token), 401, "APIG.0301")

		token.Set("X-Auth-Token", c.IssueToken(testProject))
		c.ExpireTokens()
		wantAnswer(t, do(c, http.MethodGet, jobPath, "", token), 401, "APIG.0307")
	})
}

func TestAClockThatIsOff(t *testing.T) {
	c := newTestCloud(t, Options{TokenLifetime: 30 * time.Minute})
	c.AddJob(runningJob())
	token := http.Header{"X-Auth-Token": {c.IssueToken(testProject)}}
	for _, off := range []time.Duration{-time.Hour, time.Hour} {
		remove := c.Inject(Fault{Service: ServiceCFW, Skew: off})
		wantAnswer(t, signedGet(c, testKey, jobPath, nil, "host;x-sdk-date"), 401, "x-sdk-date is ")
		if off > 0 {
			wantAnswer(t, do(c, http.MethodGet, jobPath, "", token), 401, "APIG.0307")
		}
		remove()
	}
	wantAnswer(t, signedGet(c, testKey, jobPath, nil, "host;x-sdk-date"), 200, "Running")
}

// signedGet asks for the job with a key, over the cloud's own route.
func signedGet(c *Cloud, k Key, path string, header http.Header, signed string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://cfw.example"+path, nil)
	maps.Copy(r.Header, header)
	sign(r, k, time.Now(), signed, "")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func TestKeyChecks(t *testing.T) {
	c := newTestCloud(t, Options{})
	c.AddJob(runningJob())
	temporary := Key{
		Access: "TMP", Secret: "S", SecurityToken: "ST", Expires: time.Now().Add(time.Hour), Projects: []string{testProject},
	}
	expired := temporary
	expired.Access, expired.Expires = "OLD", time.Now()
	c.SetKey(temporary)
	c.SetKey(expired)

	const plain, withProject, withToken = "host;x-sdk-date", "host;x-project-id;x-sdk-date", "host;x-sdk-date;x-security-token"
	token := func(s string) http.Header { return http.Header{"X-Security-Token": {s}} }
	project := func(s string) http.Header { return http.Header{"X-Project-Id": {s}} }
	for name, tt := range map[string]struct {
		key    Key
		path   string
		header http.Header
		signed string
		status int
		text   string
	}{
		"good":                 {testKey, jobPath, nil, plain, 200, "Running"},
		"with project":         {testKey, jobPath, project(testProject), withProject, 200, "Running"},
		"other project header": {testKey, jobPath, project(otherProject), withProject, 403, "APIG.0302"},
		"other project":        {testKey, "/v3/" + otherProject + "/jobs/j1", nil, plain, 403, "APIG.0302"},
		"unknown key":          {Key{Access: "NO", Secret: "SK"}, jobPath, nil, plain, 401, "ak not exist"},
		"wrong secret":         {Key{Access: "AK", Secret: "no"}, jobPath, nil, plain, 401, "verify aksk signature fail"},
		"permanent with token": {testKey, jobPath, token("ST"), withToken, 401, "verify security token fail"},
		"temporary":            {temporary, jobPath, token("ST"), withToken, 200, "Running"},
		"temporary, no token":  {temporary, jobPath, nil, plain, 401, "verify security token fail"},
		"temporary, other":     {temporary, jobPath, token("other"), withToken, 401, "verify security token fail"},
		"temporary, unsigned":  {temporary, jobPath, token("ST"), plain, 401, "x-security-token is not signed"},
		"temporary, expired":   {expired, jobPath, token("ST"), withToken, 401, "the security token has expired"},
	} {
		t.Run(name, func(t *testing.T) {
			wantAnswer(t, signedGet(c, tt.key, tt.path, tt.header, tt.signed), tt.status, tt.text)
		})
	}
	wantAnswer(t, do(c, http.MethodGet, jobPath, "", http.Header{"Authorization": {"Basic dTpw"}}), 401, "APIG.0301")
}

func TestKeyIsLockedAfterMoreThanFiveFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		c.AddJob(runningJob())
		wrong := Key{Access: testKey.Access, Secret: "no"}
		ask := func(k Key) *httptest.ResponseRecorder { return signedGet(c, k, jobPath, nil, "host;x-sdk-date") }

		for range 5 {
			wantAnswer(t, ask(wrong), 401, "verify aksk signature fail")
		}
		wantAnswer(t, ask(testKey), 200, "Running")
		for range 6 {
			wantAnswer(t, ask(wrong), 401, "verify aksk signature fail")
		}
		wantAnswer(t, ask(testKey), 401, "AK access failed to reach the limit,forbidden")
		time.Sleep(5*time.Minute - time.Second)
		wantAnswer(t, ask(testKey), 401, "AK access failed to reach the limit,forbidden")
		time.Sleep(time.Second)
		wantAnswer(t, ask(testKey), 200, "Running")

		changed := Key{Access: testKey.Access, Secret: "new", Projects: testKey.Projects}
		c.SetKey(changed)
		wantAnswer(t, ask(testKey), 401, "verify aksk signature fail")
		wantAnswer(t, ask(changed), 200, "Running")
		c.RemoveKey(changed.Access)
		wantAnswer(t, ask(changed), 401, "ak not exist")
	})
}

func TestUnknownPaths(t *testing.T) {
	c := newTestCloud(t, Options{})
	token := http.Header{"X-Auth-Token": {c.IssueToken(testProject)}}
	for _, call := range [][2]string{
		{http.MethodGet, "/"},
		{http.MethodGet, "/v3/auth/tokens"},
		{http.MethodPost, jobPath},
		{http.MethodGet, "/v1.0/v1/" + testProject + "/jobs/j1"},
		{http.MethodGet, "/v2/" + testProject + "/jobs/j1"},
	} {
		wantAnswer(t, do(c, call[0], call[1], "", token), 404, "APIG.0101")
	}
	if n := c.Calls(ServiceGateway); n != 5 {
		t.Errorf("%d calls of the gateway are counted, want 5", n)
	}
}

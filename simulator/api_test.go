package simulator

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// at fills in a path of the table, prefixed with the name of the service.
func (a *apiRow) at(pattern, id string) string {
	return "/" + string(a.service) + strings.NewReplacer("{project_id}", testProject, "{job_id}", id).Replace(pattern)
}

// TestEveryAPI holds each row of the table to what all of them have.
func TestEveryAPI(t *testing.T) {
	for _, a := range apis {
		t.Run(string(a.api), func(t *testing.T) {
			c := newTestCloud(t, Options{})
			begin := time.Now().Add(-time.Hour)
			c.AddJob(
				Job{API: a.api, ProjectID: testProject, ID: "known", Begin: begin, Plan: a.api.Succeeds(time.Minute)},
				Job{API: a.api, ProjectID: otherProject, ID: "foreign", Begin: begin, Plan: a.api.Hangs()},
			)
			known := get(t, c, a.at(a.path, "known"))
			wantAnswer(t, known, 200, `"`+a.words.success+`"`)
			var body map[string]any
			decode(t, known, &body)
			if _, ok := body[a.envelope]; ok != (a.envelope != "") {
				t.Errorf("the envelope %q is not in %v", a.envelope, body)
			}
			if _, ok := body["request_id"]; ok != a.requestID {
				t.Errorf("request_id is in the answer: %t", ok)
			}
			for _, id := range []string{"foreign", "none"} {
				if got := get(t, c, a.at(a.path, id)); got.Code != a.notFound.status || got.Code < 400 {
					t.Errorf("%s: got %d %s", id, got.Code, got.Body)
				}
			}
			if n := c.Calls(a.api.Service()); n != 3 {
				t.Errorf("%s counts %d calls", a.api.Service(), n)
			}
			if n := c.JobCalls(a.api.Service(), "known"); n != 1 {
				t.Errorf("the job was asked for %d times, want 1", n)
			}
			for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodHead} {
				wantAnswer(t, do(c, method, a.at(a.path, "known"), "", http.Header{"X-Auth-Token": {c.IssueToken(testProject)}}), 404, "APIG.0101")
			}
		})
		w := a.words
		if slices.Contains(w.final, w.running) || !slices.Contains(w.final, w.success) || !slices.Contains(w.final, w.failed) ||
			slices.Contains(w.failures, w.success) || !slices.Contains(w.failures, w.failed) {
			t.Errorf("%s: these words contradict each other: %+v", a.api, w)
		}
	}
}

func TestAPIs(t *testing.T) {
	want := []API{
		CFW, ELBv1, ELBv3, ECS, EVS, IMS, BMS, SDRS, DCS, SFSTurbo, RDS, DDS, TaurusDB, GaussDB, DDM, DWS, CBR, CCEv3, CCEv2,
	}
	if got := APIs(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAnUnknownAPIPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it is taken for one that is known")
		}
	}()
	API("none").Hangs()
}

// TestErrorBodies covers a job that does not exist, and a project that the credential
// does not belong to.
func TestErrorBodies(t *testing.T) {
	const (
		forbidden = `{"error_code":"APIG.0302","error_msg":"The IAM user is not authorized to access the API","request_id":"` + requestID + `"}`
		foreign   = `{"error":{"code":"Common.0018","message":"The project ID in the URL is not that of the token."}}`
		dbs       = `{"error_code":"DBS.200543","error_msg":"The job does not exist."}`
		cce       = `{"errorCode":"CCE.01404001","errorMessage":"Resource not found."}`
		nameless  = `{"error":{"message":"The job does not exist."}}`
	)
	for api, want := range map[API]struct {
		status      int
		missing     string
		elsewhere   int
		elsewhereIs string
	}{
		CFW:      {400, `{"error_code":"CFW.00200005","error_msg":"operation content does not exist"}`, 403, forbidden},
		ELBv1:    {404, `{"code":"itemNotFound","message":"job no could not be found"}`, 403, forbidden},
		ELBv3:    {404, `{"code":"itemNotFound","message":"job no could not be found"}`, 403, forbidden},
		ECS:      {400, `{"error":{"code":"Common.0011","message":"Invalid job ID."}}`, 400, foreign},
		EVS:      {400, `{"error":{"code":"Common.0011","message":"query job fail."}}`, 400, foreign},
		BMS:      {400, `{"error":{"code":"Common.0011","message":"Invalid job ID."}}`, 400, foreign},
		IMS:      {404, nameless, 403, forbidden},
		SDRS:     {404, nameless, 403, forbidden},
		DCS:      {404, `{"error_msg":"The job does not exist.","error_ext_msg":null}`, 403, forbidden},
		SFSTurbo: {404, `{"errCode":"SFS.TURBO.0019","errMsg":"Invalid Job Id"}`, 403, forbidden},
		RDS:      {400, dbs, 403, forbidden},
		DDS:      {400, dbs, 403, forbidden},
		TaurusDB: {400, dbs, 403, forbidden},
		GaussDB:  {400, dbs, 403, forbidden},
		DDM:      {400, `{"errCode":"DBS.300400","externalMessage":"The task is not found."}`, 403, forbidden},
		DWS:      {404, `{"error_msg":"No resources found."}`, 403, forbidden},
		CBR:      {404, `{"error_code":"BackupService.6500","error_msg":"Operation log does not exist."}`, 403, forbidden},
		CCEv3:    {404, cce, 403, forbidden},
		CCEv2:    {404, cce, 403, forbidden},
	} {
		c, a := newTestCloud(t, Options{}), api.row()
		missing := get(t, c, a.at(a.path, "no"))
		wantAnswer(t, missing, want.status, "")
		wantJSON(t, missing.Body, want.missing)

		// A fault's body does not replace a refusal, whatever its status.
		c.Inject(Fault{Service: a.service, Body: []byte(`{"secret":true}`)})
		token := c.IssueToken(otherProject)
		elsewhere := do(c, http.MethodGet, a.at(a.path, "no"), "", http.Header{"X-Auth-Token": {token}})
		wantAnswer(t, elsewhere, want.elsewhere, "")
		wantJSON(t, elsewhere.Body, want.elsewhereIs)
	}
}

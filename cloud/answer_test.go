package cloud

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

func TestAnswersAreClassified(t *testing.T) {
	const page = "<html><body>It works!</body></html>"
	for _, test := range []struct {
		status int
		body   string
		reason job.Reason
		text   string
	}{
		{400, `{"error_code":"CFW.00200005","error_msg":"operation content does not exist"}`, job.BadResponse, "cfw answered 400 (CFW.00200005): operation content does not exist"},
		{400, `{"message":"bad","code":"ELB.1003"}`, job.BadResponse, "cfw answered 400 (ELB.1003): bad"},
		{400, `{"badRequest":{"message":"bad","code":"400"}}`, job.BadResponse, "cfw answered 400 (400): bad"},
		{400, `{"errCode":"SFS.TURBO.0001","errMsg":"bad"}`, job.BadResponse, "cfw answered 400 (SFS.TURBO.0001): bad"},
		{400, `{"errCode":"DBS.300400","externalMessage":"The task is not found."}`, job.BadResponse, "cfw answered 400 (DBS.300400): The task is not found."},
		{400, `{"errorCode":"CCE.01400001","errorMessage":"bad"}`, job.BadResponse, "cfw answered 400 (CCE.01400001): bad"},
		{401, `{"error_msg":"Incorrect IAM authentication information: verify aksk signature fail","error_code":"APIG.0301"}`, job.Auth, "cfw answered 401 (APIG.0301): Incorrect IAM authentication information: verify aksk signature fail"},
		{401, `{"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}`, job.Auth, "cfw answered 401 (401): The request you have made requires authentication."},
		{403, `{"error_code":"APIG.0302","error_msg":"no"}`, job.Forbidden, "cfw answered 403 (APIG.0302): no"},
		{404, `{"error_code":"APIG.0101","error_msg":"The API does not exist"}`, job.NotPublished, "cfw answered 404 (APIG.0101): The API does not exist"},
		{404, `{"error_code":"APIGW.0101","error_msg":"The API does not exist"}`, job.NotPublished, "cfw answered 404 (APIGW.0101): The API does not exist"},
		{404, `{"itemNotFound":{"message":"no job","code":404}}`, job.NotFound, "cfw answered 404 (404): no job"},
		{404, ``, job.NotFound, "cfw answered 404"},
		{404, page, job.NotPublished, "cfw answered 404: a web page instead of an answer"},
		{405, page, job.BadResponse, "cfw answered 405: a web page instead of an answer"},
		{406, `{}`, job.BadResponse, "cfw answered 406"},
		{407, page, job.Network, "cfw answered 407: a web page instead of an answer"},
		{408, ``, job.Timeout, "cfw answered 408"},
		{409, ``, job.BadResponse, "cfw answered 409"},
		{429, `{"error_code":"APIG.0308","error_msg":"limit:10"}`, job.RateLimited, "cfw answered 429 (APIG.0308): limit:10"},
		{500, `{"error_code":"APIG.0308","error_msg":"limit:10"}`, job.RateLimited, "cfw answered 500 (APIG.0308): limit:10"},
		{500, `[]`, job.ServerError, "cfw answered 500"},
		{501, `null`, job.ServerError, "cfw answered 501"},
		{502, page, job.ServerError, "cfw answered 502: a web page instead of an answer"},
		{503, `"x"`, job.ServerError, "cfw answered 503"},
		{504, `{"error":"slow"}`, job.ServerError, "cfw answered 504: slow"},
		{202, `{}`, job.BadResponse, "cfw answered 202"},
		{204, ``, job.BadResponse, "cfw answered 204"},
		{302, page, job.BadResponse, "cfw answered 302: a redirect, which is not followed"},
		{400, `{"error_code":"APIG.9999","error_msg":"new\nline ` + strings.Repeat("x", 300) + `"}`, job.BadResponse, "cfw answered 400 (APIG.9999): new line " + strings.Repeat("x", 191) + "…"},
	} {
		t.Run(fmt.Sprint(test.status, " ", test.reason), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, simulator.Options{})
				c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Status: test.status, Body: []byte(test.body)})
				e := want(t, get(newClient(t, c, withKey(secret("secret-key")))), test.reason)
				if e.Error() != test.text {
					t.Errorf("got  %s\nwant %s", e, test.text)
				}
			})
		})
	}
}

func TestBrokenDeliveries(t *testing.T) {
	for name, test := range map[string]struct {
		fault  simulator.Fault
		reason job.Reason
		text   string
	}{
		"hang":             {simulator.Fault{Delivery: simulator.Hang}, job.Timeout, "context deadline exceeded"},
		"hang in the body": {simulator.Fault{Delivery: simulator.HangInBody}, job.Timeout, "context deadline exceeded"},
		"a byte a second":  {simulator.Fault{Delivery: simulator.Drip}, job.Timeout, "context deadline exceeded"},
		"slow":             {simulator.Fault{Latency: 11 * time.Second}, job.Timeout, "context deadline exceeded"},
		"cut":              {simulator.Fault{Delivery: simulator.Cut}, job.Network, "unexpected EOF"},
		"reset":            {simulator.Fault{Delivery: simulator.Reset}, job.Network, "reset"},
		"too long":         {simulator.Fault{Size: maxBody + 1}, job.BadResponse, "longer than 1 MiB"},
		"gzip bomb":        {simulator.Fault{Size: 100 << 20, Gzip: true}, job.BadResponse, "longer than 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.fault.Service = simulator.ServiceCFW
				c := newCloud(t, simulator.Options{})
				c.Inject(test.fault)
				began := time.Now()
				e := want(t, get(newClient(t, c, withKey(secret("secret-key")))), test.reason)
				if !strings.Contains(e.Error(), test.text) {
					t.Errorf("got %s", e)
				}
				if d := time.Since(began); d > 10*time.Second {
					t.Errorf("it took %v", d)
				}
			})
		})
	}
}

func TestABodyOfOneMebibyteIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Size: maxBody})
		body, err := bodyOf(newClient(t, c, withKey(secret("secret-key"))), context.Background(), "cfw")
		if err != nil || len(body) != maxBody {
			t.Errorf("got %d bytes, %v", len(body), err)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"7":                             7 * time.Second,
		"86400":                         job.MaxPause,
		"99999999999999999999999":       0,
		"-1":                            0,
		"soon":                          0,
		"Sat, 21 Nov 2026 12:01:00 GMT": time.Minute,
		"Sat, 21 Nov 2026 13:00:00 GMT": job.MaxPause,
		"Sat, 21 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

func TestRetryAfterIsOnlyObeyedFromAnOverloadedService(t *testing.T) {
	header := http.Header{"Retry-After": {"60"}}
	for status, want := range map[int]time.Duration{429: time.Minute, 503: time.Minute, 500: 0, 404: 0} {
		if e := answerError("elb", &http.Response{StatusCode: status, Header: header}, nil); e.RetryAfter != want {
			t.Errorf("%d: got %v, want %v", status, e.RetryAfter, want)
		}
	}
}

func TestFailedLogins(t *testing.T) {
	for name, test := range map[string]struct {
		fault  simulator.Fault
		reason job.Reason
		text   string
	}{
		"a wrong path":         {simulator.Page("iam", 404), job.NotPublished, "iam answered 404: a web page instead of an answer"},
		"not found":            {simulator.Fault{Status: 404, Body: []byte(`{"error":{"code":404,"message":"gone"}}`)}, job.NotPublished, "iam answered 404 (404): gone"},
		"throttled":            {simulator.Fault{Status: 429, Body: []byte(`{"error_code":"IAM.0012","error_msg":"Threshold: 10 times per 60 seconds"}`)}, job.RateLimited, "iam answered 429 (IAM.0012): Threshold: 10 times per 60 seconds"},
		"a page for an answer": {simulator.Page("iam", 201), job.BadResponse, "iam: the answer holds no token"},
		"no token":             {simulator.Fault{Status: 201, Body: []byte(`{"token":{"expires_at":"2030-01-01T00:00:00.000000Z"}}`)}, job.BadResponse, "iam: a token without X-Subject-Token or expires_at"},
		"no expiry":            {simulator.Fault{Status: 201, Header: http.Header{"X-Subject-Token": {"MII"}}, Body: []byte(`{"token":{}}`)}, job.BadResponse, "iam: a token without X-Subject-Token or expires_at"},
		"a redirect":           {simulator.Redirect("iam", "https://elsewhere.test/"), job.BadResponse, "iam answered 302: a redirect, which is not followed"},
		"a broken connection":  {simulator.Fault{Delivery: simulator.Reset}, job.Network, "reset"},
		"no answer":            {simulator.Fault{Delivery: simulator.Hang}, job.Timeout, "context deadline exceeded"},
		"too long":             {simulator.Fault{Size: 3 << 20}, job.BadResponse, "longer than 1 MiB"},
		"a bomb":               {simulator.Fault{Size: 30 << 20, Gzip: true}, job.BadResponse, "longer than 1 MiB"},
		"cut JSON":             {simulator.Fault{Delivery: simulator.ShortLength}, job.BadResponse, "iam: the answer holds no token"},
		"a cut body":           {simulator.Fault{Delivery: simulator.Cut}, job.Network, "unexpected EOF"},
		"a body too short":     {simulator.Fault{Delivery: simulator.LongLength}, job.Network, "unexpected EOF"},
		"a body that hangs":    {simulator.Fault{Delivery: simulator.HangInBody}, job.Timeout, "context deadline exceeded"},
		"wrong types":          {simulator.Fault{Body: []byte(`{"token":{"expires_at":5}}`)}, job.BadResponse, "iam: the answer holds no token"},
		"a list":               {simulator.Fault{Body: []byte(`[]`)}, job.BadResponse, "iam: the answer holds no token"},
		"nothing":              {simulator.Fault{Body: []byte{}}, job.BadResponse, "iam: the answer holds no token"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.fault.Service = simulator.ServiceIAM
				c := newCloud(t, simulator.Options{})
				c.Inject(test.fault)
				client := newClient(t, c, withPassword("pass-word"))
				for range 10 {
					e := want(t, get(client), test.reason)
					if !strings.Contains(e.Error(), test.text) || e.RetryAfter != time.Minute {
						t.Errorf("got %s, to be tried again in %v", e, e.RetryAfter)
					}
					time.Sleep(time.Minute)
				}
				if n := c.Calls(simulator.ServiceIAM); n != 10 {
					t.Errorf("%d logins in 10 min", n)
				}
				c.ClearFaults()
				want(t, get(client), "")
			})
		})
	}
}

func TestBothShapesOfARefusedLogin(t *testing.T) {
	for shape, text := range map[simulator.IAMErrorShape]string{
		simulator.IAMErrorCodes:  "iam answered 401 (IAM.0062): ",
		simulator.IAMErrorObject: "iam answered 401 (401): ",
	} {
		synctest.Test(t, func(t *testing.T) {
			e := want(t, get(newClient(t, newCloud(t, simulator.Options{IAMErrors: shape}), withPassword("wrong"))), job.Auth)
			if !strings.HasPrefix(e.Error(), text) {
				t.Errorf("got %s", e)
			}
		})
	}
}

package cloud

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// What package gate promises, and the locks of the gateway depend on.
const (
	maxTrials      = 4                       // calls that try a credential at a time
	slowTrial      = 1700 * time.Millisecond // the latency at which there are that many
	unansweredLife = time.Minute             // of a trial without a response
)

// answers is a cloud whose services answer with the status that stands at their
// host and path.
type answers func(r *http.Request) int

func (a answers) ServeHTTP(w http.ResponseWriter, r *http.Request) { w.WriteHeader(a(r)) }

func TestALoginThatFailsTriesNoCredential(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, answers(func(r *http.Request) int {
			if r.Host != "iam.test" {
				t.Errorf("%s is called with a credential that nobody has", r.Host)
			}
			return http.StatusServiceUnavailable
		}), withPassword("p"))
		want(t, get(c), job.ServerError)
	})
}

func TestAServerWithoutKeyDoesNotShutTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, answers(func(*http.Request) int { return http.StatusNotFound }),
			func(p *config.Project) { p.Metadata = true })
		var wg sync.WaitGroup
		for _, service := range []string{"cfw", "elb", "cfw", "elb"} {
			wg.Go(func() { _, _ = bodyOf(c, context.Background(), service) })
		}
		wg.Wait()
		if err := c.service("cfw").door.Shut(); err != nil {
			t.Errorf("no call was made, and the next is held back: %v", err)
		}
	})
}

// gather makes 16 calls at once and counts how they end, by reason; ok if well.
func gather(c *Client) map[job.Reason]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	ends := map[job.Reason]int{}
	for range 16 {
		wg.Go(func() {
			end := job.Reason("ok")
			if err := get(c); err != nil {
				end = AsError("cfw", err).Reason
			}
			mu.Lock()
			defer mu.Unlock()
			ends[end]++
		})
	}
	wg.Wait()
	return ends
}

// TestAFailureIsThatOfItsOwnCall: without a response, every call tries for itself.
func TestAFailureIsThatOfItsOwnCall(t *testing.T) {
	for reason, fault := range map[job.Reason]simulator.Fault{
		job.Timeout: {Service: simulator.ServiceCFW, Delivery: simulator.Hang},
		job.Network: {Service: simulator.ServiceCFW, Delivery: simulator.Reset},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t, simulator.Options{})
			client := newClient(t, c, withKey(secret("wrong")))
			remove := c.Inject(fault)
			if ends := gather(client); ends[reason] != 16 {
				t.Errorf("got %v, want 16 %s", ends, reason)
			}
			if n := c.Calls(simulator.ServiceCFW); n != 16 {
				t.Errorf("%s: %d calls for 16 jobs", reason, n)
			}
			remove()
			time.Sleep(unansweredLife)
			if ends := gather(client); ends[job.Auth] != 16 {
				t.Errorf("got %v, want 16 auth", ends)
			}
			if n := c.Calls(simulator.ServiceCFW); n != 17 {
				t.Errorf("%s: %d calls, want one that is refused", reason, n-16)
			}
		})
	}
}

// TestOnlyAResponseFromBehindTheAuthenticationProvesACredential: before the wrong
// key is refused, something answers that has not looked at it.
func TestOnlyAResponseFromBehindTheAuthenticationProvesACredential(t *testing.T) {
	json := func(status int, body string) simulator.Fault {
		return simulator.Fault{Status: status, Body: []byte(body)}
	}
	for name, test := range map[string]struct {
		fault  simulator.Fault
		proves bool
	}{
		"redirect":              {simulator.Redirect(simulator.ServiceCFW, "/login"), false},
		"captive portal":        {simulator.Page(simulator.ServiceCFW, 200), false},
		"empty 200":             {json(200, ""), false},
		"403 of a proxy":        {simulator.Page(simulator.ServiceCFW, 403), false},
		"404 page":              {simulator.Page(simulator.ServiceCFW, 404), false},
		"400 page":              {simulator.Page(simulator.ServiceCFW, 400), false},
		"proxy wants a login":   {simulator.Page(simulator.ServiceCFW, 407), false},
		"408":                   {simulator.Page(simulator.ServiceCFW, 408), false},
		"throttled":             {simulator.Throttle(simulator.ServiceCFW, ""), false},
		"500":                   {json(500, `{"error_code":"CFW.0001","error_msg":"internal"}`), false},
		"502":                   {simulator.Page(simulator.ServiceCFW, 502), false},
		"503":                   {simulator.Page(simulator.ServiceCFW, 503), false},
		"no such API":           {json(404, `{"error_code":"APIG.0101","error_msg":"The API does not exist"}`), false},
		"bad request":           {json(400, `{"error_code":"APIG.0201","error_msg":"Bad request"}`), false},
		"not here":              {json(403, `{"error_code":"APIG.0802","error_msg":"The IAM user is forbidden in the region"}`), false},
		"a firewall's JSON":     {json(403, `{"message":"blocked by policy"}`), false},
		"an ingress' JSON":      {json(404, `{"message":"no route"}`), false},
		"400 without a code":    {json(400, `{"message":"malformed"}`), false},
		"a list":                {json(200, "[]"), false},
		"not allowed":           {json(403, `{"error_code":"APIG.0302","error_msg":"The IAM user is not allowed"}`), true},
		"not allowed by ELB":    {json(403, `{"error_code":"ELB.1101","error_msg":"no permission"}`), true},
		"no such job":           {json(404, `{"error_code":"CFW.00200005","error_msg":"not found"}`), true},
		"no such job, with 400": {json(400, `{"code":"Common.0011","message":"invalid job"}`), true},
		"a code of two words":   {json(404, `{"errCode":"SFS.TURBO.0019","errMsg":"Invalid Job Id"}`), true},
		"a code of digits":      {json(400, `{"error_code":"111400070","error_msg":"invalid task"}`), true},
		"a code that is HTTP's": {json(404, `{"code":404,"message":"no route"}`), false},
		"a job":                 {json(200, `{"data":{"id":"x","status":"Success"}}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, simulator.Options{})
				test.fault.Service, test.fault.Times = simulator.ServiceCFW, 1
				c.Inject(test.fault)
				client := newClient(t, c, withKey(secret("wrong")))
				_ = get(client)
				c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Latency: slowTrial})
				if ends := gather(client); ends[job.Auth] != 16 {
					t.Errorf("got %v, want 16 auth", ends)
				}
				calls, most := c.Calls(simulator.ServiceCFW)-1, maxTrials
				if test.proves {
					most = 16
				}
				if calls != most {
					t.Errorf("%d calls were refused, want %d", calls, most)
				}
			})
		})
	}
}

// TestAnotherCredentialMustProveItself: that one was accepted says nothing about the
// next one, which stands in the same file.
func TestAnotherCredentialMustProveItself(t *testing.T) {
	for name, test := range map[string]struct {
		good func(*simulator.Cloud) string
		auth func(file string) func(*config.Project)
	}{
		"key": {
			func(*simulator.Cloud) string { return "secret-key" },
			func(file string) func(*config.Project) { return withKey(secrets.Source{File: file}) },
		},
		"token": {
			func(c *simulator.Cloud) string { return c.IssueToken(testProject) },
			func(file string) func(*config.Project) {
				return func(p *config.Project) { p.Token = secrets.Source{File: file} }
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "secret")
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, simulator.Options{})
				writeFile(t, file, test.good(c))
				client := newClient(t, c, test.auth(file))
				if ends := gather(client); ends["ok"] != 16 {
					t.Errorf("got %v, want 16 ok", ends)
				}
				writeFile(t, file, "wrong-secret")
				calls := c.Calls(simulator.ServiceCFW)
				if ends := gather(client); ends[job.Auth] != 16 {
					t.Errorf("got %v, want 16 auth", ends)
				}
				if n := c.Calls(simulator.ServiceCFW) - calls; n > maxTrials {
					t.Errorf("%d calls with the wrong secret, want at most %d", n, maxTrials)
				}
			})
		})
	}
}

// TestACallThatIsGivenUpStillCounts: the gateway may count it as a refusal, whoever
// waits, and however short the time-out is.
func TestACallThatIsGivenUpStillCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Latency: 2 * time.Second})
		client := newClient(t, c, withKey(secret("wrong")))
		client.options.Timeout = time.Second
		var wg sync.WaitGroup
		ctx, cancel := context.WithTimeout(t.Context(), unansweredLife-time.Second)
		defer cancel()
		for range 40 {
			wg.Go(func() { _, _ = bodyOf(client, ctx, "cfw") })
		}
		wg.Wait()
		if n := c.Calls(simulator.ServiceCFW); n != maxTrials {
			t.Errorf("%d calls tried the key in a minute, want %d", n, maxTrials)
		}
	})
}

package cloud

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// answers is a cloud whose services answer with the status that stands at their
// host and path.
type answers func(r *http.Request) int

func (a answers) ServeHTTP(w http.ResponseWriter, r *http.Request) { w.WriteHeader(a(r)) }

func TestALoginThatFailsProvesNoCredential(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, answers(func(*http.Request) int { return http.StatusServiceUnavailable }), withPassword("p"))
		_ = get(c)
		if c.service("cfw").gate.proven {
			t.Error("a credential that nobody had was accepted")
		}
	})
}

func TestAServerWithoutKeyDoesNotShutTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, answers(func(*http.Request) int { return http.StatusNotFound }),
			func(p *config.Project) { p.Metadata = true })
		var wg sync.WaitGroup
		for _, service := range []string{"cfw", "elb", "cfw", "elb"} {
			wg.Go(func() { _, _ = c.Get(context.Background(), service, jobPath, nil) })
		}
		wg.Wait()
		if left := c.service("cfw").gate.pause.left(time.Now()); left > 0 {
			t.Errorf("no call was made, and the next is held back for %s", left)
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

// TestACallThatHangsHoldsUpNoOther: jobs that the cloud answers about are known
// within a second, and only those that hang time out.
func TestACallThatHangsHoldsUpNoOther(t *testing.T) {
	for hanging, longest := range map[int]time.Duration{
		0:             0,
		1:             time.Second,
		3:             time.Second,
		maxTrials:     trialLife, // no more may be refused, as far as one can know
		maxTrials + 3: trialLife + time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t, simulator.Options{})
			c.Inject(simulator.Fault{Service: simulator.ServiceCFW, JobID: "hangs", Delivery: simulator.Hang})
			client := newClient(t, c, withKey(secret("secret-key")))
			var wg sync.WaitGroup
			for range hanging {
				wg.Go(func() {
					_, err := client.Get(t.Context(), "cfw", "/v3/"+testProject+"/jobs/hangs", nil)
					want(t, err, job.Timeout)
				})
				synctest.Wait()
			}
			began := time.Now()
			for range 16 {
				wg.Go(func() {
					if err := get(client); err != nil {
						t.Errorf("%d hang: %v", hanging, err)
					}
					if d := time.Since(began); d > longest {
						t.Errorf("%d hang: answered after %s, want at most %s", hanging, d, longest)
					}
				})
			}
			wg.Wait()
		})
	}
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
			time.Sleep(trialLife)
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
		"not allowed":           {json(403, `{"error_code":"APIG.0302","error_msg":"The IAM user is not allowed"}`), true},
		"no such job":           {json(404, `{"error_code":"CFW.00200005","error_msg":"not found"}`), true},
		"no such job, with 400": {json(400, `{"code":"Common.0011","message":"invalid job"}`), true},
		"a job":                 {json(200, `{"data":{"id":"x","status":"Success"}}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, simulator.Options{})
				test.fault.Service, test.fault.Times = simulator.ServiceCFW, 1
				c.Inject(test.fault)
				client := newClient(t, c, withKey(secret("wrong")))
				_ = get(client)
				c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Latency: 5 * time.Second})
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

// TestAKeyThatWasRefusedIsTriedByFewerCalls: slow refusals add up.
func TestAKeyThatWasRefusedIsTriedByFewerCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Latency: 5 * time.Second})
		client := newClient(t, c, withKey(secret("wrong")))
		for round, calls := range []int{maxTrials, maxTrials + 1, maxTrials + 2} {
			if ends := gather(client); ends[job.Auth] != 16 {
				t.Errorf("got %v, want 16 auth", ends)
			}
			if n := c.Calls(simulator.ServiceCFW); n != calls {
				t.Errorf("round %d: %d calls were refused, want %d", round, n, calls)
			}
			time.Sleep(maxLoginPause)
		}
	})
}

// TestATrialThatIsGivenUpStillCounts: the gateway may count it, whoever waits.
func TestATrialThatIsGivenUpStillCounts(t *testing.T) {
	for key, reason := range map[string]job.Reason{"secret-key": "ok", "wrong": job.Auth} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t, simulator.Options{})
			c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Latency: 5 * time.Second})
			client := newClient(t, c, withKey(secret(key)))
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := client.Get(ctx, "cfw", jobPath, nil); !errors.Is(err, context.Canceled) {
					t.Errorf("who gave up got %v", err)
				}
			})
			synctest.Wait()
			cancel()
			wg.Go(func() {
				if ends := gather(client); ends[reason] != 16 {
					t.Errorf("who waited got %v, want 16 %s", ends, reason)
				}
			})
			time.Sleep(4 * time.Second)
			if n := c.Calls(simulator.ServiceCFW); n != maxTrials {
				t.Errorf("%d calls try the key, want %d", n, maxTrials)
			}
			wg.Wait()
		})
	}
}

func TestNobodyWaitsForATrialLongerThanHeMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Delivery: simulator.Hang})
		client := newClient(t, c, withKey(secret("secret-key")))
		var wg sync.WaitGroup
		wg.Go(func() { _ = get(client) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := client.Get(ctx, "cfw", jobPath, nil)
		want(t, err, job.Timeout)
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("waited for %s", waited)
		}
		wg.Wait()
	})
}

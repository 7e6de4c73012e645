package cloud

import (
	"context"
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

// gather makes n calls at once and counts how they end, by reason; ok if well.
func gather(c *Client, n int) map[job.Reason]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	ends := map[job.Reason]int{}
	for range n {
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

func TestWithoutAnAnswerACredentialStaysOnTrial(t *testing.T) {
	for reason, fault := range map[job.Reason]simulator.Fault{
		job.Timeout: {Service: simulator.ServiceCFW, Delivery: simulator.Hang},
		job.Network: {Service: simulator.ServiceCFW, Latency: time.Second, Delivery: simulator.Reset},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t, simulator.Options{})
			client := newClient(t, c, withKey(secret("wrong")))
			remove := c.Inject(fault)
			began := time.Now()
			for round := range 3 {
				if ends := gather(client, 16); ends[reason] != 16 {
					t.Errorf("round %d: got %v, want 16 %s", round, ends, reason)
				}
				if n := c.Calls(simulator.ServiceCFW); n != round+1 {
					t.Errorf("%s: %d calls in %d rounds, want one in each", reason, n, round+1)
				}
			}
			if took := time.Since(began); took > 3*client.options.Timeout {
				t.Errorf("%s: who waited, waited for %s", reason, took)
			}
			remove()
			if ends := gather(client, 16); ends[job.Auth] != 16 {
				t.Errorf("got %v, want 16 auth", ends)
			}
			if n := c.Calls(simulator.ServiceCFW); n != 4 {
				t.Errorf("%s: %d calls, want one that is refused", reason, n-3)
			}
		})
	}
}

func TestATrialThatIsGivenUpIsTheNextOnes(t *testing.T) {
	for name, giveUp := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"canceled": context.WithCancel,
		"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		},
	} {
		for key, want := range map[string]struct {
			reason job.Reason
			calls  int
		}{
			"secret-key": {"ok", 17},
			"wrong":      {job.Auth, 2},
		} {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, simulator.Options{})
				c.Inject(simulator.Fault{Service: simulator.ServiceCFW, Latency: 5 * time.Second})
				client := newClient(t, c, withKey(secret(key)))
				ctx, cancel := giveUp(t.Context())
				defer cancel()
				var wg sync.WaitGroup
				wg.Go(func() {
					if _, err := client.Get(ctx, "cfw", jobPath, nil); err == nil {
						t.Errorf("%s: who gave up has an answer", name)
					}
				})
				synctest.Wait()
				wg.Go(func() {
					if ends := gather(client, 16); ends[want.reason] != 16 {
						t.Errorf("%s: who waited got %v, want 16 %s", name, ends, want.reason)
					}
				})
				synctest.Wait()
				if name == "canceled" {
					cancel()
				}
				time.Sleep(2 * time.Second)
				if n := c.Calls(simulator.ServiceCFW); n != 2 {
					t.Errorf("%s: %d calls, want one more trial", name, n)
				}
				wg.Wait()
				if n := c.Calls(simulator.ServiceCFW); n != want.calls {
					t.Errorf("%s: %d calls, want %d", name, n, want.calls)
				}
			})
		}
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

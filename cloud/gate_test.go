package cloud

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/config"
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

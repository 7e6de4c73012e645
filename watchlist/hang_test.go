package watchlist

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"cloudjob_exporter/config"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestALoadThatHangsHoldsNothingUp: neither the page with the configuration, nor a
// change of the jobs, nor the stop.
func TestALoadThatHangsHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		polls := poller.New(log.NewNopLogger(), registry, nil)
		defer polls.Close()
		hang := make(chan struct{})
		reads := 0
		l := New(Options{Logger: log.NewNopLogger(), Metrics: registry, Poller: polls, UserAgent: "test", Read: func() (*config.Config, error) {
			if reads++; reads > 1 {
				<-hang
				return nil, errors.New("the disk is back, and broken")
			}
			return config.Parse("c.yml", []byte("projects:\n- {name: prod, cloud: otc, region: eu-de, project_id: 09bb24e6fe80d23d2fa2c010b53b418c, metadata: true}\n"),
				config.Options{Providers: provider.Schema()})
		}})
		if err := l.Load(); err != nil {
			t.Fatal(err)
		}
		loaded := make(chan error, 1)
		go func() { loaded <- l.Load() }()
		synctest.Wait()

		if text, err := l.Config(); err != nil || !strings.Contains(text, "name: prod") {
			t.Errorf("got %q, %v", text, err)
		}
		l.refresh()
		l.Close()
		close(hang)
		if err := <-loaded; err == nil {
			t.Error("a load that failed counts as good")
		}
	})
}

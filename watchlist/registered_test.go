package watchlist

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/config"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/registration"
)

// TestRegisteredJobsAreWatched follows registrations through reloads, to their end.
func TestRegisteredJobsAreWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		polls := poller.New(log.NewNopLogger(), registry, nil)
		defer polls.Close()
		var projects, sections string
		l := New(Options{Logger: log.NewNopLogger(), Metrics: registry, Poller: polls, UserAgent: "test", Read: func() (*config.Config, error) {
			text := "projects:\n"
			for name := range strings.FieldsSeq(projects) {
				text += fmt.Sprintf("- {name: %s, cloud: otc, region: eu-de, project_id: 09bb24e6fe80d23d2fa2c010b53b418c, token: t0ken}\n", name)
			}
			return config.Parse("c.yml", []byte(text+sections), config.Options{Providers: provider.Schema()})
		}})
		defer l.Close()
		load := func(names, text string) {
			projects, sections = names, text
			if err := l.Load(); err != nil {
				t.Fatal(err)
			}
		}
		load("prod test", "")
		ctx, cancel := context.WithCancel(t.Context())
		followed := make(chan struct{})
		go func() {
			defer close(followed)
			l.registered.Run(ctx) // as Follow does, which also waits for the kernel
		}()
		put := func(project, id string) {
			if _, err := l.Registrations().Put(t.Context(), registration.Request{Provider: "cfw", Project: project, JobID: id}); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		watched := func() string {
			var all []string
			for _, s := range polls.Snapshot().Jobs() {
				all = append(all, fmt.Sprintf("%s/%s %s", s.Project, s.ID, s.StuckAfter))
			}
			slices.Sort(all)
			return strings.Join(all, ", ")
		}
		for _, step := range []struct {
			what string
			do   func()
			want string
		}{
			{"registered", func() { put("prod", "a"); put("test", "b") }, "prod/a 30m0s, test/b 30m0s"},
			{"configured, too", func() { load("prod test", "jobs: [{provider: cfw, project: prod, ids: [a], stuck_after: 1h}]") }, "prod/a 1h0m0s, test/b 30m0s"},
			{"configured elsewhere", func() { load("prod test", "jobs: [{provider: cfw, project: test, ids: [a]}]") }, "test/a 30m0s, test/b 30m0s"},
			{"no longer configured", func() { load("prod test", "") }, "prod/a 30m0s, test/b 30m0s"},
			{"without its project", func() { load("test", "") }, "test/b 30m0s"},
			{"another one meanwhile", func() { put("test", "c") }, "test/b 30m0s, test/c 30m0s"},
			{"with its project again", func() { load("prod test", "") }, "prod/a 30m0s, test/b 30m0s, test/c 30m0s"},
			{"with another threshold", func() { load("prod test", "registration: {stuck_after: 5m, retention: 2h}") }, "prod/a 5m0s, test/b 5m0s, test/c 5m0s"},
			{"deleted", func() {
				if err := l.Registrations().Delete(t.Context(), registration.Request{Provider: "cfw", Project: "test", JobID: "b"}); err != nil {
					t.Error(err)
				}
			}, "prod/a 5m0s, test/c 5m0s"},
			{"later", func() { time.Sleep(time.Hour); put("test", "c") }, "prod/a 5m0s, test/c 5m0s"},
			{"after the retention of one", func() { time.Sleep(time.Hour + 2*time.Minute) }, "test/c 5m0s"},
			{"after that of the other", func() { time.Sleep(time.Hour) }, ""},
		} {
			step.do()
			if got := watched(); got != step.want {
				t.Errorf("%s: watched are %s, want %s", step.what, got, step.want)
			}
		}
		cancel()
		<-followed
	})
}

package registration

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// TestRetention has a job that is registered at the beginning, with a retention of a
// day. What happens to it comes at its time; then the test waits for it to go.
func TestRetention(t *testing.T) {
	type event struct {
		at time.Duration
		do func(*world, job.Key)
	}
	answer := func(status job.Status) func(*world, job.Key) {
		return func(w *world, k job.Key) { w.answered(k, status, time.Time{}) }
	}
	ended := func(ago time.Duration) func(*world, job.Key) {
		return func(w *world, k job.Key) { w.answered(k, job.Failed, time.Now().Add(-ago)) }
	}
	missing := func(w *world, k job.Key) {
		w.take()
		state := &job.State{Job: w.watched[k]}
		if old := w.known(k); old != nil {
			state = old
		}
		w.know(k, state.Unanswered(job.NotFound))
	}
	failing := func(w *world, k job.Key) { w.know(k, w.known(k).Unanswered(job.Network)) }
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		events []event
		goes   time.Duration // 0: not within 30 days
	}{
		"never polled":              {nil, day},
		"never found":               {[]event{{time.Minute, missing}}, day},
		"found late":                {[]event{{time.Minute, missing}, {20 * time.Hour, answer(job.Running)}}, 0},
		"runs":                      {[]event{{time.Minute, answer(job.Running)}}, 0},
		"runs, and cannot be asked": {[]event{{time.Minute, answer(job.Running)}, {time.Hour, failing}}, 0},
		"ends":                      {[]event{{time.Minute, answer(job.Running)}, {3 * time.Hour, ended(0)}}, 27 * time.Hour},
		"ends, learnt later":        {[]event{{time.Minute, answer(job.Running)}, {50 * time.Hour, ended(40 * time.Hour)}}, 74 * time.Hour},
		"over when it came":         {[]event{{time.Minute, ended(1000 * time.Hour)}}, day + time.Minute},
		"an end in the future":      {[]event{{time.Minute, ended(-1000 * time.Hour)}}, day + time.Minute},
		"lost while it ran":         {[]event{{time.Minute, answer(job.Running)}, {10 * time.Hour, missing}}, 34 * time.Hour},
		"registered again": {[]event{{10 * time.Hour, func(w *world, _ job.Key) {
			if got := w.put("elb/prod/a"); got != "known" {
				w.t.Error(got)
			}
		}}}, 34 * time.Hour},
		"registered again when over": {[]event{{time.Minute, ended(0)}, {10 * time.Hour, func(w *world, _ job.Key) { w.put("elb/prod/a") }}}, 34 * time.Hour},
		"its project goes":           {[]event{{time.Minute, answer(job.Running)}, {50 * time.Hour, func(w *world, k job.Key) { w.reload("projects: [test]"); w.know(k, nil) }}}, 74 * time.Hour},
		"a retention that shrinks":   {[]event{{time.Minute, ended(0)}, {2 * time.Hour, func(w *world, _ job.Key) { w.reload(usual + "registration: {retention: 3h}") }}}, 3*time.Hour + time.Minute},
		"a retention that grows":     {[]event{{time.Minute, ended(0)}, {2 * time.Hour, func(w *world, _ job.Key) { w.reload(usual + "registration: {retention: 2d}") }}}, 48*time.Hour + time.Minute},
		"watched otherwise": {[]event{{time.Minute, func(w *world, k job.Key) {
			other := &job.Job{Key: k, Project: "test", APIVersion: "v3"}
			w.claims[k] = claim{poller.Source{}, other}
			w.know(k, (&job.State{Job: other}).Answered(job.Report{Status: job.Running}, time.Now()))
		}}}, day},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, &memory{texts: map[job.Key]string{}}, usual)
				defer run(t, w)()
				began := time.Now()
				w.put("elb/prod/a")
				k := job.Key{Provider: "elb", ID: "a"}
				for _, e := range test.events {
					time.Sleep(e.at - time.Since(began))
					synctest.Wait()
					e.do(w, k)
				}
				goes := test.goes
				if goes == 0 {
					goes = 30 * 24 * time.Hour
				}
				time.Sleep(goes - time.Second - time.Since(began))
				synctest.Wait()
				if entries, stored := w.kept(); entries != 1 || stored != 1 {
					t.Fatalf("it is gone before %v", goes)
				}
				if test.goes == 0 {
					return
				}
				time.Sleep(longestSweep + 2*time.Second)
				synctest.Wait()
				if entries, stored := w.kept(); w.list() != "" || entries != 0 || stored != 0 {
					t.Errorf("it is still there after %v", time.Since(began))
				}
				if log := w.logs.String(); strings.Count(log, "level=info msg=\"registration expired\" provider=elb project=prod job_id=a\n") != 1 {
					t.Errorf("logged:\n%s", log)
				}
			})
		})
	}
}

// run runs a set until it is stopped.
func run(t *testing.T, w *world) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

func TestRetentionAfterARestart(t *testing.T) {
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		found bool                                 // before the restart
		down  time.Duration                        // how long the exporter was
		state func(*job.Job, time.Time) *job.State // known after it, of the time of the registration
		goes  time.Duration                        // after the restart
	}{
		"never found":                {false, time.Hour, nil, 22 * time.Hour},
		"never found, down for long": {false, 10 * day, nil, settling},
		"found":                      {true, time.Hour, nil, day},
		"found, down for long":       {true, 10 * day, nil, day},
		"found, and stored when over": {true, time.Hour, func(j *job.Job, began time.Time) *job.State {
			return &job.State{Job: j, Report: job.Report{Status: job.Success}, LastSuccess: began.Add(time.Minute)}
		}, 22*time.Hour + time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &memory{texts: map[job.Key]string{}}
				w := newWorld(t, store, usual)
				stop := run(t, w)
				began := time.Now()
				w.put("elb/prod/a v3 45m")
				k := job.Key{Provider: "elb", ID: "a"}
				if test.found {
					w.answered(k, job.Running, time.Time{})
				}
				time.Sleep(time.Hour)
				stop()
				time.Sleep(test.down)
				w = newWorld(t, store, usual)
				defer run(t, w)()
				if got := w.list(); got != "elb/prod/a 45m0s v3" {
					t.Fatalf("watched are %q", got)
				}
				if test.state != nil {
					w.know(k, test.state(w.watched[k], began))
				}
				restarted := time.Now()
				time.Sleep(test.goes - time.Second - time.Since(restarted))
				synctest.Wait()
				if entries, _ := w.kept(); entries != 1 {
					t.Fatal("it is gone too soon")
				}
				time.Sleep(longestSweep + 2*time.Second)
				synctest.Wait()
				if entries, stored := w.kept(); entries != 0 || stored != 0 {
					t.Error("it is still there")
				}
			})
		})
	}
}

// TestWhatTheStoreFindsLater: the disk could not be read at the start.
func TestWhatTheStoreFindsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{texts: map[job.Key]string{}}
		newWorld(t, store, usual).put("elb/prod/a v3")
		texts := store.texts
		store.texts = map[job.Key]string{}
		w := newWorld(t, store, usual)
		defer run(t, w)()
		w.put("elb/prod/b v3")
		texts[job.Key{Provider: "elb", ID: "b"}] = `{"project":"test"}` // which is older
		texts[job.Key{Provider: "elb", ID: "broken"}] = `{"project":`
		texts[job.Key{Provider: "elb", ID: "empty"}] = `{}`
		texts[job.Key{Provider: "elb", ID: "wrong"}] = `{"project":"prod","stuck_after":-1}`
		texts[job.Key{Provider: "obs", ID: "newer"}] = `{"project":"prod","fields":["of a newer version"],"registered":` + "946684800000}"
		store.merge(texts, 0)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := w.list(); got != "elb/prod/b 30m0s v3" {
			t.Errorf("nobody said that there is more, watched are %s", got)
		}
		store.merge(texts, 1)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := w.list(); got != "elb/prod/a 30m0s v3, elb/prod/b 30m0s v3" {
			t.Errorf("watched are %s", got)
		}
		for _, want := range []string{
			`level=error msg="dropped stored registrations that cannot be decoded" registrations=3`, `level=info msg="registrations restored" jobs=2`,
		} {
			if !strings.Contains(w.logs.String(), want+"\n") {
				t.Errorf("the log lacks %s:\n%s", want, w.logs.String())
			}
		}
		if len(store.texts) != 3 {
			t.Errorf("stored are %v", store.texts)
		}
	})
}

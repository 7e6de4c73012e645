package registration

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

func TestPut(t *testing.T) {
	elsewhere := func(rank poller.Rank, project, version string) map[job.Key]claim {
		k := job.Key{Provider: "elb", ID: "a"}
		return map[job.Key]claim{k: {poller.Source{Rank: rank, Name: "other"}, &job.Job{Key: k, Project: project, APIVersion: version}}}
	}
	for name, test := range map[string]struct {
		configuration string
		before        []string // requests
		claims        map[job.Key]claim
		put, want     string
		watched       string
	}{
		"new":                    {put: "elb/prod/a", want: "new", watched: "elb/prod/a 30m0s v1.0"},
		"with parameters":        {put: "elb/prod/a v3 45m", want: "new", watched: "elb/prod/a 45m0s v3"},
		"one API":                {put: "cfw/prod/a", want: "new", watched: "cfw/prod/a 30m0s"},
		"a default of its own":   {configuration: usual + "registration: {stuck_after: 2h}", put: "cfw/prod/a", want: "new", watched: "cfw/prod/a 2h0m0s"},
		"known":                  {before: []string{"elb/prod/a v3"}, put: "elb/prod/a v3", want: "known", watched: "elb/prod/a 30m0s v3"},
		"another version":        {before: []string{"elb/prod/a v3 1h"}, put: "elb/prod/a v1.0", want: "known", watched: "elb/prod/a 30m0s v1.0"},
		"another threshold":      {before: []string{"elb/prod/a v3 1h"}, put: "elb/prod/a v3 2h", want: "known", watched: "elb/prod/a 2h0m0s v3"},
		"the same ID elsewhere":  {before: []string{"cfw/test/a"}, put: "elb/prod/a v3", want: "new", watched: "cfw/test/a 30m0s, elb/prod/a 30m0s v3"},
		"the second project":     {before: []string{"elb/test/a"}, put: "elb/prod/a", want: `conflict: job a is registered in project "test"; delete that registration first`, watched: "elb/test/a 30m0s v1.0"},
		"configured, too":        {claims: elsewhere(poller.Configuration, "prod", "v1.0"), put: "elb/prod/a - 1h", want: "known", watched: "elb/prod/a 1h0m0s v1.0"},
		"discovered, too":        {claims: elsewhere(poller.Discovery, "prod", "v3"), put: "elb/prod/a v3", want: "known", watched: "elb/prod/a 30m0s v3"},
		"configured elsewhere":   {claims: elsewhere(poller.Configuration, "test", "v3"), put: "elb/prod/a v3", want: `conflict: job a is already watched by the configuration, in project "test", api_version "v3", which takes precedence over a registration`},
		"configured otherwise":   {claims: elsewhere(poller.Configuration, "prod", "v3"), put: "elb/prod/a", want: `conflict: job a is already watched by the configuration, in project "prod", api_version "v3", which takes precedence over a registration`},
		"a job file elsewhere":   {claims: elsewhere(poller.JobFiles, "test", ""), put: "elb/prod/a", want: `conflict: job a is already watched by a job file, in project "test", which takes precedence over a registration`},
		"discovered elsewhere":   {claims: elsewhere(poller.Discovery, "test", "v3"), put: "elb/prod/a v3", want: "new", watched: "elb/prod/a 30m0s v3"},
		"no such provider":       {put: "obs/prod/a", want: `invalid: there is no provider "obs"`},
		"no such version":        {put: "elb/prod/a v2", want: `invalid: provider elb has no api_version "v2"`},
		"a version of one API":   {put: "cfw/prod/a v1.0", want: `invalid: provider cfw has no api_version "v1.0"`},
		"no such project":        {put: "elb/prd/a", want: `no project: there is no project "prd", did you mean prod?`},
		"no project at all":      {put: "elb//a", want: `no project: there is no project "", known are prod, test`},
		"no endpoint":            {configuration: "projects: [prod-]", put: "cfw/prod/a", want: `invalid: project "prod" has no endpoint for cfw; its cloud and region, or its endpoints, must say it`},
		"no duration":            {put: "elb/prod/a v3 soon", want: `invalid: the parameter stuck_after: "soon" is no duration; write one like 30s, 15m or 1h30m`},
		"no unit":                {put: "elb/prod/a v3 45", want: `invalid: the parameter stuck_after: "45" has no unit; for seconds write 45s`},
		"no time":                {put: "elb/prod/a v3 0s", want: `invalid: the parameter stuck_after: "0s" must be more than 0`},
		"too short":              {put: "elb/prod/a v3 10ns", want: `invalid: the parameter stuck_after: "10ns" is shorter than 1ms`},
		"a bad ID":               {put: "elb/prod/..", want: `invalid: ".." is not a job ID: must be 1 to 128 characters out of A-Z a-z 0-9 . _ -`},
		"full":                   {configuration: usual + "registration: {max_jobs: 2}", before: []string{"elb/prod/b", "elb/prod/c"}, put: "elb/prod/a", want: "full: there are 2 registered jobs, and registration.max_jobs allows no more", watched: "elb/prod/b 30m0s v1.0, elb/prod/c 30m0s v1.0"},
		"full, but it is known":  {configuration: usual + "registration: {max_jobs: 2}", before: []string{"elb/prod/b", "elb/prod/c"}, put: "elb/prod/b v3", want: "known", watched: "elb/prod/b 30m0s v3, elb/prod/c 30m0s v1.0"},
		"a conflict, and not in": {claims: elsewhere(poller.Configuration, "test", "v3"), put: "elb/prod/b", want: "new", watched: "elb/prod/b 30m0s v1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.configuration == "" {
				test.configuration = usual
			}
			w := newWorld(t, &memory{texts: map[job.Key]string{}}, test.configuration)
			for _, put := range test.before {
				if got := w.put(put); got != "new" {
					t.Fatal(got)
				}
				w.take()
			}
			w.claims = test.claims
			w.changes.Store(0)
			got := w.put(test.put)
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if done := got == "new" || got == "known"; done != (w.changes.Load() == 1) {
				t.Errorf("%d changes", w.changes.Load())
			}
			if got := w.list(); got != test.watched {
				t.Errorf("watched are %s\nwant %s", got, test.watched)
			}
			if again := newWorld(t, w.store, test.configuration); again.list() != test.watched {
				t.Errorf("after a restart watched are %s\nwant %s", again.list(), test.watched)
			}
		})
	}
}

func TestDelete(t *testing.T) {
	for name, test := range map[string]struct {
		configuration, unput, want, watched string
	}{
		"registered":             {usual, "elb/prod/a", "gone", "cfw/test/a 30m0s"},
		"of another provider":    {usual, "cfw/test/a", "gone", "elb/prod/a 30m0s v3"},
		"not registered":         {usual, "elb/prod/b", `not registered: job b is not registered in project "prod"`, "cfw/test/a 30m0s, elb/prod/a 30m0s v3"},
		"in another project":     {usual, "elb/test/a", `not registered: job a is not registered in project "test"`, "cfw/test/a 30m0s, elb/prod/a 30m0s v3"},
		"no such project":        {usual, "elb/tst/a", `no project: there is no project "tst", did you mean test?`, "cfw/test/a 30m0s, elb/prod/a 30m0s v3"},
		"no such provider":       {usual, "obs/test/a", `invalid: there is no provider "obs"`, "cfw/test/a 30m0s, elb/prod/a 30m0s v3"},
		"a bad ID":               {usual, "elb/test/a%", `invalid: "a%" is not a job ID: must be 1 to 128 characters out of A-Z a-z 0-9 . _ -`, "cfw/test/a 30m0s, elb/prod/a 30m0s v3"},
		"a project that is gone": {"projects: [test]", "elb/prod/a", "gone", "cfw/test/a 30m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, &memory{texts: map[job.Key]string{}}, usual)
			w.put("elb/prod/a v3")
			w.put("cfw/test/a")
			w.reload(test.configuration)
			if got := w.unput(test.unput); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			w.reload(usual)
			if got := w.list(); got != test.watched {
				t.Errorf("watched are %s", got)
			}
			if again := newWorld(t, w.store, usual).list(); again != test.watched {
				t.Errorf("after a restart watched are %s", again)
			}
		})
	}
}

func TestAJobIsWatchedAsItsProjectAllows(t *testing.T) {
	w := newWorld(t, &memory{texts: map[job.Key]string{}}, usual)
	w.put("cfw/prod/a")
	w.put("cfw/test/b - 1h")
	for _, step := range []struct{ configuration, watched, metrics string }{
		{usual, "cfw/prod/a 30m0s, cfw/test/b 1h0m0s", "prod 1, test 1"},
		{"projects: [test]", "cfw/test/b 1h0m0s", "test 1"},
		{"projects: [test, new]", "cfw/test/b 1h0m0s", "test 1, new 0"},
		{"projects: [prod-, test]", "cfw/test/b 1h0m0s", "prod 1, test 1"},
		{usual + "registration: {stuck_after: 5m, max_jobs: 1}", "cfw/prod/a 5m0s, cfw/test/b 1h0m0s", "prod 1, test 1"},
		{usual, "cfw/prod/a 30m0s, cfw/test/b 1h0m0s", "prod 1, test 1"},
	} {
		w.reload(step.configuration)
		if got := w.list(); got != step.watched {
			t.Errorf("%s: watched are %s", step.configuration, got)
		}
		want := "# HELP cloudjob_exporter_registered_jobs Jobs of this shard that are registered over HTTP.\n# TYPE cloudjob_exporter_registered_jobs gauge\n"
		for series := range strings.SplitSeq(step.metrics, ", ") {
			project, n, _ := strings.Cut(series, " ")
			want += `cloudjob_exporter_registered_jobs{project="` + project + `"} ` + n + "\n"
		}
		if err := testutil.GatherAndCompare(w.registry, strings.NewReader(want)); err != nil {
			t.Errorf("%s: %v", step.configuration, err)
		}
	}
}

func TestAJobOfAProjectThatIsGoneMayMove(t *testing.T) {
	w := newWorld(t, nil, usual)
	w.put("elb/prod/a")
	w.reload("projects: [renamed, test]")
	if got := w.put("elb/renamed/a"); got != "new" {
		t.Error(got)
	}
	if got := w.list(); got != "elb/renamed/a 30m0s v1.0" {
		t.Error(got)
	}
}

// TestAnAnswerWaitsForTheDisk, but not without end.
func TestAnAnswerWaitsForTheDisk(t *testing.T) {
	for name, test := range map[string]struct {
		wait func(context.Context) error
		took time.Duration
	}{
		"a disk":            {func(context.Context) error { time.Sleep(time.Second); return nil }, time.Second},
		"one that fails":    {func(context.Context) error { return errors.New("no space left on device") }, 0},
		"one that hangs":    {func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, patience},
		"no disk was asked": {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, &memory{texts: map[job.Key]string{}, wait: test.wait}, usual)
				for _, change := range []func() string{func() string { return w.put("elb/prod/a") }, func() string { return w.unput("elb/prod/a") }} {
					began := time.Now()
					if got := change(); got != "new" && got != "gone" {
						t.Error(got)
					}
					if took := time.Since(began); took != test.took {
						t.Errorf("it took %v, want %v", took, test.took)
					}
				}
			})
		})
	}
}

func TestManyAtOnceLoseNone(t *testing.T) {
	store := &memory{texts: map[job.Key]string{}}
	w := newWorld(t, store, usual)
	var mu sync.Mutex
	w.changed = func() {
		mu.Lock()
		defer mu.Unlock()
		w.take()
	}
	w.Set.poller = idle{}
	var wg sync.WaitGroup
	for i := range 2000 {
		wg.Go(func() {
			if isNew, err := w.Put(t.Context(), Request{Provider: "elb", Project: "prod", JobID: "job-" + strconv.Itoa(i)}); err != nil || !isNew {
				t.Errorf("job %d: %v, %v", i, isNew, err)
			}
		})
	}
	wg.Wait()
	if len(w.watched) != 2000 || len(store.texts) != 2000 {
		t.Errorf("%d are watched, %d stored", len(w.watched), len(store.texts))
	}
}

// idle is a poller that knows of nothing.
type idle struct{}

func (idle) State(job.Key) (*job.State, bool) { return nil, false }

func (idle) Claimed(job.Key) (by poller.Source, j *job.Job, ok bool) { return by, nil, false }

func (idle) Shard() job.Shard { return job.Shard{} }

func TestLogsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil, usual)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.Run(ctx)
		}()
		w.put("elb/prod/a v3 1h")
		w.put("elb/prod/a v3 1h")
		w.put("cfw/prod/a")
		w.put("elb/prod/a v1.0")
		w.unput("elb/prod/a")
		want := `level=info msg="job registered" provider=elb project=prod job_id=a api_version=v3 stuck_after=1h0m0s
level=info msg="job registered" provider=cfw project=prod job_id=a
level=info msg="registration changed" provider=elb project=prod job_id=a api_version=v1.0
level=info msg="registration deleted" provider=elb project=prod job_id=a
`
		if got := w.logs.String(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		for i := range 100 {
			w.put("elb/prod/" + strings.Repeat("b", i+1))
		}
		if lines := strings.Count(w.logs.String(), "\n"); lines != maxLogged {
			t.Errorf("%d lines", lines)
		}
		w.logs.Reset()
		time.Sleep(time.Minute + time.Second)
		if got, want := w.logs.String(), "level=info msg=\"more jobs registered, changed or deleted\" registrations=84\n"; got != want {
			t.Errorf("got\n%s", got)
		}
		w.logs.Reset()
		time.Sleep(25 * time.Hour)
		log := w.logs.String()
		if strings.Count(log, `msg="registration expired" provider=elb project=prod`) < maxLogged-1 || strings.Count(log, "\n") != maxLogged+1 ||
			!strings.Contains(log, "level=info msg=\"more registrations expired\" registrations=81\n") {
			t.Errorf("got\n%s", log)
		}
		cancel()
		<-done
	})
}

package discovery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const projectID = "09bb24e6fe80d23d2fa2c010b53b418c"

// world is a cloud, what is discovered in it, and what the poller is said to know.
type world struct {
	*Set
	cloud    *simulator.Cloud
	registry *prometheus.Registry
	logs     *strings.Builder
	states   map[job.Key]*job.State
	shard    job.Shard
	changes  int
	tasks    []poller.Task
	watched  map[job.Key]*job.Job // by what was handed out
}

func newWorld(t *testing.T, entries ...config.Discover) *world {
	t.Helper()
	w := &world{
		cloud:    simulator.New(simulator.Options{TokenLifetime: 1000 * time.Hour}),
		registry: prometheus.NewPedanticRegistry(),
		logs:     &strings.Builder{},
		states:   map[job.Key]*job.State{},
		watched:  map[job.Key]*job.Job{},
	}
	t.Cleanup(w.cloud.Close)
	w.cloud.SetProject(simulator.Project{ID: projectID, Name: "shop"})
	w.Set = New(log.NewLogfmtLogger(w.logs), w.registry, w, func() { w.changes++ })
	w.reload(t, projectWith(w.cloud.IssueToken(projectID)), entries...)
	return w
}

// State, Answered and Shard are those of the poller.
func (w *world) State(k job.Key) (*job.State, bool) {
	s, ok := w.states[k]
	return s, ok
}

func (w *world) Answered([]poller.Answer) {}

func (w *world) Shard() job.Shard { return w.shard }

// projectWith is the project whose jobs are discovered.
func projectWith(token string) config.Project {
	return config.Project{
		Name: "prod", ProjectID: projectID, Endpoints: map[string]string{"elb": "https://elb.test", "cfw": "https://cfw.test"},
		Token: secrets.Source{Value: secrets.New(token)},
	}
}

// reload makes a client of the project, and the listings of the entries.
func (w *world) reload(t *testing.T, p config.Project, entries ...config.Discover) {
	t.Helper()
	client, err := cloud.New(&p, cloud.Options{
		Timeout: 10 * time.Second, Metrics: cloud.NewMetrics(prometheus.NewRegistry()),
		Transport: &simulator.Transport{Handler: w.cloud},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.tasks = w.Use(
		&config.Config{Projects: []config.Project{p}, Discover: entries},
		map[string]provider.Reader{p.Name: {Client: client}},
	)
}

// entry is a discovery with the defaults of the configuration.
func entry(change func(*config.Discover)) config.Discover {
	d := config.Discover{
		Provider: "elb", Project: "prod", APIVersion: "v3", Interval: time.Minute,
		Since: 24 * time.Hour, MaxJobs: 1000, StuckAfter: 30 * time.Minute,
	}
	change(&d)
	return d
}

func (w *world) add(id, kind string, age time.Duration, plan simulator.Plan) {
	w.cloud.AddJob(simulator.Job{
		API: simulator.ELBv3, ProjectID: projectID, ID: id, Type: kind, Begin: time.Now().Add(-age), Plan: plan,
	})
}

func (w *world) list(t *testing.T) string {
	t.Helper()
	for _, task := range w.tasks {
		_ = task.Run(context.Background(), func() error { return nil })
	}
	return w.found(t)
}

// found returns the IDs of the jobs that are watched, the newest first, after it has
// checked that they are those which were handed out, by difference.
func (w *world) found(t *testing.T) string {
	t.Helper()
	for _, c := range w.Changes() {
		for _, k := range c.Remove {
			if w.watched[k] == nil {
				t.Errorf("%v is no longer watched, and was not before", k)
			}
			delete(w.watched, k)
		}
		for _, j := range c.Add {
			w.watched[j.Key] = j
		}
	}
	var ids []string
	finds := slices.SortedFunc(maps.Values(w.finds), func(a, b *find) int { return a.source.Order - b.source.Order })
	for _, f := range finds {
		for _, id := range f.ids {
			if w.watched[job.Key{Provider: f.Provider, ID: id}] == nil {
				t.Errorf("%s was found, and not handed out", id)
			}
			ids = append(ids, id)
		}
	}
	equal(t, "jobs handed out", len(w.watched), len(ids))
	return strings.Join(ids, " ")
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestFilters(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*config.Discover)
		want   string
	}{
		"none":     {func(*config.Discover) {}, "new failed listener"},
		"since":    {func(d *config.Discover) { d.Since = 90 * time.Minute }, "new failed"},
		"statuses": {func(d *config.Discover) { d.Statuses = []job.Status{job.Failed, job.Success} }, "failed listener"},
		"types":    {func(d *config.Discover) { d.JobTypes = []string{"cloneListener"} }, "listener"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, entry(test.change))
				w.add("new", "cloneLoadbalancer", time.Minute, simulator.ELBv3.Hangs())
				w.add("failed", "cloneLoadbalancer", time.Hour, simulator.ELBv3.Fails(time.Minute))
				w.add("listener", "cloneListener", 2*time.Hour, simulator.ELBv3.Succeeds(time.Minute))
				w.add("old", "cloneListener", 25*time.Hour, simulator.ELBv3.Succeeds(time.Minute))
				equal(t, "found", w.list(t), test.want)
				equal(t, "changes", w.changes, 1)
				w.list(t)
				equal(t, "changes after the same again", w.changes, 1)
			})
		})
	}
}

func TestAllPagesAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, entry(func(d *config.Discover) { d.MaxJobs = 2000 }))
		for i := range 1234 {
			w.add(fmt.Sprintf("job-%04d", i), "cloneListener", time.Duration(i)*time.Second, simulator.ELBv3.Hangs())
		}
		ids := strings.Fields(w.list(t))
		equal(t, "found", len(ids), 1234)
		equal(t, "the newest is first", ids[0], "job-0000")
		equal(t, "calls", w.cloud.Calls(simulator.ServiceELB), 7)
	})
}

func TestMoreThanMaxJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, entry(func(d *config.Discover) { d.MaxJobs = 2 }))
		for i := range 5 {
			w.add(fmt.Sprint("job-", i), "cloneListener", time.Duration(10-i)*time.Minute, simulator.ELBv3.Hangs())
		}
		equal(t, "the newest", w.list(t), "job-4 job-3")
		w.list(t)
		equal(t, "log lines", w.logs.String(), "level=warn provider=elb project=prod api_version=v3 msg=\"discovery failed\" err=\"more than 2 jobs; only the newest are watched (max_jobs)\"\n")
		err := testutil.GatherAndCompare(w.registry, strings.NewReader(`
# HELP cloudjob_exporter_discovered_jobs Jobs of this shard that are watched because a listing showed them.
# TYPE cloudjob_exporter_discovered_jobs gauge
cloudjob_exporter_discovered_jobs{project="prod"} 2
# HELP cloudjob_exporter_discovery_errors_total Listings that failed, or that showed more jobs than max_jobs.
# TYPE cloudjob_exporter_discovery_errors_total counter
cloudjob_exporter_discovery_errors_total{project="prod"} 2
`))
		if err != nil {
			t.Error(err)
		}
	})
}

// page is a page of the list of ELB, with jobs that run, and the marker of the next page.
func page(marker string, ages map[string]time.Duration) []byte {
	var rows []string
	for _, id := range slices.Sorted(maps.Keys(ages)) {
		rows = append(rows, fmt.Sprintf(`{"id":%q,"status":"RUNNING","begin_time":%q}`, id, time.Now().Add(-ages[id]).UTC().Format(time.RFC3339)))
	}
	return fmt.Appendf(nil, `{"jobs":[%s],"page_info":{"next_marker":%q}}`, strings.Join(rows, ","), marker)
}

// TestTheNewestAreWatched, whether the listing shows them or has shown them before, and
// though it fails.
func TestTheNewestAreWatched(t *testing.T) {
	for name, test := range map[string]struct {
		ages   map[string]time.Duration // of jobs on the first page
		fails  bool                     // the second page
		ended  time.Duration            // how long ago b ended; 0: it runs
		want   string
		errors string
	}{
		"a job that is no longer listed":     {map[string]time.Duration{"a": 10 * time.Minute, "old": time.Hour}, false, 0, "b a", "prod 1"},
		"a newer one before a failure":       {map[string]time.Duration{"new": time.Minute}, true, 0, "new b", "prod 1"},
		"an older one before a failure":      {map[string]time.Duration{"old": time.Hour}, true, 0, "b a", "prod 1"},
		"a failure after an end long ago":    {map[string]time.Duration{"old": time.Hour}, true, 25 * time.Hour, "a old", "prod 1"},
		"a failure soon after an end":        {map[string]time.Duration{"old": time.Hour}, true, 23 * time.Hour, "b a", "prod 1"},
		"a list that is complete after that": {map[string]time.Duration{"old": time.Hour}, false, 25 * time.Hour, "a old", "prod 0"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, entry(func(d *config.Discover) { d.MaxJobs = 2 }))
				w.add("a", "cloneListener", 10*time.Minute, simulator.ELBv3.Hangs())
				w.add("b", "cloneListener", 9*time.Minute, simulator.ELBv3.Hangs())
				equal(t, "at first", w.list(t), "b a")
				a := &job.State{Report: job.Report{Status: job.Running, Begin: time.Now().Add(-10 * time.Minute)}, LastSuccess: time.Now()}
				b := &job.State{Report: job.Report{Status: job.Running, Begin: time.Now().Add(-9 * time.Minute)}, LastSuccess: time.Now()}
				if test.ended > 0 {
					b.Report.Status, b.End = job.Failed, time.Now().Add(-test.ended)
				}
				w.states[job.Key{Provider: "elb", ID: "a"}], w.states[job.Key{Provider: "elb", ID: "b"}] = a, b

				marker := ""
				if test.fails {
					marker = "next"
					w.cloud.Inject(simulator.Fault{Service: simulator.ServiceELB, Status: 500})
				}
				w.cloud.Inject(simulator.Fault{Service: simulator.ServiceELB, Times: 1, Body: page(marker, test.ages)})
				equal(t, "found", w.list(t), test.want)
				equal(t, "errors", errorsOf(t, w), test.errors)
			})
		})
	}
}

func TestAJobThatWasFoundStays(t *testing.T) {
	for name, test := range map[string]struct {
		since time.Duration
		state job.State
		stays time.Duration // at most 72 h are looked at; that far: it stays
	}{
		"it runs":               {time.Hour, job.State{Report: job.Report{Status: job.Running}}, 72 * time.Hour},
		"it is lost":            {time.Hour, job.State{Report: job.Report{Status: job.Running}, Missing: true}, time.Hour},
		"it failed":             {time.Hour, job.State{Report: job.Report{Status: job.Failed}}, 24 * time.Hour},
		"it was canceled":       {time.Hour, job.State{Report: job.Report{Status: job.Canceled}}, 24 * time.Hour},
		"it failed and is gone": {time.Hour, job.State{Report: job.Report{Status: job.Failed}, Missing: true}, 24 * time.Hour},
		"long since":            {48 * time.Hour, job.State{Report: job.Report{Status: job.Failed}}, 48 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, entry(func(d *config.Discover) { d.Since = test.since }))
				w.add("a", "cloneListener", test.since-time.Minute, simulator.ELBv3.Hangs())
				equal(t, "at first", w.list(t), "a")
				test.state.LastSuccess, test.state.End = time.Now(), time.Now()
				w.states[job.Key{Provider: "elb", ID: "a"}] = &test.state
				var stayed time.Duration
				for range 72 {
					time.Sleep(time.Hour)
					if w.list(t) != "a" {
						break
					}
					stayed += time.Hour
				}
				if short := test.stays - stayed; short < 0 || short > time.Hour {
					t.Errorf("it stayed for %v, want %v", stayed, test.stays)
				}
			})
		})
	}
}

func TestAnotherMaxJobsKeepsWhatWasFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, entry(func(*config.Discover) {}))
		w.add("a", "cloneListener", time.Hour, simulator.ELBv3.Hangs())
		w.list(t)
		w.reload(t, projectWith(w.cloud.IssueToken(projectID)), entry(func(d *config.Discover) { d.MaxJobs = 10 }))
		equal(t, "before the next listing", w.found(t), "a")
	})
}

func TestAFailedListingKeepsWhatWasFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, entry(func(*config.Discover) {}))
		w.add("a", "cloneListener", time.Hour, simulator.ELBv3.Hangs())
		w.list(t)
		for _, fault := range []simulator.Fault{
			{Service: simulator.ServiceELB, Status: 500},
			{Service: simulator.ServiceELB, Body: []byte(`{"error_code":"ELB.9","error_msg":"no"}`)},
			{Service: simulator.ServiceELB, Body: []byte(`[]`)},
		} {
			remove := w.cloud.Inject(fault)
			equal(t, "found", w.list(t), "a")
			remove()
		}
		equal(t, "found", w.list(t), "a")
		equal(t, "log lines", strings.Count(w.logs.String(), "\n"), 4)
		equal(t, "the last", strings.Contains(w.logs.String(), "discovery succeeds again"), true)
	})
}

func TestAFailureIsLoggedOnceThoughItsTextVaries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, entry(func(*config.Discover) {}))
		for n := range 5 {
			remove := w.cloud.Inject(simulator.Fault{
				Service: simulator.ServiceELB, Status: 403,
				Body: fmt.Appendf(nil, `{"error_code":"ELB.1","error_msg":"request %d refused"}`, n),
			})
			w.list(t)
			remove()
		}
		equal(t, "log lines", strings.Count(w.logs.String(), "\n"), 1)
		equal(t, "errors", errorsOf(t, w), "prod 5")
	})
}

func TestALogLineHasNoVersionWhereThereIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, entry(func(d *config.Discover) { d.Provider, d.APIVersion = "cfw", "" }))
		w.cloud.Inject(simulator.Fault{Service: simulator.ServiceCFW, Status: 500, Body: []byte(`{"error_code":"CFW.1","error_msg":"no"}`)})
		w.list(t)
		equal(t, "log", w.logs.String(), "level=warn provider=cfw project=prod msg=\"discovery failed\" err=\"cfw answered 500 (CFW.1): no\"\n")
	})
}

func TestAListingThatIsBrokenOffIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, entry(func(*config.Discover) {}))
		w.add("a", "cloneListener", time.Hour, simulator.ELBv3.Hangs())
		w.list(t)
		for _, task := range w.tasks {
			for _, why := range []error{context.Canceled, poller.ErrPutOff} {
				err := task.Run(context.Background(), func() error { return why })
				equal(t, "the error is passed on", errors.Is(err, why), true)
			}
		}
		equal(t, "log", w.logs.String(), "")
		equal(t, "errors", errorsOf(t, w), "prod 0")
		equal(t, "kept", w.found(t), "a")
	})
}

// errorsOf gives the counted errors of each project.
func errorsOf(t *testing.T, w *world) string {
	t.Helper()
	gathered, err := w.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, family := range gathered {
		for _, m := range family.GetMetric() {
			if family.GetName() == "cloudjob_exporter_discovery_errors_total" {
				all = append(all, fmt.Sprint(m.GetLabel()[0].GetValue(), " ", m.GetCounter().GetValue()))
			}
		}
	}
	return strings.Join(all, ", ")
}

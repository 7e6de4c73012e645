package discovery

import (
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

func TestMetricsOfAProjectWithoutEntriesGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, entry(func(*config.Discover) {}))
		equal(t, "errors", errorsOf(t, w), "prod 0")
		w.Use(&config.Config{}, nil)
		equal(t, "errors", errorsOf(t, w), "")
	})
}

func TestAReloadKeepsWhatWasFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := entry(func(*config.Discover) {})
		w := newWorld(t, d)
		w.add("a", "cloneListener", time.Hour, simulator.ELBv3.Hangs())
		w.list(t)
		old := w.tasks
		d.StuckAfter = time.Hour
		w.reload(t, projectWith("another"), d)
		equal(t, "kept", w.found(t), "a")
		equal(t, "threshold", w.watched[job.Key{Provider: "elb", ID: "a"}].StuckAfter, time.Hour)
		w.Use(&config.Config{}, nil)
		equal(t, "jobs without an entry", w.found(t), "")
		w.tasks = old
		equal(t, "a listing that ends too late is nothing", w.list(t), "")
	})
}

func TestAnotherOrderOfFiltersKeepsWhatWasFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		filtered := func(statuses []job.Status, types ...string) config.Discover {
			return entry(func(d *config.Discover) { d.Statuses, d.JobTypes = statuses, types })
		}
		w := newWorld(t, filtered([]job.Status{job.Failed, job.Running}, "cloneListener", "createListener"))
		w.add("a", "cloneListener", time.Hour, simulator.ELBv3.Hangs())
		equal(t, "found", w.list(t), "a")
		w.reload(t, projectWith("another"), filtered([]job.Status{job.Running, job.Failed}, "createListener", "cloneListener"))
		equal(t, "after the reload", w.found(t), "a")

		w.reload(t, projectWith("another"), filtered(nil, "a b"), filtered(nil, "a", "b"))
		equal(t, "entries with one name", w.tasks[0].Name == w.tasks[1].Name, false)
	})
}

func TestAnotherProjectOfTheSameNameBeginsAnew(t *testing.T) {
	const otherID = "0123456789abcdef0123456789abcdef"
	for name, change := range map[string]func(*config.Project){
		"project_id": func(p *config.Project) { p.ProjectID = otherID },
		"endpoint":   func(p *config.Project) { p.Endpoints = map[string]string{"elb": "https://elb2.test"} },
		"region":     func(p *config.Project) { p.Endpoints, p.Cloud, p.Region = nil, "otc", "eu-nl" },
	} {
		synctest.Test(t, func(t *testing.T) {
			d := entry(func(*config.Discover) {})
			w := newWorld(t, d)
			w.add("a", "cloneListener", time.Hour, simulator.ELBv3.Hangs())
			w.list(t)
			w.states[job.Key{Provider: "elb", ID: "a"}] = &job.State{Report: job.Report{Status: job.Running}}
			old := w.tasks

			p := projectWith(w.cloud.IssueToken(projectID))
			change(&p)
			w.reload(t, p, d)
			equal(t, name+": found", w.found(t), "")
			equal(t, name+": the interval begins anew", w.tasks[0].Name == old[0].Name, false)
			fresh := w.tasks
			w.tasks = old
			equal(t, name+": a listing of the old project is nothing", w.list(t), "")
			w.tasks = fresh
			remove := w.cloud.Inject(simulator.Fault{
				Service: simulator.ServiceELB, Status: 200, Body: []byte(`{"jobs":[{"id":"b","status":"INIT"}]}`),
			})
			equal(t, name+": found by the new", w.list(t), "b")
			remove()
		})
	}
}

package poller

import (
	"fmt"
	"strings"
	"time"

	"cloudjob_exporter/job"
)

// scenario is all that happens in a world, from the outside.
type scenario struct {
	truths map[identity]truth
	plan   plan
	shards int // when it begins
	steps  []step
	calls  int // that were made when it happened
}

// step is one thing that somebody does, or that happens to a cloud.
type step struct {
	after  time.Duration // the step before
	what   string
	do     func(u *user) // to each process, one after the other
	shards int           // instead of do: all processes are killed, and so many started
}

func (s scenario) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "settings %+v, projects %v, %d shards\n", s.plan.settings, s.plan.projects, s.shards)
	for _, where := range jobPlaces {
		for i, jobs := range s.plan.sources {
			if j, ok := jobs[where.Key]; ok && identityOf(&j) == identityOf(&where) {
				fmt.Fprintf(&b, "%s: %v\n", sources[i].Name, identityOf(&j))
			}
		}
		fmt.Fprintf(&b, "%v is: %v\n", identityOf(&where), s.truths[identityOf(&where)])
	}
	for _, step := range s.steps {
		fmt.Fprintf(&b, "%v later: %s\n", step.after, step.what)
	}
	return b.String()
}

// jobPlaces are where the jobs of a scenario may be configured. Keys repeat, so
// that jobs can move.
var jobPlaces = []job.Job{
	placed("cfw", "a", "prod", ""), placed("cfw", "a", "test", ""),
	placed("cfw", "b", "prod", ""),
	placed("elb", "a", "prod", "v1.0"), placed("elb", "a", "prod", "v3"),
	placed("elb", "b", "test", "v3"), placed("elb", "b", "prod", "v3"),
	placed("elb", "c", "prod", "v1.0"),
	placed("elb", "d", "test", "v1.0"),
}

func placed(provider, id, project, version string) job.Job {
	j := job.Job{
		Key: job.Key{Provider: provider, ID: id}, Project: project, APIVersion: version, StuckAfter: 30 * time.Minute,
		Statuses: []job.Status{job.Running, job.Success, job.Failed, job.Unknown},
	}
	if provider == "elb" {
		j.Statuses = append(j.Statuses, job.Init)
	}
	if version == "v3" {
		j.Statuses = append(j.Statuses, job.RollingBack, job.Canceled)
	}
	return j
}

// chooser gives a number from 0 to n−1. What is chosen first is the simplest.
type chooser func(what string, n int) int

func choose[T any](c chooser, what string, from ...T) T { return from[c(what, len(from))] }

// newScenario chooses a scenario of a number of steps.
func newScenario(c chooser, steps int) scenario {
	s := scenario{truths: map[identity]truth{}}
	for _, where := range jobPlaces {
		s.truths[identityOf(&where)] = newTruth(c, where.Statuses)
	}
	s.plan = plan{settings: newSettings(c), projects: map[string]int{"prod": 0, "test": 0}, sloppy: c("sloppy", 2) == 1}
	for i := range sources {
		s.plan.sources[i] = map[job.Key]job.Job{}
	}
	for i := range jobPlaces {
		if c("configured", 2) == 0 {
			s.plan.sources[0][jobPlaces[i].Key] = jobPlaces[i]
		}
	}
	s.shards = choose(c, "shards", 1, 1, 1, 2, maxShards)
	for range steps {
		next := newStep(c)
		next.after = choose(c, "after", 0, 250*time.Millisecond, time.Second, 9*time.Second, 29700*time.Millisecond,
			30*time.Second, 70*time.Second, 5*time.Minute, 17*time.Minute, 62*time.Minute)
		s.steps = append(s.steps, next)
	}
	return s
}

// newTruth chooses a job's life: it may be unknown at first, passes through
// unfinished statuses, may end, and may be forgotten after that.
func newTruth(c chooser, set []job.Status) truth {
	var unfinished, final []job.Status
	for _, s := range set {
		if s.Final() {
			final = append(final, s)
		} else {
			unfinished = append(unfinished, s)
		}
	}
	lasts := func() time.Duration {
		return choose(c, "lasts", 20*time.Second, time.Second, 3*time.Minute, 20*time.Minute, 2*time.Hour)
	}
	var t truth
	var at time.Duration
	add := func(m moment) {
		m.at = at
		t = append(t, m)
		at += lasts()
	}
	if c("begins late", 4) == 1 {
		add(moment{absent: true})
	}
	for range 1 + c("unfinished", 3) {
		add(moment{status: choose(c, "status", unfinished...)})
	}
	if c("ends", 4) < 3 {
		add(moment{status: choose(c, "result", final...)})
		if c("forgotten", 3) == 1 {
			add(moment{absent: true})
		}
	}
	return t
}

func newSettings(c chooser) Settings {
	return Settings{
		Interval:    choose(c, "interval", 30*time.Second, 10*time.Second, 2*time.Minute),
		MaxStale:    choose(c, "max_stale", 15*time.Minute, time.Minute),
		Retention:   choose(c, "retention", 0, 10*time.Minute, time.Second),
		Concurrency: choose(c, "concurrency", 16, 1, 2),
		RateLimit:   choose(c, "rate_limit", 0, 10, 0.5),
	}
}

// newStep chooses a step. Scrapes are the most frequent.
func newStep(c chooser) step {
	switch c("step", 14) {
	default:
		budget := choose(c, "budget", 10*time.Second, time.Second, 0)
		lost := c("lost", 4) == 3
		return step{what: fmt.Sprintf("scrape within %v, lost: %v", budget, lost), do: func(u *user) { u.scrape(budget, lost) }}
	case 5:
		return step{what: "scrape every 10 s for 5 min", do: func(u *user) {
			for range 30 {
				u.scrape(5*time.Second, false)
				time.Sleep(10 * time.Second)
			}
		}}
	case 6:
		j := choose(c, "job", jobPlaces...)
		return step{what: fmt.Sprintf("probe %v", identityOf(&j)), do: func(u *user) { u.probe(&j, 10*time.Second) }}
	case 7:
		f := choose(c, "fault", faults...)
		at := [2]string{choose(c, "project", "prod", "test"), choose(c, "provider", "cfw", "elb")}
		return step{what: fmt.Sprintf("the cloud at %v: %s", at, f.name), do: func(u *user) {
			u.mu.Lock()
			u.faults[at] = f
			u.mu.Unlock()
		}}
	case 8:
		j, i := choose(c, "job", jobPlaces...), c("source", len(sources))
		j.StuckAfter += time.Duration(i) * time.Minute
		return step{what: fmt.Sprintf("%s: %v is there, or elsewhere", sources[i].Name, identityOf(&j)), do: func(u *user) {
			u.plan.sources[i][j.Key] = j
			u.watch()
		}}
	case 9:
		key, i, to := choose(c, "job", jobPlaces...).Key, c("source", len(sources)), c("to", 2*len(sources))
		return step{what: fmt.Sprintf("%s: %v is not there, but in %d", sources[i].Name, key, to), do: func(u *user) {
			if j, ok := u.plan.sources[i][key]; ok && to < len(sources) {
				u.plan.sources[to][key] = j
			}
			delete(u.plan.sources[i], key)
			u.watch()
		}}
	case 10:
		return newReload(c)
	case 12:
		j := choose(c, "job", jobPlaces...)
		return step{what: fmt.Sprintf("lists leave out %v, or no longer", identityOf(&j)), do: func(u *user) {
			u.mu.Lock()
			u.unlisted[identityOf(&j)] = !u.unlisted[identityOf(&j)]
			u.mu.Unlock()
		}}
	case 13:
		every := choose(c, "list every", 30*time.Second, 0, 10*time.Second, 2*time.Minute)
		return step{what: fmt.Sprintf("reload: list every %v", every), do: func(u *user) {
			u.plan.list = every
			u.reload()
		}}
	case 11:
		if n := choose(c, "shards", 0, 0, 0, 1, 2, maxShards); n > 0 {
			return step{what: fmt.Sprintf("kill, and start again with %d shards", n), shards: n}
		}
		return step{what: "kill, and start again", do: func(u *user) {
			u.kill()
			u.launch()
		}}
	}
}

func newReload(c chooser) step {
	switch project := choose(c, "project", "prod", "test"); c("reload", 4) {
	default:
		settings := newSettings(c)
		return step{what: fmt.Sprintf("reload: %+v", settings), do: func(u *user) {
			u.plan.settings = settings
			u.reload()
		}}
	case 1:
		return step{what: "reload: other credentials for " + project, do: func(u *user) {
			u.plan.projects[project]++
			u.reload()
		}}
	case 2:
		return step{what: "reload: without " + project, do: func(u *user) {
			delete(u.plan.projects, project)
			u.reload()
		}}
	case 3:
		stuckAfter := choose(c, "stuck_after", time.Minute, time.Hour)
		return step{what: fmt.Sprintf("reload: all projects, stuck_after %v", stuckAfter), do: func(u *user) {
			u.plan.projects["prod"]++
			u.plan.projects["test"]++
			for _, jobs := range u.plan.sources {
				for key, j := range jobs {
					j.StuckAfter = stuckAfter
					jobs[key] = j
				}
			}
			u.reload()
		}}
	}
}

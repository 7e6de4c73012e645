package poller

import (
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/claims"
	"cloudjob_exporter/poller/limits"
	"cloudjob_exporter/poller/places"
)

// Plan is what a configuration says about polling, and what it changes about the jobs
// that are watched.
type Plan struct {
	Settings Settings
	Projects []Project // each name once
	Tasks    []Task    // of projects that are there
	Changes  []Change
}

// added is how many jobs the changes add.
func (plan *Plan) added() (n int) {
	for _, c := range plan.Changes {
		n += len(c.Add)
	}
	return n
}

// Apply replaces the settings, the projects and the tasks, and brings the changes into
// effect, as Watch does. What is known of a job that stays is kept, and so is a poll of
// it that is under way or queued; polls of jobs that go are canceled. Jobs of a project
// that has changed and whose last poll failed are due at once, others by the new
// interval. What sources named of a project that is gone is forgotten.
func (p *Poller) Apply(plan Plan) {
	p.mu.Lock()
	if len(p.entries) == 0 {
		p.entries = make(map[job.Key]*places.Entry, plan.added()/p.shard.Count()) // a start with many jobs need not make it larger again and again
	}
	before := p.settings
	p.settings = plan.Settings
	changed, removed := p.renew(plan.Projects)
	p.claims.Drop(func(j *job.Job) bool { return p.projects[j.Project] == nil })
	for e := range p.failingIn(changed) {
		p.reschedule(e, e.Renew)
	}
	if d := p.settings.Interval - before.Interval; d != 0 {
		p.respace(d)
	}
	if p.settings.Retention != before.Retention {
		p.retain(p.settings.Retention)
	}
	p.replaceTasks(plan.Tasks, changed)
	p.mu.Unlock()

	p.Watch(plan.Changes...)

	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgetProjects(removed)
	for pr := range removed {
		p.metrics.Forget(pr.Name)
	}
	for _, pr := range p.projects {
		p.work(pr)
	}
}

// renew takes over the projects. It returns those that are called differently now,
// and those that are gone.
func (p *Poller) renew(projects []Project) (changed, gone map[*places.Site]bool) {
	old := p.projects
	p.projects = make(map[string]*places.Site, len(projects))
	changed, gone = map[*places.Site]bool{}, map[*places.Site]bool{}
	for _, configured := range projects {
		pr, ok := old[configured.Name]
		delete(old, configured.Name)
		if !ok {
			pr = &places.Site{Lanes: map[string]*places.Lane{}}
		}
		if pr.Fetcher != configured.Fetcher {
			changed[pr] = ok
			pr.Name, pr.Fetcher = configured.Name, configured.Fetcher
			for _, l := range pr.Lanes {
				l.Pause.End()
			}
		}
		if pr.Pace == nil || !pr.Pace.Is(p.settings.RateLimit) {
			pr.Pace = limits.NewPace(p.ctx, p.settings.RateLimit, pr.Pace)
		}
		p.projects[configured.Name] = pr
	}
	for _, pr := range old {
		pr.Pace.End()
		gone[pr] = true
	}
	return changed, gone
}

// failingIn yields the jobs of projects whose last poll failed.
func (p *Poller) failingIn(projects map[*places.Site]bool) func(yield func(*places.Entry) bool) {
	return func(yield func(*places.Entry) bool) {
		if len(projects) == 0 {
			return
		}
		for _, e := range p.entries {
			if projects[e.Lane.Project] && e.State.Err != "" && !yield(e) {
				return
			}
		}
	}
}

// reschedule changes when an entry is due. One that is queued and would not be due
// soon leaves its queue.
func (p *Poller) reschedule(e *places.Entry, change func()) {
	switch was := e.Place; was {
	case places.Parked:
		p.board.Move(e, places.Idle)
		change()
		p.board.Move(e, places.Parked)
	case places.Queued, places.Awaiting:
		change()
		if e.Due.After(time.Now().Add(places.Grace(p.settings.Interval))) {
			p.release(e)
			p.board.Rest(e)
		}
	case places.Idle, places.Polling:
		change()
	case places.Expiring, places.Gone: // it will never be due again
	}
}

// respace makes all jobs due by an interval that has become longer by d.
func (p *Poller) respace(d time.Duration) {
	for _, e := range p.entries {
		if !e.State.Final() {
			p.reschedule(e, func() { e.Due = e.Due.Add(time.Duration(e.Backoff) * d) })
		}
	}
}

// retain makes final jobs leave the scrapes after another retention. Those that have
// left come back, if need be for a moment.
func (p *Poller) retain(d time.Duration) {
	p.board.Retention = d
	for _, e := range p.entries {
		if !e.State.Final() || e.Place == places.Gone {
			continue
		}
		if e.Visibility == places.Expired {
			p.board.Hide(e)
			p.board.Show(e)
		}
		p.board.Rest(e)
	}
}

// forgetProjects forgets what sources still name of projects that are gone.
func (p *Poller) forgetProjects(projects map[*places.Site]bool) {
	if len(projects) == 0 {
		return
	}
	for k, e := range p.entries {
		if !projects[e.Lane.Project] {
			continue
		}
		var first claims.Claim
		if e.Watched() {
			first = p.claims.Remove(claims.Claim{By: e.Source, Job: e.State.Job}, e.Source.Source, k)
		}
		p.reconcile(e, first)
	}
	p.clean()
}

package poller

import (
	"container/heap"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"cloudjob_exporter/job"
)

// Plan is everything that is to be polled, and how.
type Plan struct {
	Settings Settings
	Projects []Project  // each name once
	Jobs     []*job.Job // each key once, of projects that are there
	Tasks    []Task     // likewise
}

// Apply replaces the plan, at once. What is known of a job that stays is kept,
// and so is a poll of it that is under way or queued; polls of jobs that go are
// canceled. Jobs of a project that has changed and whose last poll failed are
// due at once, others by the new interval.
func (p *Poller) Apply(plan Plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.settings.Interval
	p.settings = plan.Settings
	queued := p.unqueue()
	changed := p.renew(plan.Projects)
	p.replaceJobs(plan.Jobs, changed)
	p.respace(p.settings.Interval - before)
	p.replaceTasks(plan.Tasks, changed)

	soon := time.Now().Add(grace(p.settings.Interval))
	for _, e := range queued {
		e.queued = false
		if e.gone || e.due.After(soon) {
			p.release(e)
		} else {
			e.lane.enqueue(e)
		}
	}
	for _, e := range p.entries {
		if e.cancel == nil && !e.queued {
			p.park(e)
		}
	}
	for _, pr := range p.projects {
		p.work(pr)
	}
	p.metrics.expect(plan.Jobs)
}

// unqueue empties all lanes and heaps and gives what was queued, in the order
// it was.
func (p *Poller) unqueue() []*entry {
	var queued []*entry
	for _, pr := range p.projects {
		pr.tasks = nil
		for _, l := range pr.lanes {
			queued = append(append(queued, l.queue...), l.probed...)
			l.queue, l.probed, l.due, l.jobs, l.failing = nil, nil, nil, 0, map[job.Reason]int{}
		}
	}
	p.expiring, p.expired, p.departing = nil, nil, nil
	return queued
}

// renew makes the projects that are configured now, and gives those that have
// changed: they lose their pauses. All keep their pace, and calls under way count
// on; who waits for the pace of a project that is gone waits no longer.
func (p *Poller) renew(projects []Project) (changed map[*project]bool) {
	old := p.projects
	p.projects = make(map[string]*project, len(projects))
	changed = map[*project]bool{}
	limit := rate.Inf
	if p.settings.RateLimit > 0 {
		limit = rate.Limit(p.settings.RateLimit)
	}
	for _, configured := range projects {
		pr, ok := old[configured.Name]
		delete(old, configured.Name)
		if !ok {
			pr = &project{lanes: map[string]*lane{}}
		}
		if pr.Project != configured {
			changed[pr] = true
			pr.Project = configured
			for _, l := range pr.lanes {
				l.pausedUntil, l.overloads = time.Time{}, 0
			}
		}
		if pr.pace == nil || pr.pace.Limit() != limit {
			pr.pace = p.newPace(limit, pr.pace)
		}
		p.projects[configured.Name] = pr
	}
	for _, gone := range old {
		gone.pace.end()
	}
	return changed
}

// replaceJobs makes the entries anew, from the old ones where there are any.
func (p *Poller) replaceJobs(jobs []*job.Job, changed map[*project]bool) {
	old := p.entries
	p.entries = make(map[job.Key]*entry, len(jobs))
	jobs = p.withDeparting(jobs, old)
	p.states, p.shared = make([]*job.State, len(jobs)), false
	for i, j := range jobs {
		e, known := old[j.Key]
		if known && e.state.Project == j.Project && e.state.APIVersion == j.APIVersion {
			delete(old, j.Key)
		} else {
			e = p.newEntry(j)
		}
		if e.state.StuckAfter != j.StuckAfter {
			changed := *e.state
			changed.Job = j
			e.state = &changed
		}
		e.index = i
		p.states[i] = e.state
		if e.departing {
			p.entries[j.Key] = e
			continue
		}
		if !e.configured && known && e.state.Final() {
			p.owe(e) // only probes have shown it
		}
		e.configured = true
		p.place(e, changed)
		e.lane.jobs++
	}
	for key, e := range old {
		_, twice := p.entries[key]
		if e.probed.IsZero() || twice || p.projects[e.state.Project] == nil {
			p.drop(e)
			continue
		}
		e.configured, e.index = false, -1
		p.place(e, changed)
	}
}

// withDeparting returns the jobs in order, and among them those that are not
// watched any more and whose end no scrape has shown.
func (p *Poller) withDeparting(jobs []*job.Job, old map[job.Key]*entry) []*job.Job {
	watched := make(map[job.Key]bool, len(jobs))
	for _, j := range jobs {
		watched[j.Key] = true
	}
	jobs = slices.Clone(jobs)
	for _, e := range p.owed {
		key := e.state.Key
		e.departing = e.owed && !watched[key] && old[key] == e
		if e.departing {
			e.configured = false
			p.departing = append(p.departing, e)
			jobs = append(jobs, e.state.Job)
		}
	}
	slices.SortFunc(jobs, func(a, b *job.Job) int { return a.Compare(b.Key) })
	return jobs
}

func (p *Poller) newEntry(j *job.Job) *entry {
	e := &entry{state: &job.State{Job: j}, index: -1, since: time.Now()}
	if p.store != nil {
		if s, ok := p.store.Final(j); ok {
			e.state = s
		}
	}
	return e
}

// place puts an entry into the lane where it belongs now. One that failed is due
// at once if its project has changed.
func (p *Poller) place(e *entry, changed map[*project]bool) {
	pr := p.projects[e.state.Project]
	if e.lane != nil && changed[pr] && e.state.Err != "" {
		e.afresh()
	}
	e.lane = pr.lane(e.state.Provider)
	e.lane.failing[e.state.Err]++
	p.entries[e.state.Key] = e
}

// afresh makes an entry due at once, as if it had never failed.
func (e *entry) afresh() { e.due, e.misses, e.spacing = time.Time{}, 0, 0 }

// respace makes all jobs due by an interval that has become longer by d.
func (p *Poller) respace(d time.Duration) {
	for _, e := range p.entries {
		e.due = e.due.Add(time.Duration(e.spacing) * d)
	}
}

// drop forgets an entry. Its poll, if one is under way, is canceled.
func (p *Poller) drop(e *entry) {
	e.gone, e.owed = true, false
	if p.entries[e.state.Key] == e {
		delete(p.entries, e.state.Key)
		e.lane.failing[e.state.Err]--
	}
	if e.cancel != nil {
		e.cancel()
	}
	p.release(e)
}

// park puts an entry that is neither queued nor being polled where its time
// will be noticed. One that only probes ask for waits for the next of them, and
// one that is owed for its delivery.
func (p *Poller) park(e *entry) {
	switch {
	case !e.configured:
	case !e.state.Final():
		heap.Push(&e.lane.due, e)
	case p.settings.Retention > 0 && !e.owed:
		e.due = e.kept().Add(p.settings.Retention)
		heap.Push(&p.expiring, e)
	}
}

package poller

import (
	"cmp"
	"container/heap"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"cloudjob_exporter/job"
)

// Apply replaces the settings, the projects and the jobs, at once. Each job
// must be there once, and its project too. What is known of a job that stays
// is kept, and so is a poll of it that is under way or queued; polls of jobs
// that go are canceled. Jobs of a project that has changed and whose last poll
// failed are due at once.
func (p *Poller) Apply(s Settings, projects []Project, jobs []*job.Job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settings = s
	queued := p.unqueue()
	p.projects = p.renew(projects)

	old := p.entries
	p.entries = make(map[job.Key]*entry, len(jobs))
	p.states, p.shared = make([]*job.State, len(jobs)), false
	for i, j := range slices.SortedFunc(slices.Values(jobs), func(a, b *job.Job) int { return a.Compare(b.Key) }) {
		e, known := old[j.Key]
		if known = known && e.state.Project == j.Project && e.state.APIVersion == j.APIVersion; known {
			delete(old, j.Key)
		} else {
			e = &entry{state: &job.State{Job: j}}
		}
		p.place(e, i, j)
	}
	for _, e := range old {
		e.gone = true
		if e.cancel != nil {
			e.cancel()
		}
	}

	isQueued := make(map[*entry]bool, len(queued))
	for _, e := range queued {
		isQueued[e] = true
		if e.gone {
			p.release(e)
			continue
		}
		e.lane.queue = append(e.lane.queue, e)
	}
	for _, e := range p.entries {
		if !e.state.Final() && e.cancel == nil && !isQueued[e] {
			e.lane.due = append(e.lane.due, e)
		}
	}
	for _, pr := range p.projects {
		for _, l := range pr.lanes {
			heap.Init(&l.due)
		}
		p.work(pr)
	}
	p.metrics.expect(jobs)
}

// unqueue empties all lanes and gives what was queued, in the order it was.
func (p *Poller) unqueue() []*entry {
	var queued []*entry
	for _, pr := range p.projects {
		for _, l := range pr.lanes {
			queued = append(queued, l.queue...)
			l.queue, l.due, l.jobs, l.failing = nil, nil, 0, map[job.Reason]int{}
		}
	}
	return queued
}

// renew makes the projects that are configured now. One that has not changed
// keeps its limiter and its pauses.
func (p *Poller) renew(projects []Project) map[string]*project {
	renewed := make(map[string]*project, len(projects))
	limit := rate.Inf
	if p.settings.RateLimit > 0 {
		limit = rate.Limit(p.settings.RateLimit)
	}
	for _, configured := range projects {
		pr, ok := p.projects[configured.Name]
		if !ok || pr.Project != configured {
			pr = &project{Project: configured, limiter: rate.NewLimiter(limit, 1), lanes: map[string]*lane{}}
		}
		pr.limiter.SetLimit(limit)
		renewed[configured.Name] = pr
	}
	return renewed
}

// place puts an entry into its lane and at its index.
func (p *Poller) place(e *entry, index int, j *job.Job) {
	if e.state.StuckAfter != j.StuckAfter {
		changed := *e.state
		changed.Job = j
		e.state = &changed
	}
	pr := p.projects[j.Project]
	l, ok := pr.lanes[j.Provider]
	if !ok {
		l = &lane{project: pr, provider: j.Provider, failing: map[job.Reason]int{}}
		pr.lanes[j.Provider] = l
	}
	if e.lane != nil && e.lane.project != pr && e.state.Err != "" {
		e.due, e.misses = time.Time{}, 0
	}
	e.lane, e.index = l, index
	l.jobs++
	l.failing[e.state.Err]++
	p.entries[j.Key], p.states[index] = e, e.state
}

// sortedLanes gives all lanes in an order that does not change.
func (p *Poller) sortedLanes() []*lane {
	var lanes []*lane
	for _, pr := range p.projects {
		for _, l := range pr.lanes {
			lanes = append(lanes, l)
		}
	}
	slices.SortFunc(lanes, func(a, b *lane) int {
		return cmp.Or(cmp.Compare(a.project.Name, b.project.Name), cmp.Compare(a.provider, b.provider))
	})
	return lanes
}

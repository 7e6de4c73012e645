package exposition

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// population is jobs that change as those of an exporter do.
type population struct {
	*rand.Rand
	texts    []string // for labels
	maxStale time.Duration
	states   map[job.Key]*job.State
	made     int
}

func newPopulation(seed uint64, texts ...string) *population {
	return &population{
		Rand:     rand.New(rand.NewPCG(seed, 10994)),
		texts:    append(texts, "", "createLoadbalancer", `a "quoted" \ word`, "two\nlines", "Zürich 東京 \u2028", `\`, `"`, `\n`),
		maxStale: 15 * time.Minute,
		states:   map[job.Key]*job.State{},
	}
}

func pick[T any](p *population, choices []T) T { return choices[p.IntN(len(choices))] }

// add configures a job of which nothing is known.
func (p *population) add() {
	p.made++
	apis := map[string][]job.Status{
		"cfw": {job.Running, job.Success, job.Failed, job.Unknown},
		"elb": {job.Init, job.Running, job.Success, job.Failed, job.RollingBack, job.Canceled, job.Unknown},
	}
	name := pick(p, []string{"cfw", "elb"})
	key := job.Key{Provider: name, ID: fmt.Sprintf("%x-%s-%d", p.Uint32(), pick(p, p.texts), p.made)}
	p.states[key] = &job.State{Job: &job.Job{
		Key: key, Project: pick(p, p.texts), Statuses: apis[name],
		StuckAfter: time.Duration(p.Int64N(int64(time.Hour))),
	}}
}

// answered makes jobs of which the cloud has told this status.
func answered(n int, status job.Status) poller.Snapshot {
	p := newPopulation(1)
	for range n {
		p.add()
	}
	for key, state := range p.states {
		p.states[key] = state.Answered(job.Report{Status: status, Begin: time.Now()}, time.Now())
	}
	return p.snapshot()
}

// poll lets the cloud answer about a job, or not.
func (p *population) poll(key job.Key) {
	before := p.states[key]
	if before.Final() {
		return
	}
	if p.IntN(5) == 0 {
		p.states[key] = before.Unanswered(pick(p, job.Reasons()))
		return
	}
	r := job.Report{
		Status: pick(p, before.Statuses), Type: pick(p, p.texts), ErrorCode: pick(p, p.texts), FailedSubJobs: p.IntN(3),
	}
	if p.IntN(4) > 0 {
		r.Begin = time.Now().Add(-time.Duration(p.Int64N(int64(100 * time.Hour))))
	}
	if r.Status.Final() && p.IntN(4) > 0 {
		r.End = time.Now().Add(-time.Duration(p.Int64N(int64(time.Hour))))
	}
	p.states[key] = before.Answered(r, time.Now())
}

// reload changes what is configured of a job, as the poller does.
func (p *population) reload(key job.Key) {
	changed := *p.states[key]
	configured := *changed.Job
	configured.StuckAfter += time.Minute
	changed.Job = &configured
	p.states[key] = &changed
}

// keys gives all jobs in order.
func (p *population) keys() []job.Key {
	keys := make([]job.Key, 0, len(p.states))
	for key := range p.states {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, job.Key.Compare)
	return keys
}

// live lets some things happen, and some time pass.
func (p *population) live() {
	for range p.IntN(20) {
		p.add()
	}
	for _, key := range p.keys() {
		switch n := p.IntN(40); {
		case n < 10:
			p.poll(key)
		case n == 11:
			p.reload(key)
		case n == 12:
			delete(p.states, key)
		}
	}
	time.Sleep(time.Duration(p.Int64N(int64(10 * time.Minute))))
}

func (p *population) snapshot() poller.Snapshot {
	var states []*job.State
	for _, key := range p.keys() {
		states = append(states, p.states[key])
	}
	return poller.NewSnapshot(p.maxStale, states...)
}

package poller

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
)

// user is who runs a process in a world: configures it, scrapes it, kills it.
type user struct {
	*world
	registry *prometheus.Registry
	plan     plan
	handed   [len(sources)]map[job.Key]*job.Job // what the poller was told that each source names
	wg       sync.WaitGroup                     // scrapes under way
}

// plan is what is to be watched: which source names which job, and the rest.
type plan struct {
	settings Settings
	projects map[string]int // the projects, and which of their credentials are in use
	sources  [len(sources)]map[job.Key]job.Job
	list     time.Duration // between two listings; 0: there are none
	sloppy   bool          // whoever removes a project does not say that its jobs go with it
}

// sources are those of a scenario, the first counts most.
var sources = [...]Source{{Name: "configuration"}, {Rank: JobFiles, Name: "a.yml"}, {Rank: JobFiles, Name: "b.yml"}, {Rank: Discovery, Name: "discover"}}

// watched are the jobs that a shard watches: of each the one that the first source names
// whose project is there.
func (p *plan) watched(shard job.Shard) map[job.Key]job.Job {
	jobs := map[job.Key]job.Job{}
	for i := range slices.Backward(p.sources[:]) {
		for k, j := range p.sources[i] {
			if _, ok := p.projects[j.Project]; ok && shard.Owns(k) {
				jobs[k] = j
			}
		}
	}
	return jobs
}

func (p *plan) clone() plan {
	c := *p
	c.projects = maps.Clone(p.projects)
	for i, jobs := range p.sources {
		c.sources[i] = maps.Clone(jobs)
	}
	return c
}

// launch starts a process, which knows nothing but what the store kept.
func (u *user) launch() {
	u.projects, u.lives, u.departing = map[string]*credentials{}, map[job.Key]*life{}, map[job.Key]*life{}
	u.scraped, u.swept = time.Time{}, time.Time{}
	u.registry, u.ended = prometheus.NewRegistry(), map[string]int{}
	u.poller = NewShard(log.NewNopLogger(), u.registry, u.store, u.shard)
	for i := range u.handed {
		u.handed[i] = map[job.Key]*job.Job{}
	}
	u.reload()
}

// kill ends the process. What it stored within the last second is lost.
func (u *user) kill() {
	u.poller.Close()
	u.wg.Wait()
	u.checkEnded()
	u.store.kill(time.Now())
	for _, c := range u.projects {
		c.replaced = time.Now()
	}
}

// begin makes the model of a job that was not watched before.
func (u *user) begin(j *job.Job) *life {
	l := &life{job: j, since: time.Now()}
	if s, ok := u.store.Load(j); ok {
		l.unfinished = !s.FirstUnfinished.IsZero()
		if !s.Final() {
			u.lives[j.Key] = l
			return l
		}
		l.known, l.shown = view{status: s.Report.Status, heard: s.LastSuccess, end: s.End, kept: s.End}, s.Shown
		if s.End.IsZero() || !s.FirstUnfinished.IsZero() {
			l.known.kept = s.LastSuccess
		}
	}
	u.lives[j.Key] = l
	return l
}

// reload brings the plan into effect, in the poller and in the model.
func (u *user) reload() {
	u.mu.Lock()
	for _, l := range u.lives {
		u.mark(l, time.Now())
	}
	u.settings = u.plan.settings
	projects := u.renewProjects()
	u.renewLives()
	changes := u.changes()
	var tasks []Task
	for _, c := range u.projects {
		if u.plan.list > 0 {
			tasks = append(tasks, c.listings(u.plan.list)...)
		}
	}
	u.mu.Unlock()
	u.poller.Apply(Plan{Settings: u.plan.settings, Projects: projects, Changes: changes, Tasks: tasks})
}

// watch brings into effect what sources name.
func (u *user) watch() {
	u.mu.Lock()
	u.renewLives()
	changes := u.changes()
	u.mu.Unlock()
	u.poller.Watch(changes...)
}

// changes is what the sources name now, and did not when the poller was last told.
func (u *user) changes() []Change {
	var all []Change
	for i, s := range sources {
		var next []*job.Job
		for _, j := range u.plan.sources[i] {
			if _, ok := u.plan.projects[j.Project]; ok {
				next = append(next, &j)
			}
		}
		if u.plan.sloppy {
			maps.DeleteFunc(u.handed[i], func(_ job.Key, j *job.Job) bool { return u.projects[j.Project] == nil })
		}
		c := difference(s, u.handed[i], next)
		for _, j := range c.Add {
			if s.Rank == Discovery && j.APIVersion != "v1.0" {
				c.Answers = append(c.Answers, u.listed(j, time.Now(), j.Project+"/"+j.Provider)...)
			}
		}
		all = append(all, c)
	}
	return all
}

func (u *user) renewProjects() []Project {
	now := time.Now()
	old := u.projects
	u.projects = map[string]*credentials{}
	var all []Project
	for name, generation := range u.plan.projects {
		c := old[name]
		if c == nil || c.generation != generation {
			for _, l := range u.lives {
				if c != nil && l.job.Project == name && (l.known.err != "" || len(l.marks) > 0) {
					l.renewed()
				}
			}
			f := &flight{}
			if c != nil {
				f = c.flight
			}
			c = &credentials{world: u.world, project: name, generation: generation, flight: f, pauses: map[string]*pauseModel{}}
		}
		u.projects[name] = c
		all = append(all, Project{name, c})
	}
	for name, c := range old {
		if u.projects[name] != c {
			c.replaced = now
		}
		if u.projects[name] == nil {
			delete(u.ended, name)
		}
	}
	return all
}

func (u *user) renewLives() {
	old := u.lives
	for key, l := range u.departing {
		if old[key] == nil && l.owed {
			old[key] = l
		}
	}
	u.lives = map[job.Key]*life{}
	for key, configured := range u.plan.watched(u.shard) {
		j := &configured
		l, ok := old[key]
		if ok && identityOf(l.job) == identityOf(j) {
			u.lives[key] = l
		} else {
			l = u.begin(j)
		}
		if !l.configured && l.known.status.Final() && !l.shown {
			l.owed = true // it was stored, or only probes have shown it
		}
		l.job, l.configured = j, true
	}
	u.departing = map[job.Key]*life{}
	for key, l := range old {
		if u.lives[key] != nil {
			continue
		}
		l.configured = false
		if l.owed || time.Now().Equal(l.delivered) {
			u.departing[key] = l
		}
		if !l.probed.IsZero() && u.projects[l.job.Project] != nil {
			u.lives[key] = l
		}
	}
}

// scrape scrapes in the background, and checks what it is shown. The answer may
// be lost on its way.
func (u *user) scrape(budget time.Duration, lost bool) {
	u.wait(budget, func(ctx context.Context) func() {
		s := u.poller.Poll(ctx)
		return func() {
			u.checkScrape(s)
			if !lost {
				u.deliver(s)
			}
		}
	})
}

// deliver takes in that a scrape has arrived: what it shows as over has been shown.
func (u *user) deliver(s Snapshot) {
	u.poller.Delivered(s)
	for _, state := range s.Jobs() {
		for _, l := range []*life{u.lives[state.Key], u.departing[state.Key]} {
			if l != nil && l.owed && state.Final() {
				l.owed, l.shown, l.delivered = false, true, time.Now()
			}
		}
	}
	for key, l := range u.departing {
		if !l.owed && !time.Now().Equal(l.delivered) {
			delete(u.departing, key)
		}
	}
}

// probe does the same for one job.
func (u *user) probe(j *job.Job, budget time.Duration) {
	u.mu.Lock()
	l, refused := u.probed(j, time.Now())
	u.mu.Unlock()
	u.wait(budget, func(ctx context.Context) func() {
		s, err := u.poller.Probe(ctx, j)
		return func() {
			if (err != nil) != refused {
				u.violated("probe of %v: %v", identityOf(j), err)
			}
			if err == nil {
				u.checkState(l, s.Jobs()[0], func(view) bool { return true })
			}
		}
	})
}

// probed models which life a probe is about, if it is not refused.
func (u *user) probed(j *job.Job, now time.Time) (l *life, refused bool) {
	if u.projects[j.Project] == nil {
		return nil, true
	}
	if now.Sub(u.swept) >= time.Minute {
		u.swept = now
		for key, l := range u.lives {
			if !l.configured && !l.owed && now.Sub(l.probed) > time.Hour {
				delete(u.lives, key)
			}
		}
	}
	l, ok := u.lives[j.Key]
	if d := u.departing[j.Key]; d != nil && d.owed && (!ok || !l.configured) {
		l, ok, u.lives[j.Key] = d, true, d
	}
	shown := ok && (l.configured || l.owed)
	if shown && l.job.Project != j.Project {
		return nil, true
	}
	other := ok && !shown && identityOf(l.job) != identityOf(j)
	if other && now.Sub(l.probed) < 5*time.Minute {
		return nil, true
	}
	if !ok || other {
		l = u.begin(j)
	}
	l.probed = now
	return l, false
}

// wait does what waits for polls, in the background.
func (u *user) wait(budget time.Duration, do func(context.Context) (check func())) {
	u.mu.Lock()
	u.scraping++
	u.mu.Unlock()
	u.wg.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), budget)
		defer cancel()
		began := time.Now()
		check := do(ctx)
		u.mu.Lock()
		defer u.mu.Unlock()
		if took := time.Since(began); took > budget {
			u.violated("an answer took %v of %v", took, budget)
		}
		u.scraping--
		u.scraped = time.Now()
		check()
	})
	synctest.Wait()
}

// checkScrape checks that a scrape shows each job that is configured once, and
// rightly, and besides them those whose end no scrape has shown.
func (u *user) checkScrape(s Snapshot) {
	now := time.Now()
	if s.MaxStale != u.settings.MaxStale {
		u.violated("max_stale %v", s.MaxStale)
	}
	if !slices.IsSortedFunc(s.Jobs(), func(a, b *job.State) int { return a.Compare(b.Key) }) {
		u.violated("the jobs are not in order")
	}
	seen := map[job.Key]bool{}
	for i, state := range slices.Concat(s.Jobs(), s.Expired()) {
		l := u.lives[state.Key]
		if l == nil || !l.configured {
			l = u.departing[state.Key]
		}
		if l == nil || seen[state.Key] {
			u.violated("%v is in a scrape, and neither configured nor owed, or there twice", state.Key)
			continue
		}
		seen[state.Key] = true
		gone := i >= len(s.Jobs())
		u.checkState(l, state, func(v view) bool {
			expired := l.configured && v.expired(now, u.settings.Retention)
			return (expired && !l.owed) == gone || expired && now.Equal(l.delivered)
		})
	}
	for key, l := range u.lives {
		if l.configured && !seen[key] {
			u.violated("%v is configured, and not in a scrape", key)
		}
	}
	for key, l := range u.departing {
		if l.owed && !seen[key] {
			u.violated("the end of %v was in no scrape", key)
		}
	}
}

// checkState compares what is shown of a job with the model. There may be two
// views of it; fits tells which of them have their place where the state is.
func (u *user) checkState(l *life, s *job.State, fits func(view) bool) {
	now := time.Now()
	status := s.StatusAt(now, u.settings.MaxStale)
	if !slices.Contains(s.Statuses, status) {
		u.violated("%s has a status that is not in its set: %v", s.ID, status)
	}
	if identityOf(s.Job) != identityOf(l.job) || s.StuckAfter != l.job.StuckAfter {
		u.violated("%s is shown as %+v, want %+v", s.ID, *s.Job, *l.job)
	}
	var why []string
	for _, v := range l.views(now) {
		mismatch := u.mismatch(l, v, s, now)
		if mismatch == "" && !fits(v) {
			mismatch = "expired, or not"
		}
		if mismatch == "" {
			return
		}
		why = append(why, mismatch)
	}
	u.violated("%s: %v, of the model %+v", s.ID, why, *l)
}

// mismatch says in what a state differs from a view; empty if in nothing.
func (u *user) mismatch(l *life, v view, s *job.State, now time.Time) string {
	shown, want := s.StatusAt(now, u.settings.MaxStale), v.shown(now, u.settings.MaxStale)
	known := v.err
	if u.mark(l, now); !v.status.Final() && l.marks[s.Err] {
		known = s.Err
	}
	switch {
	case shown != want:
		return fmt.Sprintf("shown as %v, want %v", shown, want)
	case !s.LastSuccess.Equal(v.heard) || !s.Ended().Equal(v.end):
		return fmt.Sprintf("heard %v, ended %v", s.LastSuccess, s.Ended())
	case s.Err != known:
		return fmt.Sprintf("last error %q, want %q", s.Err, known)
	case s.Up() != (v.status.Final() || known == "" && !v.heard.IsZero()):
		return fmt.Sprintf("up is %v", s.Up())
	}
	return ""
}

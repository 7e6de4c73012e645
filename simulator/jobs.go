package simulator

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Source gives jobs by the time, beside those that were added: a population
// that needs no memory. It is called at every request, by several goroutines at
// once, and must give the same jobs for the same time.
type Source func(now time.Time) []Job

type jobKey struct {
	api           API
	projectID, id string
}

func (j *Job) key() jobKey { return jobKey{j.API.jobs(), j.ProjectID, j.ID} }

// compare orders jobs by API, project and ID, which is the order of the list API.
func (k jobKey) compare(o jobKey) int {
	return cmp.Or(cmp.Compare(k.api, o.api), strings.Compare(k.projectID, o.projectID), strings.Compare(k.id, o.id))
}

type jobStore struct {
	mu      sync.RWMutex
	jobs    map[jobKey]Job
	sources []Source
}

func newJobStore() *jobStore { return &jobStore{jobs: map[jobKey]Job{}} }

// AddJob adds jobs, or replaces those with the same API, project and ID.
func (c *Cloud) AddJob(jobs ...Job) {
	c.jobs.mu.Lock()
	defer c.jobs.mu.Unlock()
	for _, j := range jobs {
		c.jobs.jobs[j.key()] = j
	}
}

// RemoveJob makes the cloud forget a job that was added.
func (c *Cloud) RemoveJob(api API, projectID, id string) {
	c.jobs.mu.Lock()
	defer c.jobs.mu.Unlock()
	delete(c.jobs.jobs, jobKey{api.jobs(), projectID, id})
}

// AddSource adds a source of jobs.
func (c *Cloud) AddSource(s Source) {
	c.jobs.mu.Lock()
	defer c.jobs.mu.Unlock()
	c.jobs.sources = append(c.jobs.sources, s)
}

// Jobs are all jobs that exist at a time, known to the cloud or not, ordered by
// API, project and ID.
func (c *Cloud) Jobs(now time.Time) []Job {
	c.jobs.mu.RLock()
	defer c.jobs.mu.RUnlock()
	all := make([]Job, 0, len(c.jobs.jobs))
	for _, j := range c.jobs.jobs {
		all = append(all, j)
	}
	for _, source := range c.jobs.sources {
		all = append(all, source(now)...)
	}
	slices.SortFunc(all, func(a, b Job) int { return a.key().compare(b.key()) })
	return all
}

// Truth is the API's own word for the status of a job at a time; ok is false if
// the cloud does not know the job then.
func (c *Cloud) Truth(api API, projectID, id string, at time.Time) (status string, ok bool) {
	v, ok := c.jobs.find(jobKey{api.jobs(), projectID, id}, at)
	return v.status, ok
}

func (s *jobStore) find(k jobKey, now time.Time) (view, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if j, ok := s.jobs[k]; ok {
		return j.at(now)
	}
	for _, source := range s.sources {
		for _, j := range source(now) {
			if j.key() == k {
				return j.at(now)
			}
		}
	}
	return view{}, false
}

// showJob answers a question about one job.
func (c *Cloud) showJob(a *apiRow, projectID, id string) Answer {
	if v, ok := c.jobs.find(jobKey{a.api.jobs(), projectID, id}, time.Now()); ok {
		return a.answer(v, c.opts)
	}
	if own, ok := c.opts.NotFound[a.api]; ok {
		return own
	}
	return a.missing(id)
}

// visible returns the jobs of a project that the cloud knows now, by ID.
func (c *Cloud) visible(api API, projectID string) []view {
	now := time.Now()
	var known []view
	for _, j := range c.Jobs(now) {
		if j.API.jobs() != api.jobs() || j.ProjectID != projectID {
			continue
		}
		if v, ok := j.at(now); ok {
			known = append(known, v)
		}
	}
	return known
}

package simulator

import (
	"net/http"
	"sync"
)

// counts is what was asked of the cloud.
type counts struct {
	mu                sync.Mutex
	services          map[Service]*serviceCount
	jobs              map[jobCall]int // nil if jobs are not counted one by one
	accepted, refused int             // logins
}

type serviceCount struct {
	calls, current, most int
	last                 http.Header
}

type jobCall struct {
	service Service
	id      string
}

func newCounts(uncountedJobs bool) *counts {
	c := &counts{services: map[Service]*serviceCount{}}
	if !uncountedJobs {
		c.jobs = map[jobCall]int{}
	}
	return c
}

// enter counts a call that begins, and gives what counts its end.
func (c *counts) enter(k call, h http.Header) (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.services[k.service]
	if s == nil {
		s = &serviceCount{}
		c.services[k.service] = s
	}
	s.calls++
	s.current++
	s.most = max(s.most, s.current)
	s.last = h.Clone()
	if k.jobID != "" && c.jobs != nil {
		c.jobs[jobCall{k.service, k.jobID}]++
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		s.current--
	}
}

func (c *counts) login(ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ok {
		c.accepted++
	} else {
		c.refused++
	}
}

func (c *counts) of(s Service) serviceCount {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.services[s]; n != nil {
		return *n
	}
	return serviceCount{}
}

// Calls is how many calls a service got, answered or not.
func (c *Cloud) Calls(s Service) int { return c.counts.of(s).calls }

// MaxConcurrent is the most calls that a service had in hand at once.
func (c *Cloud) MaxConcurrent(s Service) int { return c.counts.of(s).most }

// LastHeader is the header of the last request that a service got; nil if it got none.
func (c *Cloud) LastHeader(s Service) http.Header { return c.counts.of(s).last }

// JobCalls is how often a service was asked for one job, known or not; 0 with
// [Options].UncountedJobs.
func (c *Cloud) JobCalls(s Service, id string) int {
	c.counts.mu.Lock()
	defer c.counts.mu.Unlock()
	return c.counts.jobs[jobCall{s, id}]
}

// Logins is how many logins were accepted and refused. Those that a fault
// answered are neither; Calls has them all.
func (c *Cloud) Logins() (accepted, refused int) {
	c.counts.mu.Lock()
	defer c.counts.mu.Unlock()
	return c.counts.accepted, c.counts.refused
}

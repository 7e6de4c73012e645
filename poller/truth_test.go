package poller

import (
	"iter"
	"slices"
	"sync"
	"time"

	"cloudjob_exporter/job"
)

// identity is what makes a job of a cloud: with another project or version it
// is another job, though its key is the same.
type identity struct {
	job.Key
	project, version string
}

func identityOf(j *job.Job) identity { return identity{j.Key, j.Project, j.APIVersion} }

// truth is what a cloud would say about a job, over time: it begins with a
// moment at 0, and each moment lasts until the next.
type truth []moment

type moment struct {
	at     time.Duration // since the beginning of the scenario
	status job.Status
	absent bool // the cloud does not know the job, not yet or no longer
}

// at is what the cloud would say at a time since the beginning.
func (t truth) at(since time.Duration) moment {
	i := slices.IndexFunc(t, func(m moment) bool { return m.at > since })
	if i < 0 {
		i = len(t)
	}
	return t[i-1]
}

// between are the statuses that are true at some time from one to another.
func (t truth) between(from, to time.Duration) []job.Status {
	var all []job.Status
	for i, m := range t {
		if m.at > to || i+1 < len(t) && t[i+1].at < from {
			continue
		}
		if m.absent {
			m.status = job.Unknown
		}
		all = append(all, m.status)
	}
	return all
}

// fault is how an endpoint of a project behaves; the zero value is well.
type fault struct {
	name    string
	latency time.Duration
	err     *job.Failure // nil: the truth
}

// faults are those that a scenario may choose from. The first is none.
var faults = []fault{
	{name: "well"},
	{name: "slow", latency: 3 * time.Second},
	{name: "hangs until the timeout", latency: 10 * time.Second, err: &job.Failure{Reason: job.Timeout}},
	{name: "refuses connections", err: &job.Failure{Reason: job.Network}},
	{name: "answers 500", latency: 100 * time.Millisecond, err: &job.Failure{Reason: job.ServerError}},
	{name: "answers 503", err: &job.Failure{Reason: job.ServerError, Overloaded: true}},
	{name: "answers 429", latency: 50 * time.Millisecond, err: &job.Failure{Reason: job.RateLimited, Overloaded: true}},
	{name: "answers 429 with Retry-After", err: &job.Failure{Reason: job.RateLimited, Overloaded: true, RetryAfter: 90 * time.Second}},
	{name: "refuses the credentials", latency: 20 * time.Millisecond, err: &job.Failure{Reason: job.Auth, RetryAfter: time.Minute}},
	{name: "forbids", err: &job.Failure{Reason: job.Forbidden}},
	{name: "answers nonsense", latency: time.Second, err: &job.Failure{Reason: job.BadResponse}},
	{name: "has forgotten all jobs", err: &job.Failure{Reason: job.NotFound}},
}

// journal is a Store whose last second is lost when the process is killed.
type journal struct {
	mu    sync.Mutex
	puts  map[job.Key][]put
	inUse iter.Seq[job.Key]
}

type put struct {
	state *job.State
	at    time.Time
}

func (s *journal) Load(j *job.Job) (*job.State, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	puts := s.puts[j.Key]
	if len(puts) == 0 || identityOf(puts[len(puts)-1].state.Job) != identityOf(j) {
		return nil, false
	}
	state := *puts[len(puts)-1].state
	state.Job = j
	return &state, true
}

func (s *journal) Put(state *job.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.puts[state.Key] = append(s.puts[state.Key], put{state, time.Now()})
}

func (s *journal) Own(shard job.Shard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, puts := range s.puts {
		if !shard.Owns(key) {
			s.puts[key] = slices.DeleteFunc(puts, func(p put) bool { return !p.state.Final() })
		}
	}
}

func (s *journal) InUse(keys iter.Seq[job.Key]) { s.inUse = keys }

// kill loses what was put within the last second.
func (s *journal) kill(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, puts := range s.puts {
		s.puts[key] = slices.DeleteFunc(puts, func(p put) bool { return now.Sub(p.at) < time.Second })
	}
}

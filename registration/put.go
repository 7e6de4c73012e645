package registration

import (
	"context"
	"time"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
)

// patience is how long an answer waits for the disk. A registration that is not on it
// by then is watched all the same, and written when the disk works.
const patience = 5 * time.Second

// Put registers a job, or registers it anew with other parameters. It is watched from
// the next scrape on. Put waits until that survives a crash, but not without end. It
// reports whether the job was not watched before. Its error is a *Refusal.
func (s *Set) Put(ctx context.Context, r Request) (isNew bool, err error) {
	j, stuckAfter, err := r.job(s.inForce())
	if err != nil {
		return false, err
	}
	if err := misdirected(s.poller.Shard(), j.Key); err != nil {
		return false, err
	}
	by, watched, ok := s.poller.Claimed(j.Key)
	if ok {
		if err := conflict(by, watched, j); err != nil {
			return false, err
		}
	}
	e := &entry{
		record: record{Project: j.Project, APIVersion: j.APIVersion, StuckAfter: stuckAfter.Milliseconds(), Registered: time.Now().UnixMilli()},
		since:  time.Now(),
	}
	before, written, err := s.put(j.Key, e)
	if err != nil {
		return false, err
	}
	s.changed()
	s.logPut(j.Key, before, e)
	written.patiently(ctx)
	known := before != nil && before.Project == j.Project || ok && !elsewhere(watched, j)
	return !known, nil
}

// put adds an entry, or replaces the one there is.
func (s *Set) put(k job.Key, e *entry) (before *entry, written wait, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before = s.entries[k]
	switch most := s.config.Registration.MaxJobs; {
	case before == nil && len(s.entries) >= most:
		return nil, nil, refuse(Full, "there are %d registered jobs, and registration.max_jobs allows no more", len(s.entries))
	case before != nil && before.Project != e.Project && s.config.Project(before.Project) != nil:
		return nil, nil, refuse(Conflict, "job %s is registered in project %q; delete that registration first", k.ID, before.Project)
	case before != nil:
		e.Found = before.Found && before.Project == e.Project && before.APIVersion == e.APIVersion
	}
	s.entries[k] = e
	s.pending[k] = struct{}{}
	return before, s.save(k, e), nil
}

// Delete takes a registration back. The job is no longer watched, unless another source
// names it. Delete waits as Put does, and its error is a *Refusal, too.
func (s *Set) Delete(ctx context.Context, r Request) error {
	k := job.Key{Provider: r.Provider, ID: r.JobID}
	written, ok := s.delete(k, r.Project)
	if !ok {
		if _, _, err := r.job(s.inForce()); err != nil {
			return err
		}
		if err := misdirected(s.poller.Shard(), k); err != nil {
			return err
		}
		return refuse(NotRegistered, "job %s is not registered in project %q", r.JobID, r.Project)
	}
	s.changed()
	s.logEvent("registration deleted", k, r.Project)
	written.patiently(ctx)
	return nil
}

// delete takes an entry away, if there is one in this project, configured or not.
func (s *Set) delete(k job.Key, project string) (written wait, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[k]; e == nil || e.Project != project {
		return nil, false
	}
	return s.remove(k), true
}

// remove takes an entry away. The lock is held.
func (s *Set) remove(k job.Key) (written wait) {
	delete(s.entries, k)
	s.pending[k] = struct{}{}
	return s.save(k, nil)
}

// inForce returns the configuration.
func (s *Set) inForce() *config.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config
}

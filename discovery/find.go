package discovery

import (
	"slices"
	"time"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

// find is what one entry has found.
type find struct {
	config.Discover
	source  poller.Source
	ids     []string            // the newest first, those of other shards among them
	handed  map[string]*job.Job // out as watched, by ID
	fresh   []poller.Answer     // about jobs that are not handed out yet
	doubts  map[string]doubt    // about jobs for which only a resource speaks
	changed bool                // since then
	failing string              // what was logged last, in short; empty if the last listing succeeded
}

// change hands out what a find has found.
func (f *find) change() poller.Change {
	c := poller.Change{Source: f.source, Answers: f.fresh}
	api, _ := provider.Find(f.Provider, f.APIVersion)
	found := make(map[string]bool, len(f.ids))
	for _, id := range f.ids {
		found[id] = true
		if old := f.handed[id]; old != nil && old.StuckAfter == f.StuckAfter {
			continue
		}
		j, err := provider.NewJob(f.Provider, f.APIVersion, f.Project, id, f.StuckAfter)
		if err != nil {
			continue // the listing has left out what is no job
		}
		j.Tentative = api.List.Resources != nil
		f.handed[id] = j
		c.Add = append(c.Add, j)
	}
	for id, j := range f.handed {
		if !found[id] {
			delete(f.handed, id)
			c.Remove = append(c.Remove, j.Key)
		}
	}
	f.changed, f.fresh = false, nil
	return c
}

// stillFound returns the jobs that are found after a listing, the newest first: those that
// it showed, and those that were found before and stay. max_jobs counts the jobs of all
// shards, so that these watch together what one exporter would; of jobs that the listing
// no longer shows, those of other shards are not known here.
func (s *Set) stillFound(f *find, l *listing, complete bool) []string {
	ids, begins := slices.Clone(l.order), make(map[string]time.Time, len(l.order))
	for _, id := range l.order {
		begins[id] = l.shown[id].Report.Begin
	}
	for _, id := range f.ids {
		if _, shown := l.shown[id]; shown {
			continue
		}
		state, ok := s.poller.State(job.Key{Provider: l.Provider, ID: id})
		if ok {
			begins[id] = state.Begin
			ok = stays(state, l.Since, complete)
		} else {
			ok = !complete
		}
		if ok {
			ids = append(ids, id)
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int { return begins[b].Compare(begins[a]) })
	return ids
}

// minKept is how long a job is watched at least after its end: as long as an alert
// about its failure lasts.
const minKept = 24 * time.Hour

// stays reports whether a job that was found before is still watched though the listing
// does not show it, which may be because it began too long ago: until it has ended, and
// then for as long as a new one would be shown, but at least for minKept. Of one that the
// cloud does not know, a listing that failed proves nothing.
func stays(s *job.State, since time.Duration, complete bool) bool {
	if s.Final() {
		return time.Since(s.OverSince()) < max(since, minKept)
	}
	return !s.Missing || !complete
}

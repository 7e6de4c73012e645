package discovery

import (
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// Poller is what a Set needs of the poller that watches what it finds.
type Poller interface {
	// State returns what is known of a job.
	State(k job.Key) (s *job.State, ok bool)
	// Answered takes in what a page of a listing says of the jobs on it.
	Answered(page []poller.Answer)
	// Shard is that of the jobs that the poller watches: it ignores others.
	Shard() job.Shard
}

// count returns how many jobs of a shard are found.
func (f *find) count(shard job.Shard) (n int) {
	if shard.Count() == 1 {
		return len(f.ids)
	}
	for _, id := range f.ids {
		if shard.Owns(job.Key{Provider: f.Provider, ID: id}) {
			n++
		}
	}
	return n
}

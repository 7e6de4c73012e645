package poller

import (
	"maps"
	"time"

	"cloudjob_exporter/job"
)

// maxShards is how many processes a scenario has at most.
const maxShards = 3

// fleet is several processes that divide the jobs of a scenario. Each has a world of its
// own, in which the same is true, and a store that stays when it is not running.
type fleet struct {
	users   []*user
	running []*user // the first of users, one for each shard
}

func newFleet(s *scenario) *fleet {
	f := &fleet{}
	for range maxShards {
		f.users = append(f.users, &user{
			world: &world{
				began: time.Now(), truths: s.truths, faults: map[[2]string]fault{}, unlisted: map[identity]bool{},
				store: &journal{puts: map[job.Key][]put{}},
			},
			plan: s.plan.clone(),
		})
	}
	return f
}

// launch starts a process for each shard, with what the first one is to watch, where its
// clouds are.
func (f *fleet) launch(shards int) {
	first := f.users[0]
	f.running = f.users[:shards]
	for i, u := range f.running {
		u.shard = job.Shard{Index: i, Total: shards}
		u.plan = first.plan.clone()
		u.faults, u.unlisted = maps.Clone(first.faults), maps.Clone(first.unlisted)
		u.launch()
	}
}

func (f *fleet) step(s step) {
	if s.shards > 0 {
		for _, u := range f.running {
			u.kill()
		}
		f.launch(s.shards)
		return
	}
	for _, u := range f.running {
		s.do(u)
	}
}

// checkOwners checks that each job that sources name is watched by one process, and no
// other job by any.
func (f *fleet) checkOwners() {
	first := f.running[0]
	named := first.plan.watched(job.Shard{})
	for _, j := range jobPlaces {
		want, owners := 0, 0
		if _, ok := named[j.Key]; ok {
			want = 1
		}
		for _, u := range f.running {
			if _, _, ok := u.poller.Claimed(j.Key); ok {
				owners++
			}
		}
		if owners != want {
			first.violated("%v is watched by %d of %d shards, want %d", j.Key, owners, len(f.running), want)
		}
	}
}

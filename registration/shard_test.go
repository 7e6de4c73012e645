package registration

import (
	"fmt"
	"strings"
	"testing"

	"cloudjob_exporter/job"
)

// TestAJobIsRegisteredAtItsShard: every other one refuses it, and says which it is.
func TestAJobIsRegisteredAtItsShard(t *testing.T) {
	const shards = 3
	for n := range 20 {
		id := fmt.Sprint("job-", n)
		right := (job.Shard{Total: shards}).Of(job.Key{Provider: "elb", ID: id})
		for i := range shards {
			w := newShard(t, nil, usual, job.Shard{Index: i, Total: shards})
			put, deleted, watched := "new", "gone", "elb/prod/"+id+" 30m0s v1.0"
			if i != right {
				put = fmt.Sprintf("misdirected: job %s belongs to shard %d of 3, and this is shard %d", id, right, i)
				deleted, watched = put, ""
			}
			equalText(t, "PUT", w.put("elb/prod/"+id), put)
			equalText(t, "watched", w.list(), watched)
			equalText(t, "DELETE", w.unput("elb/prod/"+id), deleted)
			equalText(t, "a project that there is not", w.put("elb/pro/"+id), `no project: there is no project "pro", did you mean prod?`)
		}
	}
}

func equalText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

// TestRegistrationsOfJobsThatMoveToAnotherShard are kept, are neither handed out as jobs
// of this shard nor counted, and can be deleted.
func TestRegistrationsOfJobsThatMoveToAnotherShard(t *testing.T) {
	const n = 30
	store := &memory{texts: map[job.Key]string{}}
	w := newWorld(t, store, usual)
	for i := range n {
		w.put(fmt.Sprint("elb/prod/job-", i))
	}
	shard := job.Shard{Index: 0, Total: 2}
	own, foreign := 0, ""
	for i := range n {
		if id := fmt.Sprint("job-", i); shard.Owns(job.Key{Provider: "elb", ID: id}) {
			own++
		} else {
			foreign = id
		}
	}
	next := newShard(t, store, usual, shard)
	want := fmt.Sprintf(`level=warn msg="restored registrations not watched, the jobs belong to other shards; register them there" jobs=%d`+"\n", n-own)
	if got := next.logs.String(); !strings.HasSuffix(got, want) {
		t.Errorf("got the log %s\nwant %s", got, want)
	}
	for project, jobs := range next.count() {
		if wanted := map[string]int{"prod": own}[project]; jobs != wanted {
			t.Errorf("%d registered jobs of %s, want %d", jobs, project, wanted)
		}
	}
	equalText(t, "DELETE", next.unput("elb/prod/"+foreign), "gone")
	equalText(t, "DELETE again", next.unput("elb/prod/"+foreign), fmt.Sprintf("misdirected: job %s belongs to shard 1 of 2, and this is shard 0", foreign))
	if entries, stored := next.kept(); entries != n-1 || stored != n-1 {
		t.Errorf("%d registrations are known, %d stored, want %d", entries, stored, n-1)
	}
}

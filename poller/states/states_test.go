package states

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cloudjob_exporter/job"
)

func stateOf(id int) *job.State {
	return &job.State{Job: &job.Job{Key: job.Key{Provider: "elb", ID: fmt.Sprintf("%05d", id)}}}
}

// TestStatesAreAnOrderedMap compares the list with a map, and each view that was
// taken on the way with what it was then.
func TestStatesAreAnOrderedMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list List
		model := map[job.Key]*job.State{}
		type taken struct {
			view *View
			want []*job.State
		}
		var views []taken
		ids := rapid.SampledFrom([]int{10, 300, 3000}).Draw(t, "ids")
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0: // a run, in order
				from := rapid.IntRange(0, ids).Draw(t, "from")
				for id := from; id < from+rapid.IntRange(1, ids).Draw(t, "n"); id++ {
					s := stateOf(id)
					list.Put(s)
					model[s.Key] = s
				}
			case 1: // one
				s := stateOf(rapid.IntRange(0, ids).Draw(t, "id"))
				list.Put(s)
				model[s.Key] = s
			case 2: // every other one goes
				step := rapid.IntRange(1, 5).Draw(t, "step")
				for id := rapid.IntRange(0, ids).Draw(t, "from"); id < ids; id += step {
					k := stateOf(id).Key
					list.Remove(k)
					delete(model, k)
				}
			case 3:
				want := slices.SortedFunc(maps.Values(model), func(a, b *job.State) int { return a.Compare(b.Key) })
				views = append(views, taken{list.View(), want})
			}
		}
		if list.Len() != len(model) {
			t.Fatalf("%d states, want %d", list.Len(), len(model))
		}
		for i, v := range views {
			if got := v.view.All(); !slices.Equal(got, v.want) {
				t.Fatalf("view %d has %d states, want %d, or others", i, len(got), len(v.want))
			}
		}
	})
}

func TestBlocksAreWellFilled(t *testing.T) {
	var list List
	for id := range 100_000 {
		list.Put(stateOf(id))
	}
	if n := len(list.blocks); n > 100_000/maxBlock+1 {
		t.Errorf("%d blocks of states that came in order", n)
	}
	for id := range 100_000 {
		if id%100 != 0 {
			list.Remove(stateOf(id).Key)
		}
	}
	if n := len(list.blocks); n > 1000/(maxBlock/4)+2 {
		t.Errorf("%d blocks for %d states that are left", n, list.Len())
	}
}

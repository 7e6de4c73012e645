package places

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller/claims"
)

// TestAnEntryIsInOnePlace moves entries at random, and looks for each of them everywhere.
func TestAnEntryIsInOnePlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		board, lane, listing := &Board{}, &Lane{}, &Listing{}
		began := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		var entries []*Entry
		for i := range 8 {
			e := &Entry{State: &job.State{Job: &job.Job{Key: job.Key{ID: fmt.Sprint(i)}}}, Lane: lane, Listing: listing}
			if i%4 > 0 {
				e.Source = &claims.Claimant{}
			}
			entries = append(entries, e)
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			e := rapid.SampledFrom(entries).Draw(t, "entry")
			to := rapid.SampledFrom([]Place{Idle, Parked, Awaiting, Queued, Expiring}).Draw(t, "to")
			board.Move(e, Idle)
			e.Due = began.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "due")) * time.Second)
			board.Move(e, to)
			for _, e := range entries {
				for place, there := range map[Place]bool{
					Parked:   slices.Contains(lane.parked, e),
					Awaiting: slices.Contains(listing.Awaiting, e),
					Queued:   slices.Contains(lane.Queue, e) || slices.Contains(lane.Probed, e),
					Expiring: slices.Contains(board.expiring, e),
				} {
					if there != (e.Place == place) {
						t.Fatalf("%s is at %d, and at %d: %v", e.State.ID, e.Place, place, there)
					}
				}
			}
			if lane.Awaiting != len(listing.Awaiting) || slices.ContainsFunc(lane.Probed, (*Entry).Watched) {
				t.Fatalf("%d await, of %d", lane.Awaiting, len(listing.Awaiting))
			}
		}
		last := time.Time{}
		for e := range lane.Due(began.Add(5 * time.Second)) {
			if e.Due.Before(last) || e.Due.After(began.Add(5*time.Second)) || e.Place != Idle {
				t.Fatalf("due at %v, after %v", e.Due, last)
			}
			last = e.Due
		}
	})
}

func TestMergeKeepsTheOrder(t *testing.T) {
	queue := func(seconds ...int) (q []*Entry) {
		for _, s := range seconds {
			q = append(q, &Entry{Due: time.Unix(int64(s), 0)})
		}
		return q
	}
	for _, test := range []struct{ a, b, want []int }{
		{nil, nil, nil},
		{[]int{1, 2}, nil, []int{1, 2}},
		{nil, []int{1, 2}, []int{1, 2}},
		{[]int{1, 4, 5}, []int{2, 3, 6}, []int{1, 2, 3, 4, 5, 6}},
		{[]int{3}, []int{1, 2}, []int{1, 2, 3}},
	} {
		var got []int
		for _, e := range Merge(queue(test.a...), queue(test.b...)) {
			got = append(got, int(e.Due.Unix()))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%v and %v: got %v", test.a, test.b, got)
		}
	}
}

package collector

import (
	"slices"
	"testing"

	"cloudjob_exporter/job"
)

func TestEveryStatusIsShownInTheOrderOfItsName(t *testing.T) {
	var all []job.Status
	var names []string
	for s := job.Unknown; s == job.Unknown || s.String() != job.Unknown.String(); s++ {
		all = append(all, s)
		names = append(names, s.String())
	}
	slices.Sort(names)
	families := Families()
	i := slices.IndexFunc(families, func(f Family) bool { return f.Name == "job_status" })
	if i < 0 {
		t.Fatal("there is no family job_status")
	}
	var got []string
	for _, s := range families[i].Samples(nil, View{State: &job.State{Job: &job.Job{Statuses: all}}}) {
		got = append(got, s.Labels[0])
	}
	if !slices.Equal(got, names) {
		t.Errorf("got %q, want %q", got, names)
	}
}

func TestFamiliesAreOrderedByName(t *testing.T) {
	families := Families()
	byName := func(a, b Family) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	}
	if !slices.IsSortedFunc(families, byName) {
		t.Error("the families are not ordered by name")
	}
	for _, f := range families {
		if len(f.Labels) > len(Sample{}.Labels) {
			t.Errorf("%s has more labels than a sample", f.Name)
		}
	}
}

package claims

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cloudjob_exporter/job"
)

var sources = []Source{
	{Name: "configuration"},
	{Rank: JobFiles, Name: "job file a.yml"},
	{Rank: JobFiles, Name: "job file b.yml"},
	{Rank: Registration, Name: "registration"},
	{Rank: Discovery, Order: 1, Name: "z"},
	{Rank: Discovery, Order: 2, Name: "a"},
}

// TestTheFirstSourceCounts compares the set with a model: for each job, which sources
// name it.
func TestTheFirstSourceCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := New()
		keys := []job.Key{{ID: "a"}, {ID: "b"}}
		first := map[job.Key]Claim{}
		model := map[job.Key]map[int]*job.Job{keys[0]: {}, keys[1]: {}}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			k, i := rapid.SampledFrom(keys).Draw(t, "key"), rapid.IntRange(0, len(sources)-1).Draw(t, "source")
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1, 2:
				j := &job.Job{Key: k, Project: rapid.SampledFrom([]string{"prod", "test"}).Draw(t, "project")}
				first[k] = set.Add(first[k], sources[i], j)
				model[k][i] = j
			case 3:
				first[k] = set.Remove(first[k], sources[i], k)
				delete(model[k], i)
			case 4: // a project goes; its first claims are for the caller
				set.Drop(func(j *job.Job) bool { return j.Project == "test" })
				for _, by := range model {
					kept := false
					for i := range sources {
						if j := by[i]; j != nil && kept && j.Project == "test" {
							delete(by, i)
						}
						kept = kept || by[i] != nil
					}
				}
			}
			named := 0
			for _, k := range keys {
				want := Claim{}
				for i, s := range slices.Backward(sources) {
					if j := model[k][i]; j != nil {
						want = Claim{&Claimant{Source: s}, j}
						named++
					}
				}
				if first[k].Job != want.Job || want.By != nil && first[k].By.Source != want.By.Source {
					t.Fatalf("%v: first is %+v, want %+v", k, first[k].Job, want.Job)
				}
			}
			kept := 0
			for _, by := range set.sources {
				kept += by.claims
			}
			if kept != named {
				t.Fatalf("%d claims are kept, want %d", kept, named)
			}
		}
	})
}

func TestDuplicate(t *testing.T) {
	a, b := &job.Job{Project: "prod"}, &job.Job{Project: "test"}
	first, second := Claim{By: &Claimant{Source: sources[0]}, Job: a}, Claim{By: &Claimant{Source: sources[1]}, Job: b}
	for name, test := range map[string]struct {
		before, first Claim
		added         Addition
		want          string
	}{
		"a later source":   {first, first, Addition{Source: sources[1], Job: b}, "job file a.yml"},
		"an earlier one":   {second, first, Addition{Source: sources[0], Job: a}, "job file a.yml"},
		"the same source":  {first, first, Addition{Source: sources[0], Job: a}, ""},
		"the only one":     {Claim{}, first, Addition{Source: sources[0], Job: a}, ""},
		"with one opinion": {first, first, Addition{Source: sources[1], Job: a}, ""},
	} {
		if got, ok := Duplicate(test.before, test.first, test.added); got.Name != test.want || ok != (test.want != "") {
			t.Errorf("%s: got %q, %v", name, got.Name, ok)
		}
	}
}

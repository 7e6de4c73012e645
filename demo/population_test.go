package demo

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/simulator"
)

var began = time.Date(2026, 11, 21, 9, 30, 0, 123456789, time.UTC)

func TestThePopulationAlwaysHasSomethingToSee(t *testing.T) {
	p := newPopulation(began)
	projects := map[string]credential{}
	for _, c := range credentials() {
		projects[c.projectID] = c
	}
	most := 0
	moments := func(yield func(time.Duration) bool) {
		for _, day := range []time.Duration{0, 30 * 24 * time.Hour} {
			for after := day; after < day+4*time.Hour; after += 37 * time.Second {
				if !yield(after) {
					return
				}
			}
		}
	}
	for after := range moments {
		now := began.Add(after)
		seen := map[string]int{}
		watches := p.watches(now)
		most = max(most, len(watches))
		known := map[watch]string{}
		for _, j := range p.jobs(now) {
			w := newWatch(j.API, projects[j.ProjectID], j.ID)
			known[w], _ = j.Status(now)
			if j.API == simulator.RDS { // those are listed
				seen["rds "+strings.ToUpper(known[w])]++
			}
		}
		for _, w := range watches {
			seen[w.provider+" "+strings.ToUpper(known[w])]++
		}
		for _, want := range []string{
			"cfw RUNNING", "cfw SUCCESS", "cfw FAILED", "elb RUNNING", "elb SUCCESS", "ecs RUNNING", "ecs SUCCESS", "ecs FAIL",
			"rds RUNNING", "rds COMPLETED", "rds FAILED",
		} {
			if seen[want] == 0 {
				t.Fatalf("after %v there is no %s: %v", after, want, seen)
			}
		}
		if seen["elb FAIL"]+seen["elb ROLLBACK_FAIL"] == 0 {
			t.Fatalf("after %v no job of elb has failed: %v", after, seen)
		}
		if seen["elb "] != 1 || seen["cfw "] != 0 {
			t.Fatalf("after %v the unknown jobs are %v, want one of elb", after, seen)
		}
	}
	if most < 20 || most > 80 {
		t.Errorf("at most %d jobs are watched, want some dozens", most)
	}
}

func TestThePopulationIsRepeatable(t *testing.T) {
	now := began.Add(3 * time.Hour)
	one, two := newPopulation(began), newPopulation(began)
	two.watches(now.Add(-time.Hour))
	if !reflect.DeepEqual(one.cloud.Jobs(now), two.cloud.Jobs(now)) || !slices.Equal(one.watches(now), two.watches(now)) {
		t.Error("two populations of the same start differ")
	}
	seen := map[watch]bool{}
	for _, w := range one.watches(now) {
		if seen[w] {
			t.Errorf("%v is watched twice", w)
		}
		seen[w] = true
	}
}

func TestTheJobsOfThePopulationGoOn(t *testing.T) {
	p := newPopulation(began)
	at := func(after time.Duration) []watch { return p.watches(began.Add(after)) }
	before, after := at(0), at(20*time.Minute)
	var both []watch
	for _, w := range before {
		if slices.Contains(after, w) {
			both = append(both, w)
		}
	}
	if !slices.Equal(both, p.fixed) {
		t.Errorf("after 20 min these are left: %v, want %v", both, p.fixed)
	}
	statuses := map[string]bool{}
	for after := time.Duration(0); after < 2*time.Hour; after += 5 * time.Second {
		now := began.Add(after)
		for _, j := range p.streams[1].jobs(now, keep) {
			status, _ := p.cloud.Truth(simulator.ELBv3, j.ProjectID, j.ID, now)
			statuses[status] = true
			if after > time.Minute && len(statuses) == 8 {
				return
			}
		}
	}
	t.Errorf("in 2 h ELB v3 shows only %v", statuses)
}

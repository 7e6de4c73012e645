package provider

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// eachList runs a test for each API of the simulator that has a list, in a bubble of its
// own. Its day has begun before the test, so that there is a time before each job.
func eachList(t *testing.T, test func(t *testing.T, s *service, a *API)) {
	t.Helper()
	for _, api := range simulator.APIs() {
		a, ok := Find(versionOf(api))
		if !ok {
			t.Fatalf("no API is called %s", api)
		}
		if a.List == nil {
			continue
		}
		t.Run(string(api), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(10 * 24 * time.Hour)
				c, p := newProject(t)
				test(t, &service{t: t, cloud: c, api: api, project: p}, a)
			})
		})
	}
}

// addListed adds a job that runs, and what else it takes for the list to show it.
func (s *service) addListed(id string, begin time.Time) {
	if s.api == simulator.CFW {
		s.cloud.AddFirewall(simulator.Firewall{ProjectID: projectID, ID: id, Created: begin, Plan: s.api.Hangs()})
		return
	}
	s.cloud.AddJob(simulator.Job{API: s.api, ProjectID: projectID, ID: id, Begin: begin, Plan: s.api.Hangs()})
}

// addMany adds jobs, one of which begins each second.
func (s *service) addMany(name string, n int) (ids []string) {
	for i := range n {
		id := fmt.Sprintf("%s-%04d", name, i)
		s.addListed(id, time.Now())
		ids = append(ids, id)
		time.Sleep(time.Second)
	}
	return ids
}

// list returns the IDs of what is listed. before is called before each page.
func (s *service) list(a *API, since time.Time, before func(page int)) (ids []string) {
	s.t.Helper()
	pages := 0
	err := s.project.List(s.t.Context(), a, since, func() error {
		pages++
		before(pages)
		return nil
	}, func(_ time.Time, jobs []Listed) {
		for _, j := range jobs {
			ids = append(ids, j.ID)
		}
	})
	if err != nil {
		s.t.Errorf("the list fails: %v", err)
	}
	return ids
}

func (s *service) listed(a *API, since time.Time) []string {
	s.t.Helper()
	ids := s.list(a, since, func(int) {})
	slices.Sort(ids)
	return ids
}

func TestAListHasEachJobOnce(t *testing.T) {
	eachList(t, func(t *testing.T, s *service, a *API) {
		size := max(a.List.Limit, 100)
		start := time.Now()
		var want []string
		for _, n := range []int{0, 1, size - 1, size, size + 1, 2 * size, 3*size - 1} {
			want = append(want, s.addMany(fmt.Sprintf("job-%03d", n), n-len(want))...)
			if got := s.listed(a, start); !slices.Equal(got, want) {
				t.Errorf("of %d jobs, the list has %d: %v", n, len(got), got)
			}
		}
	})
}

// TestNewJobsPushNoneOutOfAList lets jobs turn up between the pages, some of which began
// a moment before the first one.
func TestNewJobsPushNoneOutOfAList(t *testing.T) {
	eachList(t, func(t *testing.T, s *service, a *API) {
		start := time.Now()
		want := s.addMany("m", 3*max(a.List.Limit, 100))
		asked := time.Now()
		got := s.list(a, start, func(page int) {
			for _, name := range []string{"a", "z"} {
				id := fmt.Sprintf("%s-%d", name, page)
				s.addMany(id, 1)
				s.addListed(id+"-late", asked)
			}
		})
		slices.Sort(got)
		if once := slices.Compact(slices.Clone(got)); len(once) != len(got) {
			t.Errorf("of %d jobs, %d are there twice", len(got), len(got)-len(once))
		}
		for _, id := range want {
			if !slices.Contains(got, id) {
				t.Errorf("%s is lost", id)
			}
		}
	})
}

func TestAListBeginsWithSince(t *testing.T) {
	eachList(t, func(t *testing.T, s *service, a *API) {
		all := s.addMany("a-older", 1)
		time.Sleep(a.List.Window.Margin + time.Minute)
		all = append(all, s.addMany("b-old", 1)...)
		time.Sleep(a.List.Window.Margin / 2)
		since := time.Now()
		all = append(all, s.addMany("c-new", 2)...)
		want := all[2:]
		switch {
		case a.List.Window.Begin == "":
			want = all
		case a.List.Window.Margin > 0:
			want = all[1:]
		}
		for range 2 { // the second time, all have ended for long
			if got := s.listed(a, since); !slices.Equal(got, want) {
				t.Errorf("the list has %v, want %v", got, want)
			}
			time.Sleep(time.Hour)
		}
	})
}

// TestAListGoesBackAsFarAsItMay: a call takes time, and an API refuses a window that is
// too long.
func TestAListGoesBackAsFarAsItMay(t *testing.T) {
	eachList(t, func(t *testing.T, s *service, a *API) {
		s.cloud.Inject(simulator.Fault{Latency: 3 * time.Second})
		want := s.addMany("job", 1)
		time.Sleep(20 * 24 * time.Hour)
		if got := s.listed(a, time.Now().Add(-365*24*time.Hour)); !slices.Equal(got, want) {
			t.Errorf("the list has %v", got)
		}
	})
}

// TestAListedJobIsAsItsOwnAnswer, but for what only one of them says.
func TestAListedJobIsAsItsOwnAnswer(t *testing.T) {
	eachList(t, func(t *testing.T, s *service, a *API) {
		if a.List.Resources != nil {
			return // there are no answers about jobs in it
		}
		start := time.Now()
		s.add("good", s.api.Succeeds(time.Minute))
		s.add("bad", s.api.Fails(2*time.Minute), simulator.Job{ID: "sub", Type: "part", Plan: s.api.Fails(time.Minute)})
		s.add("running", s.api.Hangs())
		for range 4 {
			time.Sleep(45 * time.Second)
			seen := 0
			err := s.project.List(t.Context(), a, start, noWait, func(_ time.Time, jobs []Listed) {
				for _, j := range jobs {
					seen++
					own, err := s.fetch(s.project, j.ID)
					for _, r := range []*job.Report{&own, &j.Report} {
						r.ErrorCode, r.FailReason = "", ""
					}
					if err != nil || own != j.Report {
						t.Errorf("%s:\nlisted %+v\nown    %+v, %v", j.ID, j.Report, own, err)
					}
				}
			})
			if err != nil || seen != 3 {
				t.Errorf("%d jobs, %v", seen, err)
			}
		}
	})
}

//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

const (
	listedJobs     = 1000
	listedPages    = 5 // of 200 jobs
	listedInterval = time.Second
)

// listed is a stack whose exporter discovers jobs of ELB v3, all of them unfinished.
type listed struct {
	*stack
	exporter *process.Process
}

func newListed(t *testing.T) *listed {
	t.Helper()
	l := &listed{stack: newStack(t, intervals{poll: listedInterval})}
	for i := range listedJobs {
		l.plan(i, simulator.ELBv3.Hangs())
	}
	l.exporter = process.Launch(t, exporterPath, "--config.file="+l.configure("prod", "discover: [{provider: elb, project: prod, api_version: v3}]\n"))
	return l
}

func (l *listed) id(i int) string { return fmt.Sprintf("job-%04d", i) }

// plan begins the life of a job an hour ago.
func (l *listed) plan(i int, p simulator.Plan) {
	l.cloud.AddJob(simulator.Job{
		API: simulator.ELBv3, ProjectID: projectID, ID: l.id(i), Type: "createLoadBalancer", Begin: time.Now().Add(-time.Hour), Plan: p,
	})
}

// shows scrapes until so many jobs have each status.
func (l *listed) shows(want map[string]int) {
	l.t.Helper()
	process.Eventually(l.t, fmt.Sprintf("statuses to be %v", want), func() error {
		body, err := l.exporter.Get("/metrics")
		got := map[string]int{}
		for _, status := range statuses(body) {
			got[status]++
		}
		if err == nil && !maps.Equal(got, want) {
			err = fmt.Errorf("they are %v", got)
		}
		return err
	})
}

// TestListingsCostPages: 1,000 unfinished jobs cost the calls of their pages, and their
// statuses are as fresh as if each had been asked for.
func TestListingsCostPages(t *testing.T) {
	t.Parallel()
	l := newListed(t)
	want := map[string]int{"running": listedJobs}
	l.shows(want)

	changes := map[int]func(){ // by round
		3: func() {
			l.plan(1, simulator.ELBv3.Fails(time.Minute))
			l.plan(listedJobs-1, simulator.ELBv3.Succeeds(time.Minute))
			want = map[string]int{"running": listedJobs - 2, "failed": 1, "success": 1}
		},
		6: func() {
			l.plan(500, simulator.Plan{{After: 0, Status: "ROLLBACKING"}})
			want = map[string]int{"running": listedJobs - 3, "failed": 1, "success": 1, "rolling_back": 1}
		},
	}
	calls, began := l.cloud.Calls(simulator.ServiceELB), time.Now()
	ticker := time.NewTicker(listedInterval)
	defer ticker.Stop()
	for n := range 10 {
		<-ticker.C
		changed := time.Now()
		if change := changes[n]; change != nil {
			change()
		}
		l.shows(want)
		if took := time.Since(changed); took > 3*listedInterval {
			t.Errorf("a change was shown after %v", took)
		}
	}
	more := l.cloud.Calls(simulator.ServiceELB) - calls
	rounds := int(time.Since(began)/listedInterval) + 1
	t.Logf("%d calls in %d intervals for %d jobs", more, rounds, listedJobs)
	if most := (rounds + 1) * listedPages; more > most {
		t.Errorf("%d calls in %d intervals, more than %d", more, rounds, most)
	}
	for i := range listedJobs {
		if n := l.cloud.JobCalls(simulator.ServiceELB, l.id(i)); n > 0 {
			t.Errorf("%s was asked for by itself %d times", l.id(i), n)
		}
	}
}

package faults

import (
	"fmt"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

// The courses of faults that hit lists only. Their jobs are asked for singly, but a
// service that asks to be left alone is.
var (
	singly = course{unnoticed, 30, 1, never}
	slowed = course{flickers, 20, 24, nextPoll}
)

// listRows are lists that fail while calls about single jobs are answered.
func listRows() []row {
	throttled := listing("lists: 429 with Retry-After: 1", simulator.Throttle(simulator.ServiceELB, "1"), "rate_limited", slowed)
	throttled.patient = true
	return []row{
		listing("lists: 500 Internal Server Error", simulator.Fault{Status: 500}, "", singly),
		listing("lists: hang before the header", simulator.Fault{Delivery: simulator.Hang}, "", singly),
		listing("lists: 200 with a web page", simulator.Page(simulator.ServiceELB, 200), "", singly),
		throttled,
	}
}

// listing is the row of a fault that hits the calls that are not about a single job.
func listing(name string, f simulator.Fault, reason string, c course) row {
	f.Service = simulator.ServiceELB
	return row{f.Service, fault{name: name, discovers: true, begin: func(s *situation) func() {
		removes := []func(){s.Inject(f)}
		for _, j := range jobsOf([]simulator.Service{f.Service}) {
			removes = append(removes, s.Inject(simulator.Fault{Service: f.Service, JobID: j.ID})) // does nothing, and counts
		}
		return func() {
			if s.exporter.Number(`cloudjob_exporter_discovery_errors_total\{project="prod"\}`) == 0 {
				s.t.Error("no listing failed")
			}
			for _, remove := range removes {
				remove()
			}
			const listed = `cloudjob_exporter_answers_total\{provider="elb",source="listing"\}`
			before := s.exporter.Number(listed)
			process.Eventually(s.t, "a listing to answer again", func() error {
				if now := s.exporter.Number(listed); now == before {
					return fmt.Errorf("there are still %d answers of listings", now)
				}
				return nil
			})
		}
	}}, reason, c}
}

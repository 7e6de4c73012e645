//go:build e2e

package dashboards

import "testing"

// checkRows counts what tables and the timeline list: one row for each job,
// and none for a job that does not belong there.
func checkRows(t *testing.T, p *prometheus) {
	tests := []struct {
		panel string
		given chosen
		want  []int // for each query
	}{
		{"Failed jobs", nil, []int{3, 3, 3}},
		{"Failed jobs", chosen{"project": "prod"}, []int{1, 1, 1}},
		// The job that is not found never had a start, nor a successful poll.
		{"Unfinished jobs against their threshold", nil, []int{8, 7, 7, 8, 7}},
		{"Unfinished jobs against their threshold", chosen{"provider": "elb", "project": "staging"}, []int{2, 2, 2, 2, 2}},
		// Two jobs fail at both replicas, one of them for two reasons.
		{"Jobs that cannot be polled", nil, []int{4, 2}},
		{"Jobs that cannot be polled", chosen{"project": "prod"}, []int{1, 1}},
		{"State of each job", nil, []int{16}},
		{"State of each job", chosen{"status": "canceled|rolling_back"}, []int{2}},
		{"Ended jobs by type", nil, []int{5, 5, 1, 5}},
		{"Ended jobs by type", chosen{"project": "prod", "provider": "elb"}, []int{2, 2, 0, 2}},
		{"Success ratio over time", nil, []int{4}},
		{"Duration by type of job", nil, []int{5, 5, 5, 5, 5}},
		{"Duration by type of job", chosen{"status": "success"}, []int{3, 3, 3, 3, 3}},
	}
	d := file(t, JobsUID)
	for _, tt := range tests {
		t.Run(tt.panel, func(t *testing.T) {
			for i, q := range d.panel(t, tt.panel).Targets {
				if got := p.run(t, d, tt.given, q); len(got) != tt.want[i] {
					t.Errorf("%v: %s: %d series, want %d: %v", tt.given, q.RefID, len(got), tt.want[i], got)
				}
			}
		})
	}
}

// checkDisagreement looks at jobs of which the second replica knows less.
func checkDisagreement(t *testing.T, p *prometheus) {
	const (
		behind    = "ff8080825ecc523f015ecd0a98f82f05" // still running there
		notPolled = "ff8080825ecc523f015ecd0a98f82f04" // no type there
		firstSeen = "1c0f7a34-2b19-4d0e-9a55-6d0b7c7f1e01"
	)
	tests := []struct {
		panel, query, job string
		labels            map[string]string
		value             float64
	}{
		{"Failed jobs", "A", behind, map[string]string{"job_type": "deleteELB", "error_code": "ELB.1003", "project": "prod"}, 1},
		{"Failed jobs", "C", behind, nil, 12},
		{"Duration by type of job", "E", behind, map[string]string{"job_type": "deleteELB"}, 12},
		{"Duration by type of job", "E", notPolled, map[string]string{"job_type": "createELB"}, 90},
		{"State of each job", "A", behind, nil, 6},
		{"State of each job", "A", notPolled, nil, 4},
		{"Unfinished jobs against their threshold", "A", firstSeen, map[string]string{"project": "prod"}, 1800},
	}
	d := file(t, JobsUID)
	for _, tt := range tests {
		t.Run(tt.panel+" "+tt.query, func(t *testing.T) {
			got := p.run(t, d, chosen{"job_id": tt.job}, d.query(t, tt.panel, tt.query))
			if len(got) != 1 || got[0].value != tt.value {
				t.Fatalf("got %v, want one with the value %v", got, tt.value)
			}
			for name, want := range tt.labels {
				if got[0].labels[name] != want {
					t.Errorf("%s is %q, want %q", name, got[0].labels[name], want)
				}
			}
		})
	}

	t.Run("the earlier start is right", func(t *testing.T) {
		got := p.run(t, d, chosen{"job_id": firstSeen}, d.query(t, "Unfinished jobs against their threshold", "B"))
		if len(got) != 1 || got[0].value < 420 || got[0].value > 480 {
			t.Errorf("got %v, want 7 minutes and a little", got)
		}
	})
}

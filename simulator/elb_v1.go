package simulator

import "time"

type elbV1Job struct {
	Status     string         `json:"status"`
	Entities   map[string]any `json:"entities"`
	JobID      string         `json:"job_id"`
	JobType    string         `json:"job_type"`
	BeginTime  string         `json:"begin_time"`
	EndTime    string         `json:"end_time"` // "" until there is one
	ErrorCode  *string        `json:"error_code"`
	FailReason *string        `json:"fail_reason"`
	SubJobs    []elbV1Job     `json:"sub_jobs,omitempty"`
}

// elbV1Shape is as in "Querying the Job Status" of the classic load balancer: null
// where there is no error.
func elbV1Shape(v view, _ Options) any { return newELBv1Job(v) }

func newELBv1Job(v view) elbV1Job {
	j := elbV1Job{
		Status:     v.status,
		Entities:   v.elbV1Entities(),
		JobID:      v.ID,
		JobType:    v.Type,
		BeginTime:  formatTime(v.begin, utcMillis),
		EndTime:    formatTime(v.end, utcMillis),
		ErrorCode:  orNull(v.ErrorCode),
		FailReason: orNull(v.FailReason),
	}
	for _, s := range v.sub {
		j.SubJobs = append(j.SubJobs, newELBv1Job(s))
	}
	return j
}

// elbV1Entities is the load balancer once it was made, and else its ID.
func (v view) elbV1Entities() map[string]any {
	switch {
	case v.ResourceID == "":
		return map[string]any{}
	case v.Type != "createELB" || v.status != v.success:
		return map[string]any{"elb_id": v.ResourceID}
	}
	return map[string]any{"elb": map[string]any{
		"id": v.ResourceID, "name": "elb-" + v.ID[max(0, len(v.ID)-4):], "type": "External", "status": "ACTIVE", "bandwidth": 1,
		"vip_address": "192.0.2.4", "tenant_id": v.ProjectID, "admin_state_up": true, "vpc_id": "21838be1-c1ce-4c09-9184-228cdb43038d",
	}}
}

// formatTime gives "" for the zero time.
func formatTime(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(layout)
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

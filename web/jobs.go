package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"cloudjob_exporter/collector"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// jobJSON is one job of /api/v1/jobs. What is not known is left out.
type jobJSON struct {
	Provider        string     `json:"provider"`
	Project         string     `json:"project"`
	JobID           string     `json:"job_id"`
	APIVersion      string     `json:"api_version,omitempty"`
	Status          string     `json:"status"`
	JobType         string     `json:"job_type,omitempty"`
	Start           *time.Time `json:"start,omitempty"`
	End             *time.Time `json:"end,omitempty"`
	DurationSeconds *float64   `json:"duration_seconds,omitempty"`
	StuckAfter      float64    `json:"stuck_after_seconds,omitempty"`
	Failures        int        `json:"failures"`
	ErrorCode       string     `json:"error_code,omitempty"`
	FailReason      string     `json:"fail_reason,omitempty"`
	LastSuccess     *time.Time `json:"last_poll_success,omitempty"`
	PollError       job.Reason `json:"poll_error,omitempty"`
}

// serveJobs answers with the same state as the metrics, without polling. The
// parameters provider, project and status choose jobs; each may be repeated.
func serveJobs(p *poller.Poller) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, now := p.Snapshot(), time.Now()
		query := r.URL.Query()
		jobs := []jobJSON{}
		for _, state := range s.Jobs {
			j := toJSON(collector.View{State: state, Now: now, MaxStale: s.MaxStale})
			if chosen(query["provider"], j.Provider) && chosen(query["project"], j.Project) && chosen(query["status"], j.Status) {
				jobs = append(jobs, j)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"jobs": jobs})
	}
}

func chosen(values []string, value string) bool {
	return len(values) == 0 || slices.Contains(values, value)
}

func toJSON(v collector.View) jobJSON {
	j := jobJSON{
		Provider:    v.Provider,
		Project:     v.Project,
		JobID:       v.ID,
		APIVersion:  v.APIVersion,
		Status:      v.StatusAt(v.Now, v.MaxStale).String(),
		JobType:     v.Type,
		Start:       moment(v.Start()),
		End:         moment(v.Ended()),
		Failures:    v.Failures(),
		ErrorCode:   v.ErrorCode,
		FailReason:  v.FailReason,
		LastSuccess: moment(v.Heard),
		PollError:   v.Err,
	}
	if d, ok := v.DurationAt(v.Now); ok {
		seconds := d.Seconds()
		j.DurationSeconds = &seconds
	}
	if !v.Final() {
		j.StuckAfter = v.StuckAfter.Seconds()
	}
	return j
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

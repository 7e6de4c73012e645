package web

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// jobJSON is one job of /api/v1/jobs, as docs/api.md describes it. What is not
// known is left out.
type jobJSON struct {
	Provider        string     `json:"provider"`
	Project         string     `json:"project"`
	JobID           string     `json:"job_id"`
	APIVersion      string     `json:"api_version,omitempty"`
	Status          string     `json:"status"`
	Expired         bool       `json:"expired"`
	JobType         string     `json:"job_type,omitempty"`
	Start           *time.Time `json:"start,omitempty"`
	End             *time.Time `json:"end,omitempty"`
	DurationSeconds *float64   `json:"duration_seconds,omitempty"`
	StuckAfter      *float64   `json:"stuck_after_seconds,omitempty"`
	Failures        int        `json:"failures"`
	ErrorCode       string     `json:"error_code,omitempty"`
	FailReason      string     `json:"fail_reason,omitempty"`
	LastSuccess     *time.Time `json:"last_poll_success,omitempty"`
	PollError       job.Reason `json:"poll_error,omitempty"`
	Source          string     `json:"source,omitempty"`
}

// serveJobs answers with the same state as the metrics, without polling.
func serveJobs(p *poller.Poller) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, problem := readFilter(r.URL.Query())
		if problem != "" {
			http.Error(w, problem, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		encoder := json.NewEncoder(w)
		separator := `{"jobs":[`
		rows(p.Snapshot(), time.Now(), func(r *row) bool {
			if !f.passes(r) {
				return true
			}
			_, err := io.WriteString(w, separator)
			separator = ","
			if err == nil {
				err = encoder.Encode(toJSON(r))
			}
			return err == nil
		})
		if separator != "," {
			_, _ = io.WriteString(w, separator)
		}
		_, _ = io.WriteString(w, "]}\n")
	}
}

func toJSON(r *row) jobJSON {
	j := jobJSON{
		Provider:    r.Provider,
		Project:     r.Project,
		JobID:       r.ID,
		APIVersion:  r.APIVersion,
		Status:      r.Status,
		Expired:     r.Expired,
		JobType:     r.Type,
		Start:       moment(r.Start()),
		End:         moment(r.Ended()),
		Failures:    r.Failures(),
		ErrorCode:   r.ErrorCode,
		FailReason:  r.FailReason,
		LastSuccess: moment(r.LastSuccess),
		PollError:   r.Err,
		Source:      r.Source,
	}
	if d, ok := r.DurationAt(r.Now); ok {
		j.DurationSeconds = seconds(d)
	}
	if !r.Final() {
		j.StuckAfter = seconds(r.StuckAfter)
	}
	return j
}

func seconds(d time.Duration) *float64 {
	s := d.Seconds()
	return &s
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

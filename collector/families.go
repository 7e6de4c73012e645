package collector

import (
	"time"

	"cloudjob_exporter/job"
)

// Family is a metric about jobs: all are gauges with the labels provider and
// job_id, and those named here.
type Family struct {
	Name   string
	Help   string
	Labels []string // after provider and job_id; at most len(Sample.Labels)

	// Sample gives the job's i-th sample, counted from 0; not ok behind the last.
	Sample func(v View, i int) (s Sample, ok bool)
}

// Sample is one value, and the values of the family's own labels.
type Sample struct {
	Value  float64
	Labels [3]string
}

// View is a job's state as it is seen at a scrape.
type View struct {
	*job.State
	Now      time.Time
	MaxStale time.Duration
}

// Families is the table of the metrics about jobs, ordered by name. Everything
// that shows or documents them reads it.
func Families() []Family {
	return []Family{
		{
			Name: "job_duration_seconds",
			Help: "Time from the start of the job to its end, or to now while it has not ended.",
			Sample: one(func(v View) (float64, bool) {
				d, ok := v.DurationAt(v.Now)
				return d.Seconds(), ok
			}),
		},
		{
			Name:   "job_end_timestamp_seconds",
			Help:   "When the job ended, since the epoch; absent until then.",
			Sample: one(func(v View) (float64, bool) { return timestamp(v.Ended()) }),
		},
		{
			Name:   "job_failures",
			Help:   "1 if the job failed, plus its failed sub-jobs through every level.",
			Sample: one(func(v View) (float64, bool) { return float64(v.Failures()), true }),
		},
		{
			Name:   "job_info",
			Help:   "What the job is; always 1.",
			Labels: []string{"project", "job_type", "error_code"},
			Sample: func(v View, i int) (Sample, bool) {
				return Sample{1, [3]string{v.Project, v.Type, v.ErrorCode}}, i == 0
			},
		},
		{
			Name: "job_last_poll_success_timestamp_seconds",
			Help: "When the cloud last answered about the job, since the epoch; absent once the job has ended.",
			Sample: one(func(v View) (float64, bool) {
				t, ok := timestamp(v.Heard)
				return t, ok && !v.Final()
			}),
		},
		{
			Name:   "job_poll_error",
			Help:   "1 while the last poll of the job failed; why.",
			Labels: []string{"reason"},
			Sample: func(v View, i int) (Sample, bool) {
				return Sample{1, [3]string{string(v.Err)}}, i == 0 && v.Err != ""
			},
		},
		{
			Name:   "job_start_timestamp_seconds",
			Help:   "When the job began, since the epoch; if the API does not say, when it was first seen unfinished.",
			Sample: one(func(v View) (float64, bool) { return timestamp(v.Start()) }),
		},
		{
			Name:   "job_status",
			Help:   "1 for the status that the job is in, 0 for the others that it could be in.",
			Labels: []string{"status"},
			Sample: func(v View, i int) (Sample, bool) {
				if i >= len(v.Statuses) {
					return Sample{}, false
				}
				status := v.Statuses[i]
				return Sample{truth(v.StatusAt(v.Now, v.MaxStale) == status), [3]string{status.String()}}, true
			},
		},
		{
			Name: "job_stuck_threshold_seconds",
			Help: "How long the job may run before it counts as stuck; absent once it has ended.",
			Sample: one(func(v View) (float64, bool) {
				return v.StuckAfter.Seconds(), !v.Final()
			}),
		},
		{
			Name:   "job_up",
			Help:   "1 if the last poll of the job succeeded; a job that has ended keeps 1.",
			Sample: one(func(v View) (float64, bool) { return truth(v.Up()), true }),
		},
	}
}

// one makes the Sample of a family with at most one sample for a job and no
// labels of its own.
func one(value func(View) (float64, bool)) func(View, int) (Sample, bool) {
	return func(v View, i int) (Sample, bool) {
		if i > 0 {
			return Sample{}, false
		}
		x, ok := value(v)
		return Sample{Value: x}, ok
	}
}

// timestamp is a time in seconds since the epoch, to the millisecond.
func timestamp(t time.Time) (seconds float64, ok bool) {
	return float64(t.UnixMilli()) / 1e3, !t.IsZero()
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

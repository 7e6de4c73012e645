package collector

import (
	"slices"
	"time"

	"cloudjob_exporter/job"
)

// Family is a metric about jobs: all are gauges with the labels provider and
// job_id, and those named here.
type Family struct {
	Name   string
	Help   string
	Labels []string // of its own; at most len(Sample.Labels)

	// Samples appends the samples of one job, ordered by the values of the
	// family's own labels.
	Samples func(samples []Sample, v View) []Sample
}

// AllLabels are the names of all labels of the family: provider, job_id, and
// its own.
func (f Family) AllLabels() []string {
	return append([]string{"provider", "job_id"}, f.Labels...)
}

// Sample is one value, and the values of the family's own labels, in valid UTF-8.
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
			Samples: one(func(v View) (float64, bool) {
				d, ok := v.DurationAt(v.Now)
				return d.Seconds(), ok
			}),
		},
		{
			Name:    "job_end_timestamp_seconds",
			Help:    "When the job ended, since the epoch; absent until then.",
			Samples: one(func(v View) (float64, bool) { return timestamp(v.Ended()) }),
		},
		{
			Name:    "job_failures",
			Help:    "1 if the job failed, plus its failed sub-jobs through every level.",
			Samples: one(func(v View) (float64, bool) { return float64(v.Failures()), true }),
		},
		{
			Name:   "job_info",
			Help:   "What the job is; always 1.",
			Labels: []string{"project", "job_type", "error_code"},
			Samples: func(samples []Sample, v View) []Sample {
				return append(samples, Sample{1, [3]string{v.Project, v.Type, v.ErrorCode}})
			},
		},
		{
			Name: "job_last_poll_success_timestamp_seconds",
			Help: "When the cloud last answered about the job, since the epoch; absent once the job has ended.",
			Samples: one(func(v View) (float64, bool) {
				t, ok := timestamp(v.LastSuccess)
				return t, ok && !v.Final()
			}),
		},
		{
			Name:   "job_poll_error",
			Help:   "1 while the last poll of the job failed; why.",
			Labels: []string{"reason"},
			Samples: func(samples []Sample, v View) []Sample {
				if v.Err == "" {
					return samples
				}
				return append(samples, Sample{1, [3]string{string(v.Err)}})
			},
		},
		{
			Name:    "job_start_timestamp_seconds",
			Help:    "When the job began, since the epoch; if the API does not say, when it was first seen unfinished.",
			Samples: one(func(v View) (float64, bool) { return timestamp(v.Start()) }),
		},
		{
			Name:   "job_status",
			Help:   "1 for the status that the job is in, 0 for the others that it could be in.",
			Labels: []string{"status"},
			Samples: func(samples []Sample, v View) []Sample {
				now := v.StatusAt(v.Now, v.MaxStale)
				for _, status := range [...]job.Status{ // by name
					job.Canceled, job.Failed, job.Init, job.RollingBack, job.Running, job.Success, job.Unknown,
				} {
					if slices.Contains(v.Statuses, status) {
						samples = append(samples, Sample{truth(status == now), [3]string{status.String()}})
					}
				}
				return samples
			},
		},
		{
			Name: "job_stuck_threshold_seconds",
			Help: "How long the job may run before it counts as stuck; absent once it has ended.",
			Samples: one(func(v View) (float64, bool) {
				return v.StuckAfter.Seconds(), !v.Final()
			}),
		},
		{
			Name:    "job_up",
			Help:    "1 if the last poll of the job succeeded; a job that has ended keeps 1.",
			Samples: one(func(v View) (float64, bool) { return truth(v.Up()), true }),
		},
	}
}

// one makes the Samples of a family with at most one sample for a job and no
// labels of its own.
func one(value func(View) (float64, bool)) func([]Sample, View) []Sample {
	return func(samples []Sample, v View) []Sample {
		if x, ok := value(v); ok {
			samples = append(samples, Sample{Value: x})
		}
		return samples
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

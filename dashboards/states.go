package dashboards

import (
	"fmt"
	"strconv"
	"strings"

	"cloudjob_exporter/dashboards/grafana"
	"cloudjob_exporter/job"
)

// Sets of statuses as regular expressions.
const (
	finalStatuses = "success|failed|canceled"
	openStatuses  = "init|running|rolling_back"
)

// noJobs is what a number says when there is nothing to count.
const noJobs = "no jobs"

// statuses are all statuses in the order in which a job may come to them. What
// stands later is newer: where replicas do not agree, the later one is true.
func statuses() []job.Status {
	return []job.Status{
		job.Unknown, job.Init, job.Running, job.RollingBack,
		job.Success, job.Canceled, job.Failed,
	}
}

func statusColor(s job.Status) string {
	switch s {
	case job.Init:
		return grafana.Yellow
	case job.Running:
		return grafana.SkyBlue
	case job.RollingBack:
		return grafana.Orange
	case job.Success:
		return grafana.Green
	case job.Canceled:
		return grafana.Blue
	case job.Failed:
		return grafana.Vermillion
	default:
		return grafana.Purple
	}
}

// statusNumber is the state set of each job as one number, its place in
// statuses: a state timeline draws numbers.
func statusNumber() string {
	var terms []string
	for i, s := range statuses() {
		terms = append(terms, fmt.Sprintf(`%d * (%s)`, i, hasStatus(s.String())))
	}
	return "max by (provider, job_id) (" + strings.Join(terms, " or ") + ")"
}

// statusWords is the way back from statusNumber.
func statusWords() []grafana.Mapping {
	var words []grafana.Mapping
	for i, s := range statuses() {
		words = append(words, grafana.Mapping{Value: strconv.Itoa(i), Text: s.String(), Color: statusColor(s)})
	}
	return words
}

// statusSeries colours series that are named after statuses.
func statusSeries() []grafana.SeriesColor {
	var colors []grafana.SeriesColor
	for _, s := range statuses() {
		colors = append(colors, grafana.SeriesColor{Pattern: "^" + s.String() + "$", Color: statusColor(s)})
	}
	return colors
}

// reasonSeries colours series by the reason at the end of their names: what
// someone here must change is warm, what time may heal is not.
func reasonSeries() []grafana.SeriesColor {
	return []grafana.SeriesColor{
		{Pattern: "(auth|forbidden)$", Color: grafana.Vermillion},
		{Pattern: "(not_found|not_published)$", Color: grafana.Orange},
		{Pattern: "rate_limited$", Color: grafana.Yellow},
		{Pattern: "(timeout|network)$", Color: grafana.SkyBlue},
		{Pattern: "server_error$", Color: grafana.Blue},
		{Pattern: "bad_response$", Color: grafana.Purple},
	}
}

// reasonWords explains the reasons of poll errors.
func reasonWords() []grafana.Mapping {
	meaning := map[job.Reason]string{
		job.Auth:         "the credentials were refused",
		job.Forbidden:    "the credentials may not see the job",
		job.NotFound:     "the cloud knows no such job",
		job.RateLimited:  "too many calls",
		job.Timeout:      "no answer in time",
		job.Network:      "no connection",
		job.ServerError:  "the cloud has a problem of its own",
		job.BadResponse:  "the answer is not about this job",
		job.NotPublished: "the endpoint is wrong",
	}
	var words []grafana.Mapping
	for _, r := range job.Reasons() {
		words = append(words, grafana.Mapping{Value: string(r), Text: string(r) + ": " + meaning[r]})
	}
	return words
}

// codeSeries colours series by the HTTP status at the end of their names.
func codeSeries() []grafana.SeriesColor {
	return []grafana.SeriesColor{
		{Pattern: `2\d\d$`, Color: grafana.Green},
		{Pattern: `3\d\d$`, Color: grafana.Blue},
		{Pattern: `4\d\d$`, Color: grafana.Orange},
		{Pattern: `429$`, Color: grafana.Yellow},
		{Pattern: `5\d\d$`, Color: grafana.Vermillion},
		{Pattern: `error$`, Color: grafana.Purple},
	}
}

// fineIfNone is green at 0, and another colour from 1 on.
func fineIfNone(color string) []grafana.Threshold {
	return []grafana.Threshold{{Color: grafana.Green}, {From: 1, Color: color}}
}

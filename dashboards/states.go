package dashboards

import (
	"fmt"
	"strconv"
	"strings"

	"cloudjob_exporter/dashboards/grafana"
	"cloudjob_exporter/job"
)

// Sets of statuses as regular expressions.
var (
	finalStatuses = matching(job.Status.Final)
	openStatuses  = matching(func(s job.Status) bool { return s != job.Unknown && !s.Final() })
)

func matching(which func(job.Status) bool) string {
	var names []string
	for _, s := range job.Statuses() {
		if which(s) {
			names = append(names, s.String())
		}
	}
	return strings.Join(names, "|")
}

// noJobs is what a number says when there is nothing to count.
const noJobs = "no jobs"

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
// job.Statuses, so that where replicas do not agree, the newer one is true. A state
// timeline draws numbers.
func statusNumber() string {
	var terms []string
	for i, s := range job.Statuses() {
		terms = append(terms, fmt.Sprintf(`%d * (%s)`, i, hasStatus(s.String())))
	}
	return "max by (provider, job_id) (" + strings.Join(terms, " or ") + ")"
}

// statusWords is the way back from statusNumber.
func statusWords() []grafana.Mapping {
	var words []grafana.Mapping
	for i, s := range job.Statuses() {
		words = append(words, grafana.Mapping{Value: strconv.Itoa(i), Text: s.String(), Color: statusColor(s)})
	}
	return words
}

// statusSeries colours series that are named after statuses.
func statusSeries() []grafana.SeriesColor {
	var colors []grafana.SeriesColor
	for _, s := range job.Statuses() {
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
	var words []grafana.Mapping
	for _, r := range job.Reasons() {
		words = append(words, grafana.Mapping{Value: string(r), Text: string(r) + ": " + r.Meaning()})
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

package dashboards

import "fmt"

// What the counters of ended jobs are read over. A job ends now and then, so that
// the rate between two points of a graph would be 0 nearly everywhere.
const (
	lastHour    = "1h"
	lastDay     = "1d"
	chosenRange = "$__range"
)

// endedJobs and endedDuration are about the same jobs; the latter has no project.
const (
	endedJobs      = "cloudjob_exporter_ended_jobs_total"
	endedLabels    = "provider, project, job_type, status"
	endedDuration  = "cloudjob_exporter_ended_job_duration_seconds"
	durationLabels = "provider, job_type, status"
)

// once counts each job once in what several exporters counted: replicas count the
// same jobs, of which the one that saw the most is right, and shards count
// different ones. The samples of expr have the labels of their exporter and all
// those that labels lists; by are those that are left. Functions of a counter's
// range belong into expr: only a series of one exporter says where it began anew.
func once(by, labels, expr, shards string) string {
	return fmt.Sprintf("sum by (%s) (max by (shard, %s) (%s * on (job, instance) group_left (shard) %s))",
		by, labels, expr, shards)
}

// shardsNow has the shard of every exporter that is scraped.
func shardsNow() string { return series("cloudjob_exporter_shard_info") }

// shardsWithin has the shard of every exporter that was scraped within the range,
// and one of them if it has changed: a join fails on two.
func shardsWithin(window string) string {
	return "topk by (job, instance) (1, last_over_time(" + series("cloudjob_exporter_shard_info") + "[" + window + "]))"
}

// gaugeOnce adds up a gauge about jobs, each job once.
func gaugeOnce(by, labels, metric string, matchers ...string) string {
	return once(by, labels, series(metric, matchers...), shardsNow())
}

// endedWithin is how many jobs ended within the range.
func endedWithin(window, by string, matchers ...string) string {
	return once(by, endedLabels, increase(window, endedJobs, matchers...), shardsWithin(window))
}

// successRatio is the share of the jobs that ended in success within the range. A
// job that was canceled is neither. Where none ended there is no ratio.
func successRatio(window, by string) string {
	ended := func(status string) string {
		return endedWithin(window, by, provider, project, statusIs(status))
	}
	return ended("success") + " / (" + ended("success|failed") + " > 0)"
}

// endedQuantile is a quantile of how long jobs took, by provider and type.
func endedQuantile(q, window string, matchers ...string) string {
	return histogramQuantile(q,
		"sum by (provider, job_type) (rate("+series(endedDuration, matchers...)+"["+window+"]) and on (job, instance) "+oneOfEachShard(window)+")",
		once("le, provider, job_type", "le, "+durationLabels,
			"rate("+series(endedDuration+"_bucket", matchers...)+"["+window+"])", shardsWithin(window)))
}

// oneOfEachShard has of each shard the exporter that counted most of the jobs.
// There is no maximum of native histograms.
func oneOfEachShard(window string) string {
	return "topk by (shard) (1, sum by (job, instance, shard) (" + increase(window, endedJobs) +
		" * on (job, instance) group_left (shard) " + shardsWithin(window) + "))"
}

// increase is the growth of a counter of the chosen exporters.
func increase(window, counter string, matchers ...string) string {
	return "increase(" + series(counter, matchers...) + "[" + window + "])"
}

// histogramQuantile is a quantile of native histograms where there are any, and
// otherwise of the classic ones.
func histogramQuantile(q, native, classic string) string {
	return "histogram_quantile(" + q + ", " + native + ") or histogram_quantile(" + q + ", " + classic + ")"
}

// quantile is one of a histogram that each exporter fills on its own.
func quantile(q, by, window, histogram string, matchers ...string) string {
	rate := func(metric string) string { return "rate(" + series(metric, matchers...) + "[" + window + "])" }
	return histogramQuantile(q,
		"sum by ("+by+") ("+rate(histogram)+")",
		"sum by (le, "+by+") ("+rate(histogram+"_bucket")+")")
}

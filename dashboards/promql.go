package dashboards

import (
	"fmt"
	"strings"
)

// What a user chose at the top, as matchers. The metrics of a job have no
// project; it comes from job_info, see watched.
const (
	fleet = `job=~"$job", instance=~"$instance"`
	jobs  = fleet + `, provider=~"$provider", job_id=~"$job_id"`

	provider = `provider=~"$provider"`
	project  = `project=~"$project"`
)

// series selects a metric of the chosen exporters.
func series(metric string, matchers ...string) string {
	return metric + "{" + strings.Join(append([]string{fleet}, matchers...), ", ") + "}"
}

// perSecond is the rate of a counter of the chosen exporters.
func perSecond(counter string, matchers ...string) string {
	return "rate(" + series(counter, matchers...) + "[$__rate_interval])"
}

// jobSeries selects a metric about the chosen jobs, from every replica.
func jobSeries(metric string, matchers ...string) string {
	return metric + "{" + strings.Join(append([]string{jobs}, matchers...), ", ") + "}"
}

// perJob is one sample for each job, however many replicas watch it.
func perJob(metric string, matchers ...string) string {
	return "max by (provider, job_id) (" + jobSeries(metric, matchers...) + ")"
}

// started is when each job began. A replica that had to take the time at which
// it first saw the job may be late, never early.
func started() string {
	return "min by (provider, job_id) (" + jobSeries("job_start_timestamp_seconds") + ")"
}

// in keeps of expr the jobs that condition has, too.
func in(condition, expr string) string {
	return expr + " and on (provider, job_id) " + condition
}

// watched is every job of the chosen projects.
func watched() string { return jobSeries("job_info", project) }

// failed is every job that failed, according to any replica: a final status
// does not change, so a replica that says otherwise has not heard yet.
func failed() string { return in(watched(), "("+hasStatus("failed")+")") }

// unfinished has the stuck threshold of every job that no replica knows to be
// final.
func unfinished() string {
	return "(" + in(watched(), perJob("job_stuck_threshold_seconds")) +
		" unless on (provider, job_id) (" + hasStatus(finalStatuses) + "))"
}

// age is for how long each unfinished job has been running, in seconds.
func age() string { return in(unfinished(), "(time() - "+started()+")") }

// ageOfThreshold is the age of each unfinished job as a share of the age from
// which it is stuck.
func ageOfThreshold() string {
	return "((time() - " + started() + ") / on (provider, job_id) " + unfinished() + ")"
}

// hasStatus keeps the jobs that have one of the statuses, joined by |.
func hasStatus(statuses string) string {
	return jobSeries("job_status", statusIs(statuses)) + " == 1"
}

// statusIs is a matcher for statuses that are joined by |.
func statusIs(statuses string) string {
	if strings.ContainsAny(statuses, "|$") {
		return `status=~"` + statuses + `"`
	}
	return `status="` + statuses + `"`
}

// chosenStatus keeps the jobs that have one of the chosen statuses.
func chosenStatus() string { return "(" + hasStatus("$status") + ")" }

// took is how long each job took that ended in one of the statuses, according
// to the replicas that know of the end: at the others it seems to go on.
func took(ends ...string) string {
	return "max by (provider, job_id) (" + jobSeries("job_duration_seconds") +
		" and ignoring (status) (" + jobSeries("job_status", ends...) + " == 1))"
}

// withInfo gives each sample of expr labels of job_info, and drops the jobs of
// projects that are not chosen.
func withInfo(expr string, labels ...string) string {
	list := strings.Join(labels, ", ")
	return fmt.Sprintf("%s * on (provider, job_id) group_left (%s) topk by (provider, job_id) (1, %s)",
		expr, list, info(list))
}

// info is job_info with some of its labels. A replica learns the type of a job
// with its first poll, and the error code with its last one: where they do not
// agree, the one that knows more is right. If they still do not, topk picks
// one of them, because a join fails on two.
func info(labels string) string {
	var ranks []string
	for _, learned := range []string{"error_code", "job_type"} {
		if strings.Contains(labels, learned) {
			ranks = append(ranks, infoOf(labels, jobSeries("job_info", project, learned+`!=""`)))
		}
	}
	ranks = append(ranks, infoOf(labels, watched()))
	return strings.Join(ranks, " or on (provider, job_id) ")
}

func infoOf(labels, selector string) string {
	return "max by (provider, job_id, " + labels + ") (" + selector + ")"
}

// orZero is 0 instead of nothing, but only as long as there are jobs: no
// exporter must not look like no trouble.
func orZero(expr string) string { return expr + " or 0 * count(" + watched() + ")" }

//go:build e2e

package e2e

import "regexp"

var statusLine = regexp.MustCompile(`(?m)^job_status\{job_id="(.*?)",provider="(.*?)",status="(.*?)"\} 1$`)

// statuses returns the status of each job in /metrics, by provider and ID with a space
// between them.
func statuses(metrics string) map[string]string {
	all := map[string]string{}
	for _, m := range statusLine.FindAllStringSubmatch(metrics, -1) {
		all[m[2]+" "+m[1]] = m[3]
	}
	return all
}

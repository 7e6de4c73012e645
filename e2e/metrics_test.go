//go:build e2e

package e2e

import (
	"regexp"
	"strings"
)

var statusLine = regexp.MustCompile(`^job_status\{job_id="(.*?)",provider="(.*?)",status="(.*?)"\} 1$`)

// statuses returns the status of each job in /metrics, by provider and ID with a space
// between them.
func statuses(metrics string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(metrics) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, "job_status{") || strings.HasSuffix(line, " 0") {
			continue // most lines, and the regular expression is slow
		}
		if m := statusLine.FindStringSubmatch(line); m != nil {
			all[m[2]+" "+m[1]] = m[3]
		}
	}
	return all
}

package alerts_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"cloudjob_exporter/job"
)

// TestStatusesAreComplete asserts that where a rule lists the statuses of a kind, none is
// missing: a status that is added to the vocabulary has to be added there, too.
func TestStatusesAreComplete(t *testing.T) {
	var final, unfinished []string
	for _, s := range job.Statuses() {
		switch {
		case s.Final():
			final = append(final, s.String())
		case s != job.Unknown:
			unfinished = append(unfinished, s.String())
		}
	}
	slices.Sort(final)
	slices.Sort(unfinished)

	list := regexp.MustCompile(`status=~"([^"]*)"`)
	found := 0
	for _, r := range allRules(t, rulesFile) {
		for _, m := range list.FindAllStringSubmatch(r.Expr, -1) {
			found++
			got := strings.Split(m[1], "|")
			slices.Sort(got)
			if !slices.Equal(got, final) && !slices.Equal(got, unfinished) {
				t.Errorf("%s%s: %s is neither all final statuses, %q, nor all others, %q", r.Alert, r.Record, m[0], final, unfinished)
			}
		}
	}
	if found < 2 {
		t.Errorf("found only %d lists", found)
	}
}

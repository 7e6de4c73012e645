package alerts_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type alert map[string]string

func newAlert(name, severity string, labels ...string) alert {
	a := alert{"alertname": name, "severity": severity}
	for _, l := range labels {
		name, value, _ := strings.Cut(l, "=")
		a[name] = value
	}
	return a
}

// inhibition is one of Alertmanager's inhibit rules.
type inhibition struct {
	Source []string `yaml:"source_matchers"`
	Target []string `yaml:"target_matchers"`
	Equal  []string
}

var matcher = regexp.MustCompile(`^(\w+)(=~?)"(.*)"$`)

// matches reports whether an alert has what all matchers ask for.
func (a alert) matches(t *testing.T, matchers []string) bool {
	t.Helper()
	for _, text := range matchers {
		m := matcher.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("this test does not understand %s", text)
		}
		value := a[m[1]]
		if m[2] == "=" && value != m[3] || m[2] == "=~" && !regexp.MustCompile("^(?:"+m[3]+")$").MatchString(value) {
			return false
		}
	}
	return true
}

// inhibits reports whether a firing alert keeps another from being sent. As in
// Alertmanager, labels that are missing on both sides are equal.
func (i inhibition) inhibits(t *testing.T, source, target alert) bool {
	t.Helper()
	return source.matches(t, i.Source) && target.matches(t, i.Target) &&
		!slices.ContainsFunc(i.Equal, func(label string) bool { return source[label] != target[label] })
}

func TestInhibition(t *testing.T) {
	var config struct {
		Rules []inhibition `yaml:"inhibit_rules"`
	}
	read(t, alertmanagerFile, &config)

	const critical, warning, info = "critical", "warning", "info"
	ofJob := []string{"provider=elb", "job_id=a", "project=prod"}
	failed := newAlert("CloudJobFailed", critical, append(ofJob, "error_code=ELB.1013")...)
	stuck := newAlert("CloudJobStuck", critical, ofJob...)
	polls := newAlert("CloudJobPollFailing", warning, ofJob...)
	unknown := newAlert("CloudJobStatusUnknown", warning, ofJob...)
	auth := newAlert("CloudJobAuthFailing", warning, "provider=elb", "project=prod")
	throttled := newAlert("CloudJobThrottled", info, "provider=elb", "project=prod")
	backlog := newAlert("CloudJobExporterBacklog", warning, "project=prod", "instance=a", "job=cloudjob")
	reload := newAlert("CloudJobExporterConfigReloadFailed", warning, "instance=a", "job=cloudjob")
	allDown := newAlert("CloudJobExporterDown", critical, "job=cloudjob")
	oneDown := newAlert("CloudJobExporterDown", warning, "job=cloudjob", "instance=b")
	others := []alert{
		newAlert("CloudJobStuck", critical, "provider=elb", "job_id=b", "project=prod"),
		newAlert("CloudJobPollFailing", warning, "provider=cfw", "job_id=a", "project=prod"),
		newAlert("CloudJobStatusUnknown", warning, "provider=elb", "job_id=b", "project=test"),
		newAlert("CloudJobExporterBacklog", warning, "project=test", "instance=a", "job=cloudjob"),
		newAlert("NodeDown", warning, "instance=a"),
	}
	all := append([]alert{failed, stuck, polls, unknown, auth, throttled, backlog, reload, allDown, oneDown}, others...)

	for _, tt := range []struct {
		source alert
		want   []alert // what it inhibits
	}{
		{failed, []alert{stuck}},
		{stuck, []alert{polls, unknown}},
		{polls, []alert{unknown}},
		{unknown, nil},
		{auth, []alert{polls, unknown, backlog}},
		{throttled, []alert{backlog}},
		{backlog, nil},
		{reload, nil},
		{oneDown, nil},
		{allDown, append([]alert{polls, unknown, auth, throttled, backlog, reload, oneDown}, others[1:4]...)},
	} {
		var got []alert
		for _, target := range all {
			if slices.ContainsFunc(config.Rules, func(i inhibition) bool { return i.inhibits(t, tt.source, target) }) {
				got = append(got, target)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%v inhibits\n%v, want\n%v", tt.source, got, tt.want)
		}
	}
}

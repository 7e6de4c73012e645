package web

import (
	"encoding/json"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// sourced is a snapshot of jobs a to d, each with its source.
func sourced() poller.Snapshot {
	var states []*job.State
	for i, source := range []string{"registration", "job file jobs.d/\u202ea.yml", "", "configuration"} {
		states = append(states, &job.State{
			Job: &job.Job{Key: job.Key{Provider: "cfw", ID: string(rune('a' + i))}, Project: "prod"}, Source: source,
		})
	}
	return poller.NewSnapshot(time.Minute, states...)
}

func TestTheSourceIsInTheJSON(t *testing.T) {
	var got []string
	rows(sourced(), time.Now(), func(r *row) bool {
		text, err := json.Marshal(toJSON(r))
		if err != nil {
			t.Fatal(err)
		}
		_, source, _ := strings.Cut(string(text), `,"source":`)
		got = append(got, strings.TrimSuffix(source, "}"))
		return true
	})
	if want := []string{`"registration"`, "\"job file jobs.d/\u202ea.yml\"", "", `"configuration"`}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestTheSourceIsOnThePage(t *testing.T) {
	by := slices.IndexFunc(columns, func(c column) bool { return c.Key == "source" })
	v := &page{Columns: columns, Sort: "source", Order: columns[by].order(), Now: time.Now(), query: url.Values{}}
	v.fill(sourced(), filter{}, columns[by].compare)
	var text strings.Builder
	if err := template.Must(newJobsPage(Options{}).template.Clone()).Execute(&text, v); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(found(rowHead, text.String()), " "); got != "c d b a" {
		t.Errorf("by source: %s", got)
	}
	for _, want := range []string{"–", "<bdi>configuration</bdi>", `<bdi>job file jobs.d/\u202ea.yml</bdi>`, "<bdi>registration</bdi>"} {
		if !strings.Contains(text.String(), `<td data-label="Source">`+want+"</td>") {
			t.Errorf("there is no %s in\n%s", want, text.String())
		}
	}
}

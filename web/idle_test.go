package web

import (
	"regexp"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

func TestThePageSaysWhenNobodyScrapes(t *testing.T) {
	const only = `<p class="note">Jobs are polled only when <a href="./metrics">/metrics</a> is scraped.`
	note := regexp.MustCompile(`<p class="note">.*</p>`)
	synctest.Test(t, func(t *testing.T) {
		h := watching(t, 0, samples()...)
		expect := func(when, want string) {
			t.Helper()
			if got := note.FindString(look(t, h, "")); got != want {
				t.Errorf("%s: got %s", when, got)
			}
		}
		expect("at the start", only+" It has not been scraped yet.</p>")
		ask(h, "GET", "/probe?provider=elb&project=prod&job_id=failed")
		expect("after a probe", only+" It has not been scraped yet.</p>")
		ask(h, "GET", "/metrics")
		expect("after a scrape", "")
		time.Sleep(time.Minute) // two intervals
		expect("after two intervals", "")
		time.Sleep(time.Second)
		expect("later", only+` The last scrape was <time datetime="2000-01-01T00:00:00Z" title="2000-01-01 00:00:00 UTC">1 min 1 s ago</time>.</p>`)
		ask(h, "GET", "/metrics")
		expect("after another scrape", "")
	})
	if page := look(t, watching(t, 0), ""); note.MatchString(page) {
		t.Error("the page has the note though there are no jobs")
	}
}

func TestAJobThatWasNeverPolledSaysSo(t *testing.T) {
	lastAnswer := regexp.MustCompile(`<td data-label="Last answer">(.*?)</td>`)
	synctest.Test(t, func(t *testing.T) {
		h := watching(t, 0, sample{provider: "elb", project: "prod", id: "lost", err: job.NotFound})
		for _, want := range []string{"not polled yet", "never"} { // before and after the first poll
			if got := found(lastAnswer, look(t, h, "")); !slices.Equal(got, []string{want}) {
				t.Errorf("got %q, want %q", got, want)
			}
			ask(h, "GET", "/metrics")
		}
	})
}

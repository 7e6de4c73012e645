//go:build e2e

package browser

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"cloudjob_exporter/e2e/process"
	"cloudjob_exporter/simulator"
)

const hostile = `<script>document.title='ran'; alert(1)</script><img src=/x onerror="document.title='ran'; alert(2)">"'></bdi></td><b>`

// everyStatus is a job in each status, but for those that the cloud does not
// know. The first has been going on for too long.
func everyStatus() []simulator.Job {
	var jobs []simulator.Job
	for i, word := range []string{"INIT", "RUNNING", "ROLLBACKING", "SUCCESS", "FAIL", "CANCEL"} {
		j := simulator.Job{
			API: simulator.ELBv3, ProjectID: projectID, ID: fmt.Sprintf("job-%d-%s", i, strings.ToLower(word)), Type: "createLoadBalancer",
			Begin: time.Now().Add(-time.Duration(32-3*i) * time.Minute), Plan: simulator.Plan{{After: 0, Status: "RUNNING"}, {After: time.Duration(i) * time.Minute, Status: word}},
		}
		if word == "FAIL" {
			j.ErrorCode, j.FailReason = "ELB.8902", hostile
		}
		jobs = append(jobs, j)
	}
	return jobs
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q", what, got)
	}
}

func TestFilterAndSort(t *testing.T) {
	e := watch(t, everyStatus(), "lost")
	for name, before := range map[string]chromedp.Action{
		"with scripts":    emulation.SetScriptExecutionDisabled(false),
		"without scripts": emulation.SetScriptExecutionDisabled(true),
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, e.URL+"/jobs", before)
			equal(t, "everything", b.column(1), "○ init", "✕ failed", "? unknown", "↺ rolling_back", "● running", "– canceled", "✓ success")

			b.click("thead th:nth-child(2) a")
			rising := []string{"job-0-init", "job-1-running", "job-2-rollbacking", "job-3-success", "job-4-fail", "job-5-cancel", "lost"}
			equal(t, "by ID", b.column(2), rising...)
			b.click("thead th:nth-child(2) a")
			slices.Reverse(rising)
			equal(t, "by ID, the other way", b.column(2), rising...)
			order := evaluate[[]string](b, `[...document.querySelectorAll("thead th")].map(h => h.ariaSort ?? "")`)
			equal(t, "aria-sort", order, "none", "descending", "none", "none", "none", "none", "none", "")

			b.do(chromedp.SendKeys(`input[name=q]`, "JOB-", chromedp.ByQuery), chromedp.SetValue(`select[name=status]`, "failed", chromedp.ByQuery))
			b.click("form button")
			equal(t, "filtered", b.column(2), "job-4-fail")
			b.click(".counts a.success")
			equal(t, "of another status", b.column(2), "job-3-success")
			b.click(".counts a:first-child")
			equal(t, "everything, in the order as it was", b.column(2), rising...)

			b.do(chromedp.SendKeys(`input[name=q]`, "nothing"+"\r", chromedp.ByQuery))
			b.do(chromedp.WaitVisible(".none", chromedp.ByQuery))
			if got := b.text(".none"); got != "None of the 7 jobs is like that. Show all" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestHostileText(t *testing.T) {
	b := open(t, watch(t, everyStatus()).URL+"/jobs?status=failed")
	if got := b.text("tbody td:last-child bdi"); got != hostile {
		t.Errorf("it shows %q", got)
	}
	if n := evaluate[int](b, `document.querySelectorAll("script, img, b:not(.counts b), [onerror]").length`); n != 0 {
		t.Errorf("it made %d elements", n)
	}
	if got := evaluate[string](b, "document.title"); got != "Jobs · cloudjob_exporter" {
		t.Errorf("a script ran: the title is %q", got)
	}
}

// TestThePolicyHoldsScriptsBack is about the second line of defence: text that
// becomes an element all the same.
func TestThePolicyHoldsScriptsBack(t *testing.T) {
	b := open(t, watch(t, nil, "lost").URL+"/jobs")
	b.do(chromedp.Evaluate(`document.body.insertAdjacentHTML("beforeend", "<b id=here onclick=\"document.title='ran'\">x</b>"); document.getElementById("here").click()`, nil))
	if got := evaluate[string](b, "document.title"); got != "Jobs · cloudjob_exporter" {
		t.Errorf("a script ran: the title is %q", got)
	}
	process.Eventually(t, "the browser to report it", func() error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.complaints) == 0 {
			return errors.New("no complaint")
		}
		return nil
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) != 1 || !strings.Contains(b.complaints[0], "Content Security Policy") {
		t.Errorf("got %q", b.complaints)
	}
	b.complaints = nil
}

func TestTenThousandJobs(t *testing.T) {
	const n = 10_000
	jobs := make([]simulator.Job, n)
	for i := range jobs {
		jobs[i] = simulator.Job{
			API: simulator.ELBv3, ProjectID: projectID, ID: fmt.Sprintf("job-%05d", i), Type: "createLoadBalancer",
			Begin: time.Now().Add(-time.Hour), Plan: simulator.ELBv3.Succeeds(time.Duration(i) * time.Millisecond),
		}
	}
	e := watch(t, jobs)
	began := time.Now()
	b := open(t, e.URL+"/jobs?sort=job_id&status=success")
	if took := time.Since(began); took > 10*time.Second { // with the start of the browser
		t.Errorf("it took %v", took)
	}
	for page, want := range []string{"1 to 200 of 10000 jobs, chosen from 10000", "201 to 400 of 10000 jobs, chosen from 10000"} {
		if got := b.text("caption"); got != want {
			t.Errorf("page %d: %s", page+1, got)
		}
		if ids := b.column(2); len(ids) != 200 || ids[0] != fmt.Sprintf("job-%05d", 200*page) {
			t.Errorf("page %d begins with %s", page+1, ids[0])
		}
		began = time.Now()
		b.click("a[rel=next]")
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("the next page took %v", took)
		}
	}
	b.follow(chromedp.Navigate(e.URL + "/jobs?sort=job_id&page=50"))
	if ids := b.column(2); ids[len(ids)-1] != "job-09999" || evaluate[bool](b, `document.querySelector("a[rel=next]") !== null`) {
		t.Errorf("the last page ends with %s", ids[len(ids)-1])
	}
}

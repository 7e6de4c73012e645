package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/job"
)

var (
	rowHead    = regexp.MustCompile(`<th scope="row" data-label="Job"><code>(.*?)</code>`)
	columnHead = regexp.MustCompile(`<th scope="col" aria-sort="(\w+)"><a href="(.*?)">(.*?)</a></th>`)
	pageLink   = regexp.MustCompile(`<a rel="(prev|next)" href="(.*?)">`)
	caption    = regexp.MustCompile(`<caption>(.*?)</caption>`)
)

// look gets the page of jobs.
func look(t *testing.T, h http.Handler, query string) string {
	t.Helper()
	w := ask(h, "GET", "/jobs"+query)
	if got := w.Header().Get("Content-Type"); w.Code != 200 || got != "text/html; charset=utf-8" {
		t.Fatalf("got %d, %s: %s", w.Code, got, w.Body)
	}
	return w.Body.String()
}

// found are all that a pattern finds in its only group.
func found(pattern *regexp.Regexp, text string) []string {
	var all []string
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

func TestThePageIsFilteredAndSorted(t *testing.T) {
	for query, want := range map[string]string{
		"":                               "hangs failed lost runs succeeded",
		"?order=desc":                    "succeeded runs lost failed hangs",
		"?sort=job_id":                   "failed hangs lost runs succeeded",
		"?sort=job_id&order=desc":        "succeeded runs lost hangs failed",
		"?sort=project":                  "succeeded failed lost hangs runs",
		"?sort=project&order=desc":       "runs hangs failed lost succeeded",
		"?sort=duration":                 "hangs succeeded runs failed lost",
		"?sort=duration&order=asc":       "lost failed runs succeeded hangs",
		"?sort=start":                    "runs hangs failed succeeded lost",
		"?sort=start&order=asc":          "lost succeeded failed hangs runs",
		"?sort=heard":                    "runs hangs failed succeeded lost",
		"?sort=heard&order=asc":          "lost runs hangs failed succeeded",
		"?provider=cfw":                  "hangs succeeded",
		"?project=prod&sort=job_id":      "failed lost succeeded",
		"?status=failed&status=success":  "failed succeeded",
		"?q=S&sort=job_id":               "hangs lost runs succeeded",
		"?q=&provider=&status=&project=": "hangs failed lost runs succeeded",
	} {
		t.Run(query, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				page := look(t, asked(t, samples()...), query)
				if got := strings.Join(found(rowHead, page), " "); got != want {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}

func TestHeadersSayAndChangeTheOrder(t *testing.T) {
	h := watching(t, 0, many(3)...)
	first := map[string]string{
		"status": "ascending", "job_id": "ascending", "project": "ascending",
		"duration": "descending", "start": "descending", "heard": "descending",
		"source": "ascending",
	}
	other := map[string]string{"ascending": "descending", "descending": "ascending"}
	if len(first) != len(columns) {
		t.Fatalf("there are %d columns", len(columns))
	}
	for at, c := range columns {
		t.Run(c.Key, func(t *testing.T) {
			query := "?sort=" + c.Key + "&page=1&q=job"
			for _, want := range []string{first[c.Key], other[first[c.Key]], first[c.Key]} {
				heads := columnHead.FindAllStringSubmatch(look(t, h, query), -1)
				if len(heads) != len(columns) {
					t.Fatalf("got %v", heads)
				}
				for i, head := range heads {
					if said := map[bool]string{true: want, false: "none"}[i == at]; head[1] != said || head[3] != columns[i].Name {
						t.Errorf("%s: %v", said, head)
					}
				}
				query = strings.ReplaceAll(heads[at][2], "&amp;", "&")
				if strings.Contains(query, "page=") || !strings.Contains(query, "q=job") {
					t.Errorf("the header leads to %s", query)
				}
			}
		})
	}
}

func TestPages(t *testing.T) {
	h := watching(t, 0, many(450)...)
	for query, want := range map[string]struct {
		caption, first, last string
		links                []string
	}{
		"":               {"1 to 200 of 450 jobs", "job-0000", "job-0199", []string{"next 2"}},
		"&page=1":        {"1 to 200 of 450 jobs", "job-0000", "job-0199", []string{"next 2"}},
		"&page=2":        {"201 to 400 of 450 jobs", "job-0200", "job-0399", []string{"prev 1", "next 3"}},
		"&page=3":        {"401 to 450 of 450 jobs", "job-0400", "job-0449", []string{"prev 2"}},
		"&page=4":        {"401 to 450 of 450 jobs", "job-0400", "job-0449", []string{"prev 2"}},
		"&page=99999999": {"401 to 450 of 450 jobs", "job-0400", "job-0449", []string{"prev 2"}},
		"&q=job-01":      {"1 to 100 of 100 jobs, chosen from 450", "job-0100", "job-0199", nil},
		"&q=job-0":       {"1 to 200 of 450 jobs, chosen from 450", "job-0000", "job-0199", []string{"next 2"}},
		"&q=job-0449":    {"1 to 1 of 1 jobs, chosen from 450", "job-0449", "job-0449", nil},
	} {
		t.Run(query, func(t *testing.T) {
			page := look(t, h, "?sort=job_id"+query)
			ids := found(rowHead, page)
			if ids[0] != want.first || ids[len(ids)-1] != want.last || !slices.Equal(found(caption, page), []string{want.caption}) {
				t.Errorf("got %s to %s, %q", ids[0], ids[len(ids)-1], found(caption, page))
			}
			var links []string
			for _, m := range pageLink.FindAllStringSubmatch(page, -1) {
				_, number, _ := strings.Cut(m[2], "page=")
				number, _, _ = strings.Cut(number, "&")
				links = append(links, m[1]+" "+number)
				if !strings.Contains(m[2], "sort=job_id") {
					t.Errorf("the order is lost: %s", m[2])
				}
			}
			if !slices.Equal(links, want.links) {
				t.Errorf("the links are %q", links)
			}
		})
	}
}

func TestTheFormKeepsWhatItDoesNotAskFor(t *testing.T) {
	h := watching(t, 0, many(2)...)
	page := look(t, h, "?sort=start&order=asc&refresh=30&q=%22%3E&project=prod&status=unknown&provider=elb")
	for _, want := range []string{
		`<input type="hidden" name="sort" value="start">`, `<input type="hidden" name="order" value="asc">`,
		`<input type="hidden" name="refresh" value="30">`, `<input type="search" name="q" value="&#34;&gt;" `,
		`<option selected>prod</option>`, `<option selected>unknown</option>`, `<option selected>elb</option>`,
		`<meta http-equiv="refresh" content="30">`, `<a href="?order=asc&amp;refresh=30&amp;sort=start">Show all</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("it lacks %s", want)
		}
	}
	if still := look(t, h, ""); strings.Contains(still, "http-equiv") || strings.Contains(still, `name="refresh"`) {
		t.Error("a page reloads itself that nobody asked to")
	}
}

func TestBadParameters(t *testing.T) {
	h := newHandler(t, answering, unchanged)
	for path, want := range map[string]string{
		"/jobs?page=0":                        "The parameter page is a number from 1 on.",
		"/jobs?page=-1":                       "The parameter page is a number from 1 on.",
		"/jobs?page=one":                      "The parameter page is a number from 1 on.",
		"/jobs?page=99999999999999999999":     "The parameter page is a number from 1 on.",
		"/jobs?sort=colour":                   "The parameter sort is the name of a column.",
		"/jobs?order=down":                    "The parameter order is asc or desc.",
		"/jobs?status=done":                   `There is no status "done".`,
		"/jobs?status=failed&status=%3Cb%3E":  `There is no status "<b>".`,
		"/jobs?statuses=x&id=y":               `There is no parameter "id"; there are provider, project, status, q, sort, order, page, refresh.`,
		"/api/v1/jobs?status=FAILED":          `There is no status "FAILED".`,
		"/api/v1/jobs?page=1":                 `There is no parameter "page"; there are provider, project, status, q.`,
		"/api/v1/jobs?provider=elb&%00=%E2":   `There is no parameter "\x00"; there are provider, project, status, q.`,
		"/api/v1/jobs?status=success&status=": "",
	} {
		t.Run(path, func(t *testing.T) {
			w := ask(h, "GET", path)
			if want == "" {
				if w.Code != 200 {
					t.Errorf("got %d: %s", w.Code, w.Body)
				}
				return
			}
			if w.Code != 400 || w.Body.String() != want+"\n" || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("got %d, %s: %s", w.Code, w.Header(), w.Body)
			}
		})
	}
}

func TestHostileTextIsOnlyText(t *testing.T) {
	const hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202egnp\x00\n{{.}}"
	synctest.Test(t, func(t *testing.T) {
		h := asked(t, sample{provider: "elb", project: "prod", id: "a", report: job.Report{
			Status: job.Failed, Type: "type " + hostile, ErrorCode: "code " + hostile, FailReason: "reason " + hostile,
		}}, sample{provider: "elb", project: "prod", id: "b", report: job.Report{RawStatus: "word " + hostile}})
		page := look(t, h, "")
		for _, raw := range []string{"<script", "<img", "\u202e", "\x00", `"'`} {
			if strings.Contains(page, raw) {
				t.Errorf("%q is there", raw)
			}
		}
		const escaped = ` &lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;\u202egnp\u0000\u000a{{.}}`
		for _, want := range []string{"<small>type", "<code>code", "<bdi>reason", "<bdi>word"} {
			if !strings.Contains(page, want+escaped) {
				t.Errorf("%s is not there as it came:\n%s", want, page)
			}
		}
		answer := ask(h, "GET", "/api/v1/jobs?q=a").Body.String()
		if strings.ContainsAny(answer, "<>\x00") || listed(t, h, "?q=a")[0].FailReason != "reason "+hostile {
			t.Errorf("as JSON: %s", answer)
		}
	})
}

func TestJobsThatNeedAPersonStandOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := asked(t, append(samples(), sample{provider: "cfw", project: "prod", id: "silent", report: job.Report{Status: job.Failed}})...)
		if n := strings.Count(look(t, h, ""), `<span class="stuck">stuck</span>`); n != 1 {
			t.Errorf("%d jobs are stuck", n)
		}
		for id, want := range map[string]string{
			"hangs":  `<span title="45m0s">45 min</span>`,
			"lost":   "<p>The cloud knows no such job.</p>",
			"failed": "<p><code>ELB.8902</code> <bdi>no address is left</bdi></p><p>Failed sub-jobs: 2</p>",
			"silent": "<small>The API does not say why.</small>",
			"runs":   `<time datetime="2000-01-01T00:00:00Z" title="2000-01-01 00:00:00 UTC">0 s ago</time>`,
		} {
			if page := look(t, h, "?q="+id); !strings.Contains(strings.ReplaceAll(page, "\n", ""), want) {
				t.Errorf("%s: there is no %s in\n%s", id, want, page)
			}
		}
		time.Sleep(30 * time.Minute)
		if n := strings.Count(look(t, h, ""), `class="stuck"`); n != 2 {
			t.Errorf("half an hour later %d jobs are stuck", n)
		}
	})
}

func TestEmptyPages(t *testing.T) {
	for _, test := range []struct {
		jobs        int
		query, want string
	}{
		{0, "", "No jobs are configured."},
		{0, "?q=x", "No jobs are configured."},
		{3, "?q=x", `None of the 3 jobs is like that. <a href="?">Show all</a>`},
		{3, "?status=failed&page=7&sort=start", `None of the 3 jobs is like that. <a href="?sort=start">Show all</a>`},
	} {
		page := look(t, watching(t, 0, many(test.jobs)...), test.query)
		if !strings.Contains(page, `<p class="none">`+test.want+"</p>") || strings.Contains(page, "<table") {
			t.Errorf("%d jobs, %s:\n%s", test.jobs, test.query, page)
		}
	}
}

func TestTheStyleSheet(t *testing.T) {
	h := newHandler(t, answering, unchanged)
	w := ask(h, "GET", "/jobs")
	if got := w.Header().Values("Content-Security-Policy"); !slices.Equal(got, []string{pagePolicy}) {
		t.Errorf("the policy is %q", got)
	}
	sum := sha256.Sum256(style)
	path := "/style-" + hex.EncodeToString(sum[:6]) + ".css"
	if !strings.Contains(w.Body.String(), `<link rel="stylesheet" href=".`+path+`">`) {
		t.Errorf("the page does not link %s", path)
	}
	w = ask(h, "GET", path)
	if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), style) {
		t.Errorf("got %d, %d bytes", w.Code, w.Body.Len())
	}
	for name, want := range map[string]string{
		"Content-Type": "text/css; charset=utf-8", "Cache-Control": "public, max-age=31536000, immutable",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if w := ask(h, "GET", "/style-000000000000.css"); w.Code != 404 {
		t.Errorf("another style sheet is there, too: %d", w.Code)
	}
}

func TestEveryReasonHasWordsAndEveryStatusAMark(t *testing.T) {
	for _, r := range job.Reasons() {
		if words := sentence(r.Meaning()); !strings.HasSuffix(words, ".") || words[0] < 'A' || words[0] > 'Z' {
			t.Errorf("%s has the words %q", r, words)
		}
	}
	marks := map[string]job.Status{}
	for _, s := range job.Statuses() {
		mark := statusMarks[s]
		if other, taken := marks[mark]; mark == "" || taken {
			t.Errorf("%s has the mark %q, as %s", s, mark, other)
		}
		marks[mark] = s
		if !bytes.Contains(style, []byte("."+s.String()+" {")) {
			t.Errorf("%s has no colour", s)
		}
	}
}

func TestHumanize(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "0 s", 0: "0 s", 499 * time.Millisecond: "0 s", 500 * time.Millisecond: "1 s", 59 * time.Second: "59 s",
		59*time.Second + 600*time.Millisecond: "1 min", time.Minute: "1 min", 252 * time.Second: "4 min 12 s",
		time.Hour + time.Second: "1 h", 90 * time.Minute: "1 h 30 min", 23*time.Hour + 59*time.Minute + 59*time.Second: "23 h 59 min",
		24 * time.Hour: "1 d", 49*time.Hour + time.Minute: "2 d 1 h", 400 * 24 * time.Hour: "400 d",
	} {
		if got := humanize(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

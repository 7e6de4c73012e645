package provider

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/job"
)

// pages is a transport that answers with one text after the other, the last one
// for ever, and remembers the queries.
type pages struct {
	status  int
	bodies  []string
	queries []string
}

func (p *pages) RoundTrip(r *http.Request) (*http.Response, error) {
	p.queries = append(p.queries, r.URL.Path+"?"+r.URL.RawQuery)
	body := p.bodies[min(len(p.queries), len(p.bodies))-1]
	return &http.Response{StatusCode: p.status, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// listed returns the jobs of all pages of a list.
func listed(t *testing.T, from *pages, a *API, since time.Time, turn func() error) (all []Listed, err error) {
	t.Helper()
	began := time.Now()
	err = newProjectAt(t, from).List(t.Context(), a, since, turn, func(asked time.Time, jobs []Listed) {
		if asked.Before(began) {
			t.Errorf("a page was asked for %v before the list", began.Sub(asked))
		}
		all = append(all, jobs...)
	})
	return all, err
}

func TestListReadsPageByPage(t *testing.T) {
	since := time.Date(2024, 5, 1, 10, 0, 0, 0, time.FixedZone("", 2*60*60))
	from := &pages{status: 200, bodies: []string{
		`{"jobs":[{"job_id":"../b","status":"INIT"},null,7,{"job_id":"begins-with-since","status":"INIT","begin_time":"2024-05-01T08:00:00"},
			{"job_id":"older","status":"RUNNING","begin_time":"2024-05-01T07:59:59"}],"page_info":{"next_marker":"m1"}}`,
		`{"jobs":[{"id":"newest","status":"COMPLETE","begin_time":"2024-05-01T09:00:00"},{"id":"nobody-knows","status":"RUNNING"}],
			"page_info":{"next_marker":" m2 "}}`,
		`{"jobs":[]}`,
	}}
	turns := 0
	found, err := listed(t, from, &elbV3, since, func() error { turns++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range found {
		got = append(got, fmt.Sprint(l.ID, " ", l.Report.Status))
	}
	if want := []string{"begins-with-since init", "older running", "newest success", "nobody-knows running"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	const path = "/v3/" + projectID + "/elb/jobs?begin_time=2024-04-30T08%3A00%3A00&limit=200"
	if want := []string{path, path + "&marker=m1", path + "&marker=m2"}; !slices.Equal(from.queries, want) {
		t.Errorf("asked for %q, want %q", from.queries, want)
	}
	if turns != len(from.queries) {
		t.Errorf("%d calls at %d turns", len(from.queries), turns)
	}
}

func TestListEnds(t *testing.T) {
	page := func(marker string, ids ...string) string {
		var jobs []string
		for _, id := range ids {
			jobs = append(jobs, fmt.Sprintf(`{"id":%q,"status":"INIT"}`, id))
		}
		return fmt.Sprintf(`{"jobs":[%s],"page_info":{"next_marker":%q}}`, strings.Join(jobs, ","), marker)
	}
	for name, test := range map[string]struct {
		bodies []string
		calls  int
		found  int
	}{
		"without a marker":               {[]string{page("", "a")}, 1, 1},
		"at a repeated marker":           {[]string{page("a", "a")}, 2, 2},
		"when markers lead in circles":   {[]string{page("b", "a", "b"), page("d", "c", "d"), page("b", "e"), page("d", "f")}, 3, 5},
		"after a page without jobs":      {[]string{page("b", "a", "b"), page("c"), page("", "d")}, 3, 3},
		"after a page of what is no job": {[]string{page("b", "a", "b"), page("c", "..", "/"), page("", "d")}, 3, 3},
		"after a page that came before":  {[]string{page("b", "a", "b"), page("c", "a", "b"), page("", "d")}, 3, 5},
		"with a job on two pages":        {[]string{page("b", "a", "b"), page("", "b", "c")}, 2, 4},
		"after the longest marker":       {[]string{page(strings.Repeat("m", maxMarker), "a"), page("", "b")}, 2, 2},
	} {
		from := &pages{status: 200, bodies: test.bodies}
		found, err := listed(t, from, &elbV3, time.Now(), func() error { return nil })
		if err != nil {
			t.Error(err)
		}
		if len(from.queries) != test.calls || len(found) != test.found {
			t.Errorf("%s: %d calls and %d jobs, want %d and %d", name, len(from.queries), len(found), test.calls, test.found)
		}
	}
}

func TestAListWithoutEndIsAnError(t *testing.T) {
	from := &pages{status: 200}
	for i := range 2 * maxPages {
		from.bodies = append(from.bodies, fmt.Sprintf(`{"jobs":[{"id":"job-%d","status":"INIT"}],"page_info":{"next_marker":"%d"}}`, i, i))
	}
	found, err := listed(t, from, &elbV3, time.Now(), func() error { return nil })
	e, ok := errors.AsType[*cloud.Error](err)
	if want := "elb answered 200: the list has no end after 1000 pages"; !ok || e.Reason != job.BadResponse || err.Error() != want || len(found) != maxPages {
		t.Errorf("got %d jobs, %v; want %s %q", len(found), err, job.BadResponse, want)
	}
	if len(from.queries) != maxPages {
		t.Errorf("%d calls, want %d", len(from.queries), maxPages)
	}
}

func TestListsThatFail(t *testing.T) {
	api := elbV3
	api.Codes = map[string]job.Reason{"ELB.8903": job.Forbidden}
	for _, test := range []struct {
		name   string
		status int
		body   string
		reason job.Reason
		want   string
	}{
		{"no JSON", 200, `<html>`, job.BadResponse, "elb answered 200: no JSON object: invalid character '<' looking for beginning of value"},
		{"no list", 200, `{"jobs":{}}`, job.BadResponse, "elb answered 200: it has no status"},
		{"an error with 200", 200, `{"error_code":"ELB.8903","error_msg":"no"}`, job.Forbidden, "elb answered 200 (ELB.8903): no"},
		{
			"a marker that is too long", 200, `{"jobs":[],"page_info":{"next_marker":"` + strings.Repeat("m", maxMarker+1) + `"}}`,
			job.BadResponse, "elb answered 200: a marker of 513 bytes",
		},
		{"an error", 400, `{"error_code":"ELB.8903","error_msg":"no"}`, job.Forbidden, "elb answered 400 (ELB.8903): no"},
	} {
		from := &pages{status: test.status, bodies: []string{test.body}}
		found, err := listed(t, from, &api, time.Now(), func() error { return nil })
		e, ok := errors.AsType[*cloud.Error](err)
		if !ok || e.Reason != test.reason || err.Error() != test.want || found != nil {
			t.Errorf("%s: got %v, %v; want %s %q", test.name, found, err, test.reason, test.want)
		}
	}
	stop := errors.New("stop")
	from := &pages{status: 200, bodies: []string{`{}`}}
	if _, err := listed(t, from, &api, time.Now(), func() error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if len(from.queries) != 0 {
		t.Error("called without a turn")
	}
}

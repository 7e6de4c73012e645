package simulator

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// outcome is what a client sees of one call.
type outcome struct {
	resp *http.Response // without its body; nil if none came
	body []byte         // as much as came
	err  error
	took time.Duration
}

// ask calls the cloud at base for the test job, for at most timeout.
func ask(t *testing.T, rt http.RoundTripper, base, token string, timeout time.Duration) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+jobPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", token)
	begin := time.Now()
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return outcome{err: err, took: time.Since(begin)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return outcome{resp, body, err, time.Since(begin)}
}

const shortBody = `{"data":{"id":"j1","status":"Failed"}}`

// faultTests says what a client must see of each fault, over whatever transport.
var faultTests = map[string]struct {
	fault  Fault
	status int    // 0: no answer
	body   string // its beginning
	err    error
	check  func(o outcome) bool
}{
	"none":            {Fault{}, 200, `{"data"`, nil, nil},
	"other service":   {Page(ServiceELB, 500), 200, `{"data"`, nil, nil},
	"other job":       {Fault{JobID: "j2", Status: 500}, 200, `{"data"`, nil, nil},
	"this job":        {Fault{JobID: "j1", Status: 500, Body: []byte("oops")}, 500, "oops", nil, nil},
	"latency":         {Fault{Latency: 20 * time.Millisecond}, 200, `{"data"`, nil, func(o outcome) bool { return o.took >= 20*time.Millisecond }},
	"longer latency":  {Fault{Latency: time.Hour}, 0, "", context.DeadlineExceeded, nil},
	"hang":            {Fault{Delivery: Hang}, 0, "", context.DeadlineExceeded, nil},
	"hang in body":    {Fault{Body: []byte(shortBody), Delivery: HangInBody}, 200, shortBody[:len(shortBody)/2], context.DeadlineExceeded, halfBody},
	"drip":            {Fault{Delivery: Drip}, 200, "{", context.DeadlineExceeded, nil},
	"cut":             {Fault{Body: []byte(shortBody), Delivery: Cut}, 200, shortBody[:len(shortBody)/2], io.ErrUnexpectedEOF, halfBody},
	"short length":    {Fault{Body: []byte(shortBody), Delivery: ShortLength}, 200, shortBody[:len(shortBody)/2], nil, halfBody},
	"long length":     {Fault{Body: []byte(shortBody), Delivery: LongLength}, 200, shortBody, io.ErrUnexpectedEOF, nil},
	"reset":           {Fault{Delivery: Reset}, 0, "", syscall.ECONNRESET, nil},
	"fixture":         {Fault{Body: []byte(shortBody)}, 200, shortBody, nil, nil},
	"empty answer":    {Fault{Body: []byte{}}, 200, "", nil, func(o outcome) bool { return len(o.body) == 0 }},
	"page":            {Page("", 502), 502, "<!DOCTYPE html>", nil, func(o outcome) bool { return strings.HasPrefix(o.resp.Header.Get("Content-Type"), "text/html") }},
	"redirect":        {Redirect(ServiceCFW, "http://other.example/"), 302, "", nil, func(o outcome) bool { return o.resp.Header.Get("Location") == "http://other.example/" }},
	"throttle":        {Throttle(ServiceCFW, "17"), 429, `{"error_code":"APIG.0308"`, nil, func(o outcome) bool { return o.resp.Header.Get("Retry-After") == "17" }},
	"throttle, quiet": {Throttle(ServiceCFW, ""), 429, "", nil, func(o outcome) bool { return o.resp.Header.Values("Retry-After") == nil }},
	"large":           {Fault{Size: 3<<20 + 5}, 200, `{"data"`, nil, func(o outcome) bool { return len(o.body) == 3<<20+5 && o.resp.ContentLength == 3<<20+5 }},
	"gzip":            {Fault{Gzip: true}, 200, `{"data"`, nil, func(o outcome) bool { return o.resp.Uncompressed }},
	"gzip bomb":       {Fault{Gzip: true, Size: 8<<20 + 1}, 200, `{"data"`, nil, func(o outcome) bool { return len(o.body) == 8<<20+1 }},
}

func halfBody(o outcome) bool { return len(o.body) == len(shortBody)/2 }

func TestFaults(t *testing.T) {
	for name, tt := range faultTests {
		check := func(t *testing.T, c *Cloud, rt http.RoundTripper, base string, timeout time.Duration) {
			c.AddJob(runningJob())
			c.Inject(tt.fault)
			o := ask(t, rt, base, c.IssueToken(testProject), timeout)
			status := 0
			if o.resp != nil {
				status = o.resp.StatusCode
			}
			if status != tt.status || !bytes.HasPrefix(o.body, []byte(tt.body)) || !errors.Is(o.err, tt.err) ||
				tt.check != nil && !tt.check(o) {
				t.Errorf("client sees %d, %v, %d bytes %.100q after %v; want %d, %v, %q",
					status, o.err, len(o.body), o.body, o.took, tt.status, tt.err, tt.body)
			}
		}
		t.Run("loopback, "+name, func(t *testing.T) {
			c := newTestCloud(t, Options{})
			s := listen(t, c)
			rt := &http.Transport{}
			defer rt.CloseIdleConnections()
			timeout := 10 * time.Second
			if errors.Is(tt.err, context.DeadlineExceeded) {
				timeout = 100 * time.Millisecond
			}
			check(t, c, rt, s.URL, timeout)
		})
		t.Run("in the process, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newTestCloud(t, Options{})
				check(t, c, &Transport{Handler: c}, "http://cfw.example", 20*time.Second)
			})
		})
	}
}

// listen serves a cloud until the test ends.
func listen(t *testing.T, c *Cloud) *Server {
	t.Helper()
	s, err := c.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func TestFaultsComeAndGo(t *testing.T) {
	c := newTestCloud(t, Options{})
	c.AddJob(runningJob())
	status := func(want int) {
		t.Helper()
		wantAnswer(t, get(t, c, jobPath), want, "")
	}
	remove := c.Inject(Fault{Status: 500})
	c.Inject(Fault{Status: 503, Times: 2})
	status(503)
	status(503)
	status(500)
	remove()
	status(200)
	c.Inject(Fault{Status: 500})
	c.ClearFaults()
	remove()
	status(200)
}

// TestFixturesNeedCredentials holds the fault of a body alone to its word: it
// does not open the cloud to everyone.
func TestFixturesNeedCredentials(t *testing.T) {
	c := newTestCloud(t, Options{})
	c.Inject(Fault{Service: ServiceCFW, Body: []byte(shortBody), Header: http.Header{"X-Fixture": {"1"}}})
	wantAnswer(t, do(c, http.MethodGet, jobPath, "", nil), 401, "APIG.0301")
	got := get(t, c, jobPath)
	wantAnswer(t, got, 200, shortBody)
	if got.Header().Get("X-Fixture") != "1" {
		t.Errorf("header is %v, want that of the fault", got.Header())
	}
}

func TestDripComesByteByByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCloud(t, Options{})
		c.AddJob(runningJob())
		c.Inject(Fault{Body: []byte("12345"), Delivery: Drip})
		o := ask(t, &Transport{Handler: c}, "http://cfw.example", c.IssueToken(testProject), time.Hour)
		if string(o.body) != "12345" || o.err != nil || o.took < 4*time.Second {
			t.Errorf("%q, %v came in %v, want all bytes in at least 4 s", o.body, o.err, o.took)
		}
	})
}

func TestCloseEndsWhatHangs(t *testing.T) {
	for name, fault := range map[string]Fault{
		"latency": {Latency: time.Hour},
		"hang":    {Delivery: Hang},
		"body":    {Delivery: HangInBody},
		"drip":    {Delivery: Drip, Size: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newTestCloud(t, Options{})
				c.AddJob(runningJob())
				c.Inject(fault)
				time.AfterFunc(3*time.Second, c.Close)
				o := ask(t, &Transport{Handler: c}, "http://cfw.example", c.IssueToken(testProject), time.Hour)
				if o.took != 3*time.Second || o.err == nil {
					t.Errorf("the call ended after %v with %v, want an error after 3s", o.took, o.err)
				}
				c.Close()
			})
		})
	}
}

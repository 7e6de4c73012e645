package web

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestExternalURLs(t *testing.T) {
	const (
		form  = "must be an http or https URL, host:port, or a path"
		quote = "must not begin or end with a quote"
		user  = "must not contain a user name or password"
		query = "must not have a query or a fragment"
	)
	for text, want := range map[string]string{
		"http://example.com":           "http://example.com",
		"https://example.com/":         "https://example.com",
		"https://example.com:8443/a/b": "https://example.com:8443/a/b",
		"http://example.com/a///":      "http://example.com/a",
		"http://[::1]:9090/a":          "http://[::1]:9090/a",
		"example.com:9090":             "http://example.com:9090",
		"example.com:9090/a/":          "http://example.com:9090/a",
		"127.0.0.1:9090":               "http://127.0.0.1:9090",
		"[::1]:9090/a":                 "http://[::1]:9090/a",
		"/":                            "",
		"/a/b/":                        "/a/b",
		"a/b":                          "/a/b",
		"/a:1":                         "/a:1",

		"ftp://example.com": form, "http://": form, "http:///a": form, "http:/a": form, "http:": form, "//example.com/a": form,
		"example.com:": form, "example.com:x/a": form, "example.com:70000": form, "http://example.com:70000": form, "::1": form,
		"http://[::1": form, "javascript:alert(1)": form, "/%zz": form, "http://a b/": form, "/a\nb": form,
		`"http://example.com"`: quote, "'/a": quote, `/a"`: quote,
		"http://example.com/?a=b": query, "http://example.com/?": query, "/a#b": query, "/a#": query,
		"http://user:pass-word@example.com/a": user, "user:pass-word@example.com:1/a": user, "https://user@example.com": user,
	} {
		u, err := ParseExternalURL(text)
		switch {
		case err != nil && err.Error() != want:
			t.Errorf("%q: got the error %v, want %s", text, err, want)
		case err == nil && u.String() != want:
			t.Errorf("%q: got %s, want %s", text, u, want)
		}
	}
}

func TestRoutePrefixes(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "/": "", "//": "", "a": "/a", "/a": "/a", "/a/": "/a", "a/b/": "/a/b", "/ä": "/ä", "/a:b": "/a:b", "/metrics": "/metrics",
	} {
		if got, err := RoutePrefix(text); got != want || err != nil {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"/a//b", "/a/../b", "..", "/.", "/a b", "/a?b", "/a#b", "/{a}", "/{$}", "/%61", "/a\nb", "http://example.com/a"} {
		if got, err := RoutePrefix(text); err == nil || !strings.HasPrefix(err.Error(), "must be a path like /jobs") {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}

// under makes a handler with a prefix that shows all there is.
func under(t *testing.T, prefix string, change func(*Options)) http.Handler {
	t.Helper()
	return newHandler(t, answering, func(o *Options) {
		o.RoutePrefix, o.EnablePprof, o.EnableLifecycle = prefix, true, true
		change(o)
	})
}

func TestEveryPathIsUnderThePrefix(t *testing.T) {
	h := under(t, "/x/y", unchanged)
	for request, want := range map[string]int{
		"GET /x/y/": 200, "GET /x/y/metrics": 200, "GET /x/y/jobs": 200, "GET /x/y/api/v1/jobs": 200, "GET /x/y/config": 200,
		"GET /x/y/probe?provider=elb&project=prod&job_id=a": 200, "GET /x/y/-/healthy": 200, "GET /x/y/-/ready": 200, "POST /x/y/-/reload": 200,
		"GET /x/y" + newJobsPage(Options{}).style: 200, "GET /x/y/debug/pprof/": 200, "GET /x/y/debug/pprof/heap": 200,
		"GET /x/y/debug/pprof/cmdline": 200, "POST /x/y/debug/pprof/symbol": 200, "GET /x/y/debug/pprof": 301,
		"GET /": 302, "GET /x/y": 302, "HEAD /": 302,
		"GET /metrics": 404, "GET /jobs": 404, "GET /-/healthy": 404, "POST /-/reload": 404, "GET /debug/pprof/": 404, "GET /x": 404,
		"GET /x/metrics": 404, "GET /x/y/nothing": 404, "GET /x/y/x/y/metrics": 404, "GET /x/ymetrics": 404, "GET /favicon.ico": 404,
	} {
		method, path, _ := strings.Cut(request, " ")
		w := ask(h, method, path)
		if w.Code != want {
			t.Errorf("%s: got %d: %s", request, w.Code, w.Body)
		}
		if got := w.Header().Get("Location"); w.Code == 302 && got != "/x/y/" {
			t.Errorf("%s leads to %s", request, got)
		}
	}
}

func TestTheTelemetryPathIsBelowThePrefix(t *testing.T) {
	for path, want := range map[string]string{"/": "/x/", "/a/b": "/x/a/b", "/x": "/x/x"} {
		h := under(t, "/x", func(o *Options) { o.TelemetryPath = path })
		if w := ask(h, "GET", want); w.Code != 200 || !strings.Contains(w.Body.String(), "\njob_up{") {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
	if _, err := New(Options{RoutePrefix: "/x", TelemetryPath: "/jobs"}); err == nil {
		t.Error("the metrics are where the page of jobs is")
	}
}

var reference = regexp.MustCompile(`(?:href|src|action)=['"]?([^'" >]+)`)

// TestEveryLinkOfEveryPageWorks follows all links through proxies that strip a
// path, pass it on, or change it, and without one.
func TestEveryLinkOfEveryPageWorks(t *testing.T) {
	for name, test := range map[string]struct{ prefix, outside, inside, telemetry string }{
		"no proxy":                     {"", "", "", "/metrics"},
		"no proxy, with a prefix":      {"/x/y", "/x/y", "/x/y", "/metrics"},
		"a proxy that strips":          {"", "/out/side", "", "/a:b/c"},
		"a proxy that does not":        {"/x/y", "/x/y", "/x/y", "/metrics"},
		"a proxy that changes the way": {"/x/y", "/out", "/x/y", "/metrics"},
	} {
		t.Run(name, func(t *testing.T) {
			exporter := httptest.NewServer(under(t, test.prefix, func(o *Options) { o.TelemetryPath = test.telemetry }))
			defer exporter.Close()
			proxy := httptest.NewServer(newProxy(t, exporter.URL, test.outside, test.inside))
			defer proxy.Close()
			seen := map[string]bool{}
			for _, page := range []string{"/", "/jobs", "/jobs?sort=job_id&status=success&page=1", "/jobs?q=none", "/debug/pprof/", "/debug/pprof"} {
				address, body := fetchPage(t, proxy.Client(), proxy.URL+test.outside+page)
				for _, link := range found(reference, body) {
					target, err := address.Parse(html.UnescapeString(link))
					if err != nil {
						t.Fatal(err)
					}
					if name := target.Path[strings.LastIndex(target.Path, "/")+1:]; name == "profile" || name == "trace" {
						continue // they take their time
					}
					if !seen[target.String()] {
						seen[target.String()] = true
						fetchPage(t, proxy.Client(), target.String())
					}
				}
			}
			for _, want := range []string{"/", test.telemetry, "/jobs", "/api/v1/jobs", "/config", "/-/ready", "/debug/pprof/", newJobsPage(Options{}).style} {
				if !seen[proxy.URL+test.outside+want] {
					t.Errorf("no page leads to %s, only to %v", want, seen)
				}
			}
		})
	}
}

// newProxy makes a proxy of what is below outside, which puts inside in its place.
func newProxy(t *testing.T, target, outside, inside string) http.Handler {
	t.Helper()
	u, err := url.Parse(target + inside)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}
	return http.StripPrefix(outside, proxy)
}

// fetchPage follows redirects, and returns where they ended.
func fetchPage(t *testing.T, client *http.Client, address string) (*url.URL, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("%s: %d, %v", address, resp.StatusCode, err)
	}
	return resp.Request.URL, string(body)
}

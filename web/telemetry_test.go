package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/poller"
)

// at makes a handler with the metrics at path.
func at(t *testing.T, path string, profiles bool) (http.Handler, error) {
	t.Helper()
	registry := prometheus.NewRegistry()
	p := poller.New(log.NewNopLogger(), registry, nil)
	t.Cleanup(p.Close)
	return New(Options{Logger: log.NewNopLogger(), Poller: p, Metrics: registry, TelemetryPath: path, EnablePprof: profiles})
}

func TestTelemetryPathsThatCannotBe(t *testing.T) {
	paths := []string{
		"", "metrics", "//", "//metrics", "/a//b", "/a/", "/.", "/a/..", "/a/../b", "/a/../b?x", "/metrics?x=1", "/metrics#x", "/%zz", "/%20",
		"/a b", "/a\nb", "/{x}", "/{$}", "/jobs", "/probe", "/-/ready", newJobsPage(Options{}).style,
	}
	for _, path := range paths {
		if _, err := at(t, path, false); err == nil || !strings.HasSuffix(err.Error(), "is no path that begins with / and is free") {
			t.Errorf("%q: %v", path, err)
		}
	}
	for _, path := range []string{"/debug/pprof", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/symbol"} {
		if _, err := at(t, path, true); err == nil {
			t.Errorf("%q is taken by the profiles", path)
		}
	}
}

func TestTelemetryPathsThatCanBe(t *testing.T) {
	for _, path := range []string{"/", "/metrics", "/a/b.c", "/jobs/metrics", "/ä", "/...", "/debug", "/debug/pprofs"} {
		for _, profiles := range []bool{false, true} {
			h, err := at(t, path, profiles)
			if err != nil {
				t.Fatal(err)
			}
			if w := ask(h, "GET", path); w.Code != 200 || !strings.Contains(w.Body.String(), "promhttp_metric_handler_requests_total") {
				t.Errorf("%q: got %d", path, w.Code)
			}
		}
	}
	h, err := at(t, "/", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"GET", "POST"} {
		if w := ask(h, method, "/debug/pprof/symbol"); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "num_symbols") {
			t.Errorf("%s: got %d:\n%s", method, w.Code, w.Body)
		}
	}
}

package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

const (
	acceptText        = "text/plain;version=0.0.4"
	acceptOpenMetrics = "application/openmetrics-text;version=1.0.0"
)

// finalJobs makes jobs that have ended, with labels that need escaping.
func finalJobs(n int) poller.Snapshot {
	var states []*job.State
	for i := range n {
		j := &job.Job{
			Key:     job.Key{Provider: "elb", ID: fmt.Sprintf("%08d \"東京\\\n", i)},
			Project: "prod", Statuses: []job.Status{job.Running, job.Success, job.Failed, job.Unknown},
		}
		end := time.Unix(1_795_000_000, int64(i)*1e6)
		report := job.Report{Status: job.Success, Begin: end.Add(-time.Minute), End: end}
		states = append(states, (&job.State{Job: j}).Answered(report, end))
	}
	return poller.NewSnapshot(time.Hour, states...)
}

// shown is a scrape handler and the snapshot that it shows.
type shown struct {
	*scrape
	snapshot  poller.Snapshot
	delivered atomic.Int64
}

func show(t *testing.T, s poller.Snapshot) *shown {
	v := &shown{snapshot: s}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "cloudjob_exporter_build_info", Help: "The build."}))
	v.scrape = newScrape(func(*http.Request) poller.Snapshot { return v.snapshot }, func(poller.Snapshot) { v.delivered.Add(1) },
		metrics, log.New(t.Output(), "", 0))
	return v
}

func asking(accept, encoding string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	r.Header.Set("Accept-Encoding", encoding)
	return r
}

func (v *shown) answer(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	v.ServeHTTP(w, r)
	return w
}

// oracle is the answer by way of the collector.
func (v *shown) oracle(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	v.collect(w, r, v.snapshot)
	return w
}

// text is the body of an answer, decompressed.
func text(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body.String()
	}
	unzip, err := gzip.NewReader(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(unzip)
	if err != nil {
		t.Fatal(err)
	}
	return string(whole)
}

// lines are those of an answer in a fixed order.
func lines(t *testing.T, w *httptest.ResponseRecorder) []string {
	return slices.Sorted(strings.SplitSeq(text(t, w), "\n"))
}

func TestAScrapeIsWhatPromhttpAnswers(t *testing.T) {
	accepts := []string{
		"", "*/*", "text/plain", "text/*;q=0.5", acceptText, acceptOpenMetrics, "application/openmetrics-text",
		"application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.4",
		"application/openmetrics-text;version=1.0.0;escaping=dots", "text/plain;version=0.0.4;escaping=values",
		"application/openmetrics-text;version=7", "text/html", "nonsense",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
	}
	encodings := []string{
		"", "gzip", "gzip, deflate, br, zstd", "gzip;q=0", "gzip;q=0.5,identity;q=0.7", "gzip;q=0.7, identity;q=0.5",
		"*", "identity", "*;q=0", "deflate", "GZIP", "gzip;level=1",
	}
	v := show(t, finalJobs(3))
	for _, accept := range accepts {
		for _, encoding := range encodings {
			got, want := v.answer(asking(accept, encoding)), v.oracle(asking(accept, encoding))
			if got.Code != want.Code || !maps.EqualFunc(got.Header(), want.Header(), slices.Equal) {
				t.Errorf("Accept %q, Accept-Encoding %q: %d %v, want %d %v", accept, encoding, got.Code, got.Header(), want.Code, want.Header())
			}
			if got, want := lines(t, got), lines(t, want); !slices.Equal(got, want) {
				t.Errorf("Accept %q, Accept-Encoding %q:\n%q\nwant\n%q", accept, encoding, got, want)
			}
		}
	}
	if openMetrics := text(t, v.answer(asking(acceptOpenMetrics, ""))); strings.Index(openMetrics, "# EOF\n") != len(openMetrics)-len("# EOF\n") {
		t.Errorf("# EOF is not at the end alone:\n%s", openMetrics)
	}
}

// brokenWriter is a client that has gone away.
type brokenWriter struct{ *httptest.ResponseRecorder }

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestOnlyACompleteAnswerIsDelivered(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		request   *http.Request
		writer    http.ResponseWriter
		delivered int64
	}{
		"text":              {asking(acceptText, ""), httptest.NewRecorder(), 1},
		"OpenMetrics, gzip": {asking(acceptOpenMetrics, "gzip"), httptest.NewRecorder(), 1},
		"protobuf": {
			asking("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", ""), httptest.NewRecorder(), 1,
		},
		"only some names":       {httptest.NewRequest(http.MethodGet, "/metrics?name[]=job_up", nil), httptest.NewRecorder(), 0},
		"HEAD":                  {httptest.NewRequest(http.MethodHead, "/metrics", nil), httptest.NewRecorder(), 0},
		"a client that is gone": {asking(acceptText, "").WithContext(gone), httptest.NewRecorder(), 0},
		"a broken connection":   {asking(acceptText, ""), brokenWriter{httptest.NewRecorder()}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			v := show(t, finalJobs(3))
			v.ServeHTTP(test.writer, test.request)
			if v.delivered.Load() != test.delivered {
				t.Errorf("delivered %d times, want %d", v.delivered.Load(), test.delivered)
			}
		})
	}
}

func TestAChoiceOfNames(t *testing.T) {
	v := show(t, finalJobs(3))
	r := asking(acceptText, "")
	r.URL.RawQuery = "name[]=job_up"
	if got := text(t, v.answer(r)); strings.Count(got, "\n") != 5 || strings.Count(got, "\njob_up{") != 3 {
		t.Errorf("got\n%s\nwant HELP, TYPE and three samples of job_up", got)
	}
}

func TestJobsAreShownWithoutAnyOwnMetric(t *testing.T) {
	v := show(t, finalJobs(3))
	v.own = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "none", http.StatusInternalServerError) })
	got := v.answer(asking(acceptText, ""))
	if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "job_up") {
		t.Errorf("got %d\n%s", got.Code, got.Body)
	}
}

// stalled is a client that takes nothing until it is released.
type stalled struct {
	*httptest.ResponseRecorder
	release chan struct{}
}

func (s stalled) Write(b []byte) (int, error) {
	<-s.release
	return s.ResponseRecorder.Write(b)
}

func TestASlowClientHoldsNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := show(t, finalJobs(3000))
		slow := stalled{httptest.NewRecorder(), make(chan struct{})}
		want := lines(t, v.oracle(asking(acceptText, "")))
		var wg sync.WaitGroup
		wg.Go(func() { v.ServeHTTP(slow, asking(acceptText, "gzip")) })
		synctest.Wait()
		v.snapshot = finalJobs(10)
		for _, encoding := range []string{"gzip", ""} {
			got := lines(t, v.answer(asking(acceptText, encoding)))
			if !slices.Equal(got, lines(t, v.oracle(asking(acceptText, "")))) {
				t.Errorf("%q: another client is not given what there is now", encoding)
			}
		}
		close(slow.release)
		wg.Wait()
		if !slices.Equal(lines(t, slow.ResponseRecorder), want) {
			t.Error("the slow client is not given the snapshot of its scrape")
		}
	})
}

// gone is a client that has gone away.
type gone struct{ http.ResponseWriter }

func (gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestAClientThatGoesAwayIsCounted(t *testing.T) {
	v := show(t, finalJobs(3000))
	for _, encoding := range []string{"", "gzip"} {
		v.ServeHTTP(gone{httptest.NewRecorder()}, asking(acceptText, encoding))
	}
	const want = `promhttp_metric_handler_errors_total{cause="encoding"} 2`
	if got := lines(t, v.answer(asking(acceptText, ""))); !slices.Contains(got, want) {
		t.Errorf("no %s in\n%q", want, got[:20])
	}
}

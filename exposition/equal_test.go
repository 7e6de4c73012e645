package exposition

import (
	"bytes"
	"compress/gzip"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/poller"
)

const (
	acceptText        = "text/plain;version=0.0.4"
	acceptOpenMetrics = "application/openmetrics-text;version=1.0.0"
)

// views are a handler, and the same answers by way of the collector alone.
type views struct {
	snapshot poller.Snapshot
	handler  *Handler
}

func newViews(t testing.TB, smallest int) *views {
	v := &views{}
	metrics := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "cloudjob_exporter_build_info", Help: "The \\ \"build\"."})
	calls := prometheus.NewCounter(prometheus.CounterOpts{Name: "cloudjob_exporter_calls_total", Help: "Calls."})
	metrics.MustRegister(build, calls)
	v.handler = NewHandler(func(*http.Request) poller.Snapshot { return v.snapshot }, metrics, log.New(t.Output(), "", 0))
	for _, c := range v.handler.formats {
		c.smallest = smallest
	}
	return v
}

func request(accept, encoding string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	r.Header.Set("Accept-Encoding", encoding)
	return r
}

func (v *views) ours(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, r)
	return w
}

func (v *views) oracle(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	v.handler.collect(w, r, v.snapshot)
	return w
}

// text is the body of an answer, decompressed.
func text(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body.String()
	}
	unzip, err := gzip.NewReader(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	unzip.Multistream(false) // one member, and nothing behind it
	whole, err := io.ReadAll(unzip)
	if err != nil {
		t.Fatal(err)
	}
	return string(whole)
}

// families cuts a text before each HELP, and sorts the samples of each family.
func families(t *testing.T, text string) (names []string, byName map[string][]string) {
	t.Helper()
	byName = map[string][]string{}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if name, ok := strings.CutPrefix(line, "# HELP "); ok {
			name, _, _ = strings.Cut(name, " ")
			if byName[name] != nil {
				t.Errorf("%s is there twice", name)
			}
			names = append(names, name)
		}
		if line == "# EOF" && i != len(lines)-2 {
			t.Errorf("# EOF stands in line %d of %d", i+1, len(lines)-1)
		}
		last := ""
		if len(names) > 0 {
			last = names[len(names)-1]
		}
		if line != "# EOF" && line != "" {
			byName[last] = append(byName[last], line)
		}
	}
	for _, lines := range byName {
		slices.Sort(lines[2:]) // behind HELP and TYPE
	}
	return names, byName
}

// compare holds both views of the snapshot against each other in one format.
func (v *views) compare(t *testing.T, accept string) {
	t.Helper()
	plain := text(t, v.ours(request(accept, "")))
	if zipped := text(t, v.ours(request(accept, "gzip"))); zipped != plain {
		t.Errorf("%s: the compressed answer differs:\n%s\nwant:\n%s", accept, zipped, plain)
	}
	wantNames, want := families(t, text(t, v.oracle(request(accept, ""))))
	gotNames, got := families(t, plain)
	sortJobsFirst(wantNames)
	if !slices.Equal(gotNames, wantNames) {
		t.Errorf("%s: families:\n%q\nwant:\n%q", accept, gotNames, wantNames)
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%s:\n%s\nwant these lines, in any order within a family:\n%v", accept, plain, want)
	}
	if strings.HasSuffix(plain, "\n# EOF\n") != (accept == acceptOpenMetrics) {
		t.Errorf("%s: it ends with %q", accept, plain[max(0, len(plain)-20):])
	}
}

// sortJobsFirst puts the families of jobs before those of the exporter.
func sortJobsFirst(names []string) {
	rank := func(name string) int {
		if strings.HasPrefix(name, "job_") {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
}

func lives(t *testing.T, p *population, rounds int) {
	v := newViews(t, 1+p.IntN(8))
	v.handler.bufferSize = 1 + p.IntN(5000)
	for range rounds {
		v.snapshot = p.snapshot()
		v.compare(t, acceptText)
		v.compare(t, acceptOpenMetrics)
		if t.Failed() {
			return
		}
		p.live()
	}
}

func TestBothViewsAreEqualThroughTheLivesOfJobs(t *testing.T) {
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) { lives(t, newPopulation(seed), 12) })
	}
}

func TestBothViewsAreEqualOfManyJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPopulation(1)
		for range 6000 {
			p.add()
		}
		v := newViews(t, minChunk)
		for range 2 {
			p.live()
			v.snapshot = p.snapshot()
			v.compare(t, acceptOpenMetrics)
		}
	})
}

func FuzzBothViewsAreEqual(f *testing.F) {
	f.Add(uint64(1), "createLoadbalancer", "ELB.0001")
	f.Add(uint64(2), `"\`+"\n", "\x00\r\t")
	f.Add(uint64(3), "名前", "\u2028{}")
	f.Fuzz(func(t *testing.T, seed uint64, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return // what comes from YAML and JSON is valid
		}
		synctest.Test(t, func(t *testing.T) { lives(t, newPopulation(seed, a, b), 5) })
	})
}

func TestNegotiatesAsPromhttpDoes(t *testing.T) {
	v := newViews(t, minChunk)
	p := newPopulation(1)
	p.add()
	v.snapshot = p.snapshot()
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
	for _, accept := range accepts {
		for _, encoding := range encodings {
			ours, oracle := v.ours(request(accept, encoding)), v.oracle(request(accept, encoding))
			ours.Header().Del("Content-Length")
			if !maps.EqualFunc(ours.Header(), oracle.Header(), slices.Equal) {
				t.Errorf("Accept %q, Accept-Encoding %q: header %v, want %v", accept, encoding, ours.Header(), oracle.Header())
			}
		}
	}
}

func TestChoiceOfNamesIsLeftToPromhttp(t *testing.T) {
	v := newViews(t, minChunk)
	p := newPopulation(1)
	p.add()
	v.snapshot = p.snapshot()
	r := request(acceptText, "")
	r.URL.RawQuery = "name[]=job_up"
	names, _ := families(t, text(t, v.ours(r)))
	if !slices.Equal(names, []string{"job_up"}) {
		t.Errorf("families %q, want job_up alone", names)
	}
}

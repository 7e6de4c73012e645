package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloudjob_exporter/e2e/process"
)

// served is an answer that does not change.
type served struct {
	url    string
	text   string
	zipped []byte
}

func (s served) samples() int { return strings.Count(s.text, "\njob_") }

func serveFinalJobs(t *testing.T) served {
	v := show(t, finalJobs(5000))
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	return served{
		url:    server.URL,
		text:   text(t, v.answer(asking(acceptText, ""))),
		zipped: v.answer(asking(acceptText, "gzip")).Body.Bytes(),
	}
}

// reader is a program that did not grow up with this code.
type reader struct {
	found func() (path string, err error)
	read  func(t *testing.T, path string, s served)
}

func inPath(name string) func() (string, error) {
	return func() (string, error) { return exec.LookPath(name) }
}

// python finds an interpreter with a module.
func python(module string) func() (string, error) {
	return func() (path string, err error) {
		for _, name := range []string{"/usr/bin/python3", "python3"} {
			if err = exec.Command(name, "-c", "import "+module).Run(); err == nil {
				return name, nil
			}
		}
		return "", err
	}
}

// run gives what a program prints.
func run(t *testing.T, stdin []byte, path string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return string(out)
}

const (
	inflate = `
import sys, zlib
d = zlib.decompressobj(31)
sys.stdout.buffer.write(d.decompress(sys.stdin.buffer.read()))
assert d.eof and not d.unused_data
`
	parse = `
import gzip, sys, urllib.request
from prometheus_client.openmetrics.parser import text_string_to_metric_families
answer = urllib.request.urlopen(urllib.request.Request(sys.argv[1], headers={
    "Accept": "application/openmetrics-text;version=1.0.0", "Accept-Encoding": "gzip"}))
text = gzip.decompress(answer.read()).decode()
print(sum(len(f.samples) for f in text_string_to_metric_families(text) if f.name.startswith("job_")))
`
)

// jobLines leaves out what the handler tells of itself, which changes from one
// answer to the next.
func jobLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE "), "job_") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// readers also says how to install what is missing.
func readers() map[string]reader {
	same := func(t *testing.T, got, want string) {
		t.Helper()
		if jobLines(got) != jobLines(want) {
			t.Errorf("%d bytes differ from the %d bytes of the uncompressed answer", len(got), len(want))
		}
	}
	return map[string]reader{
		"curl": {found: inPath("curl"), read: func(t *testing.T, path string, s served) {
			same(t, run(t, nil, path, "-sS", s.url), s.text)
		}},
		"curl --compressed": {found: inPath("curl"), read: func(t *testing.T, path string, s served) {
			same(t, run(t, nil, path, "-sS", "--compressed", s.url), s.text)
		}},
		"gzip": {found: inPath("gzip"), read: func(t *testing.T, path string, s served) {
			same(t, run(t, s.zipped, path, "-dc"), s.text)
		}},
		"Python's zlib": {found: python("zlib"), read: func(t *testing.T, path string, s served) {
			same(t, run(t, s.zipped, path, "-c", inflate), s.text)
		}},
		"Python's OpenMetrics parser": {found: python("prometheus_client.openmetrics.parser"), read: func(t *testing.T, path string, s served) {
			same(t, run(t, nil, path, "-c", parse, s.url), strconv.Itoa(s.samples())+"\n")
		}},
		"Prometheus": {found: inPath("prometheus"), read: readByPrometheus},
	}
}

func TestOthersReadTheCompressedAnswer(t *testing.T) {
	s := serveFinalJobs(t)
	found := 0
	for name, r := range readers() {
		path, err := r.found()
		if err != nil {
			t.Logf("%s is not here: %v", name, err)
			continue
		}
		t.Logf("%s is here: %s", name, path)
		found++
		t.Run(name, func(t *testing.T) { r.read(t, path, s) })
	}
	if found == 0 {
		t.Error("nothing is here that reads it; install one: apt-get install -y --no-install-recommends curl gzip python3 python3-prometheus-client prometheus")
	}
}

// readByPrometheus has a real Prometheus scrape the answer, and counts the
// samples of jobs that it knows then.
func readByPrometheus(t *testing.T, path string, s served) {
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf("scrape_configs: [{job_name: cloudjob, scrape_interval: 1s, scrape_timeout: 1s, metrics_path: /, static_configs: [{targets: [%q]}]}]\n", target.Host)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := process.Launch(t, path, "--config.file="+config, "--storage.tsdb.path="+dir)
	query := "/api/v1/query?query=" + url.QueryEscape(`count({__name__=~"job_.+"})`)
	want := strconv.Itoa(s.samples())
	process.Eventually(t, "Prometheus to know "+want+" samples of jobs", func() error {
		p.MustRun()
		body, err := p.Get(query)
		if got := onlyValue(body); err == nil && got != want {
			err = fmt.Errorf("it knows %q", got)
		}
		return err
	})
}

// onlyValue is the value of the only sample of an answer; else empty.
func onlyValue(body string) string {
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if json.Unmarshal([]byte(body), &answer) != nil || len(answer.Data.Result) != 1 {
		return ""
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}

// timed is a client that is written to until some time.
type timed struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (c *timed) SetWriteDeadline(t time.Time) error {
	c.until = t
	return nil
}

func TestAScrapeMayBeWrittenUntilItsTimeoutAndAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &timed{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequest("GET", "/metrics", http.NoBody)
		r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "120")
		newHandler(t, answering, unchanged).ServeHTTP(c, r)
		if d := time.Until(c.until); c.Code != 200 || d != 3*time.Minute {
			t.Errorf("got %d, and %v are left", c.Code, d)
		}
	})
}

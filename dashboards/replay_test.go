package dashboards

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// source is what the Prometheus of the tests scrapes.
type source struct {
	job     string
	targets []string // host:port
	// mayBeEmpty says, for the title of a panel, why its queries need not
	// return anything.
	mayBeEmpty map[string]string
}

// exporters is the one place that decides what is scraped: two replicas that
// watch the same jobs. The second was started a minute ago, with a newer
// version; it has not polled every job, and does not agree on all.
func exporters(t *testing.T) source {
	s := source{job: "cloudjob"}
	for _, file := range recordings() {
		s.targets = append(s.targets, replay(t, file, "0"))
	}
	return s
}

// shards are two exporters that divide the jobs. To what they count, it is of no
// matter that the jobs of both are called the same.
func shards(t *testing.T) source {
	return source{job: "cloudjob", targets: []string{
		replay(t, recordings()[0], "0"), replay(t, recordings()[0], "1"),
	}}
}

func recordings() []string {
	return []string{"testdata/metrics.txt", "testdata/metrics-replica.txt"}
}

// replay serves the recorded exposition of a shard as if it were taken now: timestamps keep
// their age, and counters grow from scrape to scrape, so that rates and
// quantiles have values.
func replay(t *testing.T, file, shard string) (address string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	recorded := strings.Replace(string(content), `{shard="0"`, `{shard="`+shard+`"`, 1)
	var scrapes atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		text, err := asOf(recorded, time.Now(), scrapes.Add(1))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprint(w, text)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// asOf moves the exposition to now and multiplies what accumulates by growth.
func asOf(text string, now time.Time, growth int64) (string, error) {
	m := regexp.MustCompile(`^# Taken at (\d+)\.\n`).FindStringSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("the first line does not say when it was taken")
	}
	taken, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return "", fmt.Errorf("first line: %w", err)
	}
	lines := strings.Split(text, "\n")
	accumulates := false
	for i, line := range lines {
		if kind, ok := strings.CutPrefix(line, "# TYPE "); ok {
			accumulates = strings.HasSuffix(kind, " counter") || strings.HasSuffix(kind, " histogram")
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		space := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(line[space+1:], 64)
		if err != nil {
			return "", fmt.Errorf("line %d: %w", i+1, err)
		}
		name, _, _ := strings.Cut(line[:space], "{")
		switch {
		case accumulates:
			value *= float64(growth)
		case strings.HasSuffix(name, "_timestamp_seconds"):
			value += float64(now.Unix() - taken)
		}
		lines[i] = line[:space+1] + strconv.FormatFloat(value, 'f', -1, 64)
	}
	return strings.Join(lines, "\n"), nil
}

func TestAsOf(t *testing.T) {
	const recorded = `# Taken at 1000.
# TYPE a_timestamp_seconds gauge
a_timestamp_seconds{job_id="x y"} 940
# TYPE b_total counter
b_total{code="200"} 3
# TYPE c gauge
c 5
`
	const want = `# Taken at 1000.
# TYPE a_timestamp_seconds gauge
a_timestamp_seconds{job_id="x y"} 1940
# TYPE b_total counter
b_total{code="200"} 6
# TYPE c gauge
c 5
`
	got, err := asOf(recorded, time.Unix(2000, 0), 2)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if _, err := asOf("a 1\n", time.Unix(2000, 0), 2); err == nil {
		t.Error("no error without the time at which it was taken")
	}
}

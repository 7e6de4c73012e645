//go:build e2e

package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	programs "cloudjob_exporter/e2e/process"
)

// prometheus is a real one that scrapes a source until the test ends.
type prometheus struct{ *programs.Process }

// sample is one series of an answer, with its last value.
type sample struct {
	labels map[string]string
	value  float64
}

// startPrometheus returns when each target was scraped often enough for rates.
func startPrometheus(t *testing.T, s source, flags ...string) *prometheus {
	t.Helper()
	binary := os.Getenv("PROMETHEUS")
	if binary == "" {
		var err error
		if binary, err = exec.LookPath("prometheus"); err != nil {
			t.Fatal("no prometheus in PATH, nor one that the environment variable PROMETHEUS names; " +
				"install it with apt-get install -y --no-install-recommends prometheus, " +
				"or unpack a release of github.com/prometheus/prometheus")
		}
	}
	config := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(config, scrapeConfig(s), 0o600); err != nil {
		t.Fatal(err)
	}
	flags = append(flags, "--config.file="+config, "--storage.tsdb.path="+t.TempDir())
	p := &prometheus{programs.Launch(t, binary, flags...)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(p.Log())
		}
	})
	p.awaitScrapes(t, len(s.targets))
	return p
}

func scrapeConfig(s source) []byte {
	return fmt.Appendf(nil, `
global: {scrape_interval: 500ms, scrape_timeout: 500ms}
scrape_configs:
  - job_name: %q
    static_configs:
      - targets: ["%s"]
`, s.job, strings.Join(s.targets, `", "`))
}

// awaitScrapes waits until every target was scraped three times. A Prometheus
// scrapes for the first time some 5 s after its start.
func (p *prometheus) awaitScrapes(t *testing.T, targets int) {
	t.Helper()
	programs.Eventually(t, "three scrapes of each target", func() error {
		p.MustRun()
		scraped, err := p.query(t.Context(), "sum_over_time(up[1m]) >= 3")
		if err == nil && len(scraped) != targets {
			err = fmt.Errorf("%d of %d were scraped that often", len(scraped), targets)
		}
		return err
	})
}

// query asks for the present.
func (p *prometheus) query(ctx context.Context, expr string) ([]sample, error) {
	return p.samples(ctx, "/api/v1/query", url.Values{"query": {expr}})
}

// queryRange asks for the last two seconds, as a graph does.
func (p *prometheus) queryRange(ctx context.Context, expr string) ([]sample, error) {
	now := time.Now()
	return p.samples(ctx, "/api/v1/query_range", url.Values{
		"query": {expr},
		"start": {stamp(now.Add(-2 * time.Second))},
		"end":   {stamp(now)},
		"step":  {"0.5"},
	})
}

func stamp(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64)
}

// labelValues does what label_values does in Grafana.
func (p *prometheus) labelValues(ctx context.Context, label, match string) ([]string, error) {
	var values []string
	err := p.get(ctx, "/api/v1/label/"+label+"/values", url.Values{"match[]": {match}}, &values)
	return values, err
}

// samples leaves out what is not a number: a graph does not show it.
func (p *prometheus) samples(ctx context.Context, path string, form url.Values) ([]sample, error) {
	var data struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
			Values [][2]any
		}
	}
	if err := p.get(ctx, path, form, &data); err != nil {
		return nil, err
	}
	var out []sample
	for _, r := range data.Result {
		last := r.Value
		if len(r.Values) > 0 {
			last = r.Values[len(r.Values)-1]
		}
		text, ok := last[1].(string)
		if !ok {
			return nil, fmt.Errorf("value %v is no string", last[1])
		}
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("value: %w", err)
		}
		if !math.IsNaN(value) {
			out = append(out, sample{labels: r.Metric, value: value})
		}
	}
	return out, nil
}

func (p *prometheus) get(ctx context.Context, path string, form url.Values, data any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+path+"?"+form.Encode(), nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer := struct {
		Data  any
		Error string
	}{Data: data}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %s: %w", path, resp.Status, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", path, resp.Status, answer.Error)
	}
	return nil
}

package cloud

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/config"
)

// metered makes a client of a project on a network in a function.
func metered(t *testing.T, m *Metrics, name string, network roundTrip) *Client {
	t.Helper()
	c, err := New(&config.Project{
		Name: name, ProjectID: testProject, Token: secret("MIItoken"),
		Endpoints: map[string]string{"cfw": "https://cfw.test"},
	}, Options{Timeout: time.Second, Concurrency: 1, Transport: network, Metrics: m})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// counts fails unless the series of api_requests_total are these, such as "a 2".
func counts(t *testing.T, registry *prometheus.Registry, want ...string) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range families {
		for _, m := range f.Metric {
			for _, label := range m.Label {
				if f.GetName() == "cloudjob_exporter_api_requests_total" && label.GetName() == "project" {
					got = append(got, fmt.Sprint(label.GetValue(), " ", m.Counter.GetValue()))
				}
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("calls by project: got %q, want %q", got, want)
	}
}

// TestLateCallsBringNoSeriesBack: calls of a project that was removed end after that.
func TestLateCallsBringNoSeriesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewPedanticRegistry()
		m := NewMetrics(registry)
		slow := make(chan struct{})
		slowly := func(req *http.Request) (*http.Response, error) {
			<-slow
			return says(200, "{}")(req)
		}
		a := metered(t, m, "a", says(200, "{}"))
		b := metered(t, m, "b", says(200, "{}"))
		first, second := metered(t, m, "b", slowly), metered(t, m, "b", slowly) // before and after a change of b
		for _, c := range []*Client{a, b, b} {
			want(t, get(c), "")
		}
		counts(t, registry, "a 1", "b 2")
		ended := make(chan error, 2)
		for _, c := range []*Client{first, second} {
			go func() { ended <- get(c) }()
		}
		synctest.Wait()

		m.Forget("b")
		m.Forget("never there")
		counts(t, registry, "a 1")
		again := metered(t, m, "b", says(200, "{}"))
		close(slow)
		for range 2 {
			want(t, <-ended, "")
		}
		want(t, get(b), "")
		counts(t, registry, "a 1")

		want(t, get(again), "")
		want(t, get(a), "")
		counts(t, registry, "a 2", "b 1")
	})
}

// TestCallsOfAClientThatWasReplacedCount: the project is still there.
func TestCallsOfAClientThatWasReplacedCount(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	m := NewMetrics(registry)
	before, after := metered(t, m, "a", says(200, "{}")), metered(t, m, "a", says(200, "{}"))
	want(t, get(before), "")
	want(t, get(after), "")
	counts(t, registry, "a 2")
}

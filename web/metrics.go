package web

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"cloudjob_exporter/poller"
)

// defaultBudget is how long a scrape may take that does not say how long it waits.
const defaultBudget = 10 * time.Second

// newMetrics makes the handler of the telemetry path: it polls what is due until
// the scrape's deadline, and answers with what is known by then. What the limit
// refuses is counted like every answer.
func newMetrics(o Options, limit func(http.Handler) http.Handler) http.Handler {
	return promhttp.InstrumentMetricHandler(o.Metrics, limit(newScrape(func(r *http.Request) poller.Snapshot {
		ctx, cancel := context.WithTimeout(r.Context(), budget(r, o.TimeoutOffset))
		defer cancel()
		return o.Poller.Poll(ctx)
	}, o.Poller.Delivered, o.Metrics, errorLog{o.Logger})))
}

// newLimit makes a middleware that refuses what comes while most requests are
// under way; 0: nothing is refused.
func newLimit(most int) func(http.Handler) http.Handler {
	if most <= 0 {
		most = math.MaxInt32
	}
	var underWay atomic.Int32
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer underWay.Add(-1)
			if int(underWay.Add(1)) > most {
				http.Error(w, "Too many requests at a time (--web.max-requests).", http.StatusServiceUnavailable)
				return
			}
			setWriteDeadline(w, budget(r, 0)+writeTimeout)
			next.ServeHTTP(w, r)
		})
	}
}

// budget is how long a scrape may wait for polls: its own timeout less offset,
// but no less than half of it, so that a large offset does not end all polls.
func budget(r *http.Request, offset time.Duration) time.Duration {
	seconds, err := strconv.ParseFloat(r.Header.Get("X-Prometheus-Scrape-Timeout-Seconds"), 64)
	if err != nil || !(seconds > 0 && seconds <= time.Hour.Seconds()) {
		return defaultBudget
	}
	timeout := time.Duration(seconds * float64(time.Second))
	return max(timeout-offset, timeout/2)
}

// errorLog is where it is reported what could not be gathered or written.
type errorLog struct{ log.Logger }

func (l errorLog) Println(v ...any) {
	_ = level.Error(l.Logger).Log("msg", "scrape", "err", log.Valuer(func() any { return v }))
}

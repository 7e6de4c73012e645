package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"

	"cloudjob_exporter/collector"
	"cloudjob_exporter/exposition"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
)

// Scrapes are the medians of one number of jobs.
type Scrapes struct {
	Jobs, Series int

	// Wall times of the ways to serve, plain text and gzip.
	Plain, View, Ours, Copy                 time.Duration
	PlainGzip, ViewGzip, OursGzip, CopyGzip time.Duration

	FirstGzip  time.Duration // of the writer, when nothing is kept yet
	EndedGzip  time.Duration // likewise, when one job has ended since the last scrape
	Idle       time.Duration // of the poller, when no job is due
	Text, Gzip int           // bytes
	Allocated  uint64        // bytes that a text scrape allocates
}

// measureScrapes serves the same jobs in each way, one after the other, and
// takes the medians of several rounds.
func measureScrapes(n, rounds int) Scrapes {
	ours := newPopulation(n).exporter()
	defer ours.Close()
	snapshot := ours.Snapshot()
	text := body(ours.handler, "identity")
	result := Scrapes{
		Jobs: n, Series: bytes.Count(text, []byte("\njob_")),
		Text: len(text), Gzip: len(body(ours.handler, "gzip")),
		Allocated: allocations(ours.handler),
		Idle:      medianOf(101, func() time.Duration { return timed(func() { ours.Poll(context.Background()) }) }),
	}
	ways := []http.Handler{way(newPlain(snapshot)), way(collector.Of(snapshot)), ours.handler, copyOf(text)}
	for encoding, into := range map[string][]*time.Duration{
		"identity": {&result.Plain, &result.View, &result.Ours, &result.Copy},
		"gzip":     {&result.PlainGzip, &result.ViewGzip, &result.OursGzip, &result.CopyGzip},
	} {
		times := make([][]time.Duration, len(ways))
		for range rounds {
			for i, h := range ways {
				times[i] = append(times[i], scrape(h, encoding))
			}
			for range 4 { // these two are quick, and close to each other
				times[2], times[3] = append(times[2], scrape(ways[2], encoding)), append(times[3], scrape(ways[3], encoding))
			}
		}
		for i := range ways {
			*into[i] = median(times[i])
		}
	}
	result.FirstGzip, result.EndedGzip = compressing(snapshot, 5)
	return result
}

// way is how an exporter serves a collector, beside what every exporter has.
func way(jobs prometheus.Collector) http.Handler {
	registry := newRegistry()
	registry.MustRegister(jobs)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// compressing is how long the writer takes of which nothing is kept, and after
// one job has ended.
func compressing(s poller.Snapshot, rounds int) (first, ended time.Duration) {
	var firsts, endeds []time.Duration
	var rest bytes.Buffer
	must(gzip.NewWriter(&rest).Close())
	for range rounds {
		x := exposition.New(expfmt.TypeTextPlain)
		write := func() { must(x.WriteGzip(io.Discard, s, rest.Bytes())) }
		firsts = append(firsts, timed(write))
		s = withOneEnded(s)
		endeds = append(endeds, timed(write))
	}
	return median(firsts), median(endeds)
}

// copyOf is the floor: it sends what is finished.
func copyOf(text []byte) http.Handler {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write(text)
	_ = w.Close() // a buffer takes everything
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := text
		if r.Header.Get("Accept-Encoding") == "gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			b = zipped.Bytes()
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		_, _ = w.Write(b)
	})
}

// scrape is how long a client on the loopback waits for the end of an answer,
// the first not counted: the median of as many as fit in a second, up to nine.
// It does not decompress.
func scrape(h http.Handler, encoding string) time.Duration {
	server := httptest.NewServer(h)
	defer server.Close()
	client := server.Client()
	runtime.GC()
	get(client, server.URL+"/metrics", encoding)
	var times []time.Duration
	for began := time.Now(); len(times) == 0 || len(times) < 9 && time.Since(began) < time.Second; {
		times = append(times, timed(func() { get(client, server.URL+"/metrics", encoding) }))
	}
	return median(times)
}

func get(client *http.Client, url, encoding string) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	must(err)
	req.Header.Set("Accept-Encoding", encoding)
	resp, err := client.Do(req)
	must(err)
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	must(err)
	if resp.StatusCode != http.StatusOK {
		must(fmt.Errorf("%s: %s", url, resp.Status))
	}
}

// body is what a handler answers.
func body(h http.Handler, encoding string) []byte {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", http.NoBody)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.Bytes()
}

// withOneEnded is a snapshot in which one more job has ended.
func withOneEnded(s poller.Snapshot) poller.Snapshot {
	jobs := slices.Clone(s.Jobs())
	for i, state := range jobs {
		if !state.Final() {
			jobs[i] = state.Answered(job.Report{Status: job.Success, End: time.Now()}, time.Now())
			break
		}
	}
	return poller.NewSnapshot(s.MaxStale, jobs...)
}

// discard is a client that takes everything.
type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) WriteHeader(int)             {}
func (discard) Write(b []byte) (int, error) { return len(b), nil }

// allocations is how many bytes the second text scrape of two allocates.
func allocations(h http.Handler) uint64 {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", http.NoBody)
	h.ServeHTTP(discard{http.Header{}}, r)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	h.ServeHTTP(discard{http.Header{}}, r)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// exponent is that of the growth of a way, "Text" or "Gzip", from the first
// size to the last.
func exponent(all []Scrapes, way string) float64 {
	of := func(s Scrapes) float64 {
		if way == "Gzip" {
			return float64(s.OursGzip)
		}
		return float64(s.Ours)
	}
	first, last := all[0], all[len(all)-1]
	return math.Log(of(last)/of(first)) / math.Log(float64(last.Jobs)/float64(first.Jobs))
}

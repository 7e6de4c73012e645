// Command bench measures what docs/performance.md tells, and prints that file.
// It needs some minutes, and a machine that does nothing else.
package main

import (
	_ "embed"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
)

//go:embed performance.md.tmpl
var page string

// results are everything that is measured.
type results struct {
	Date, Go, CPU, Load string
	Cores               int
	Scrapes             []Scrapes
	Fills               []Fill
	Changes             []Changes
	Loads               []Loads
	Listings            []Listings
	Program             Program
	Ours, Theirs        Round
}

func main() {
	scratch, err := os.MkdirTemp("", "bench")
	must(err)
	defer func() { must(os.RemoveAll(scratch)) }()
	r := results{
		Date: time.Now().UTC().Format(time.DateOnly), Go: runtime.Version(), Cores: runtime.NumCPU(),
		CPU: lineOf("/proc/cpuinfo", "model name"), Load: strings.Join(strings.Fields(read("/proc/loadavg"))[:3], ", "),
	}
	for _, jobs := range []int{1_000, 10_000, 100_000} {
		step("one job more than %d", jobs)
		r.Changes = append(r.Changes, measureChanges(jobs, 15))
	}
	for _, jobs := range []int{100_000, 1_000_000} {
		step("a start with %d jobs", jobs)
		r.Loads = append(r.Loads, measureLoad(jobs))
	}
	for _, jobs := range []int{100, 1_000, 10_000} {
		step("calls for %d jobs", jobs)
		r.Listings = append(r.Listings, measureListing(jobs))
	}
	step("the program")
	r.Program = measureProgram(scratch)
	step("json_exporter")
	r.Ours, r.Theirs = measureRival(scratch)
	for _, latency := range []time.Duration{100 * time.Millisecond, 20 * time.Millisecond} {
		for _, concurrency := range []int{50, 200} {
			step("a first fill at %v, %d at once", latency, concurrency)
			r.Fills = append(r.Fills, measureFill(latency, concurrency, 3))
		}
	}
	for jobs, rounds := range map[int]int{1_000: 9, 10_000: 5, 100_000: 3} {
		step("scrapes of %d jobs", jobs)
		r.Scrapes = append(r.Scrapes, measureScrapes(jobs, rounds))
	}
	slices.SortFunc(r.Scrapes, func(a, b Scrapes) int { return a.Jobs - b.Jobs })
	must(template.Must(template.New("").Funcs(functions()).Parse(page)).Execute(os.Stdout, r))
}

func functions() template.FuncMap {
	return template.FuncMap{
		"ms":    milliseconds,
		"us":    func(d time.Duration) string { return fmt.Sprintf("%.2g", d.Seconds()*1e6) },
		"s":     func(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) },
		"mib":   func(bytes int) string { return fmt.Sprintf("%.1f", float64(bytes)/(1<<20)) },
		"mb":    func(bytes any) string { return fmt.Sprintf("%.2f", number(bytes)/1e6) },
		"div":   func(a, b time.Duration) string { return fmt.Sprintf("%.1f", float64(a)/float64(b)) },
		"ratio": func(a, b time.Duration) string { return fmt.Sprintf("%.3f", float64(a)/float64(b)) },
		"kibPerJob": func(full, empty int) string {
			return fmt.Sprintf("%.2f", float64(full-empty)/(1<<10)/100_000)
		},
		"pages":      func(jobs int) int { return (jobs + 199) / 200 },
		"targets":    func() []string { return []string{"1.05", "1.10", "1.15", "1.35"} },
		"rival":      func() string { return rivalVersion },
		"rivalIdeal": func() time.Duration { return rivalLatency * rivalJobs / rivalAtOnce },
		"growth": func(all []Changes, what string) string {
			return fmt.Sprintf("%.2f", growth(all, map[string]func(Changes) time.Duration{
				"file":       func(c Changes) time.Duration { return c.File.Until },
				"fileCPU":    func(c Changes) time.Duration { return c.File.CPU },
				"listing":    func(c Changes) time.Duration { return c.Listing.Until },
				"listingCPU": func(c Changes) time.Duration { return c.Listing.CPU },
				"lock":       func(c Changes) time.Duration { return c.Lock },
			}[what]))
		},
		"perJob":   func(l Loads) string { return fmt.Sprintf("%.2f", float64(l.Live)/(1<<10)/float64(l.Jobs)) },
		"exponent": func(all []Scrapes, field string) string { return fmt.Sprintf("%.2f", exponent(all, field)) },
	}
}

// milliseconds gives three digits or all before the point.
func milliseconds(d time.Duration) string {
	if d >= 100*time.Millisecond {
		return strconv.FormatInt(d.Milliseconds(), 10)
	}
	return strconv.FormatFloat(d.Seconds()*1e3, 'g', 3, 64)
}

func number(v any) float64 {
	switch v := v.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	}
	return 0
}

// step tells on standard error what takes so long.
func step(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

// must ends the program on an error: there is nothing to measure then.
func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func read(path string) string {
	text, err := os.ReadFile(path)
	must(err)
	return string(text)
}

// lineOf is the value of the first line of a file that begins with a key.
func lineOf(path, key string) string {
	for line := range strings.Lines(read(path)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func medianOf(rounds int, f func() time.Duration) time.Duration {
	times := make([]time.Duration, rounds)
	for i := range times {
		times[i] = f()
	}
	return median(times)
}

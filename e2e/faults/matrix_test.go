package faults

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudjob_exporter/simulator"
)

var services = []simulator.Service{simulator.ServiceIAM, simulator.ServiceCFW, simulator.ServiceELB}

// storage is no service of the cloud, but fails, too.
const storage simulator.Service = "storage"

// lasting is how long a fault lasts at least: long enough for max_stale to pass
// after the last answer before it.
const lasting = maxStale + 3*time.Second

// row is one fault of one service.
type row struct {
	service simulator.Service
	fault
	reason string // of job_poll_error; empty if the fault is not noticed
	course
}

// course is what comes of a fault.
type course struct {
	status   statusCourse
	calls    int // of the service, at most, while the fault lasts
	lines    int // of the log, likewise
	recovery recovery
}

// statusCourse is what becomes of the status of jobs that run. The document
// says what the words mean.
type statusCourse string

const (
	keptThenUnknown statusCourse = "kept, then unknown"
	lost            statusCourse = "unknown"
	flickers        statusCourse = "kept"
	unnoticed       statusCourse = "up to date"
)

// recovery is when polls succeed again after the end of the fault.
type recovery struct {
	text   string // for the table
	within time.Duration
}

// slack is what a busy machine may take longer.
const slack = 10 * time.Second

var (
	nextPoll   = recovery{"next poll", interval}
	afterPause = recovery{"after the pause", 12 * time.Second}
	rarely     = recovery{"next poll, within 10 intervals", 10 * interval}
	aMinute    = recovery{"within 1 min", time.Minute}
	atReload   = recovery{"reload", interval}
	fiveMin    = recovery{"after 5 min, or reload", interval}
	never      = recovery{"–", interval}
)

// affected are the services whose jobs cannot be polled because of the row.
func (r row) affected() []simulator.Service {
	if r.service == simulator.ServiceIAM || r.everywhere {
		return []simulator.Service{simulator.ServiceCFW, simulator.ServiceELB}
	}
	return []simulator.Service{r.service}
}

func TestFaultMatrix(t *testing.T) {
	var passed []bool
	rows := matrix()
	t.Run("rows", func(t *testing.T) {
		passed = make([]bool, len(rows))
		for _, i := range longestFirst(rows) {
			r := rows[i]
			t.Run(fmt.Sprintf("%s/%s", r.service, r.name), func(t *testing.T) {
				t.Parallel()
				r.run(t)
				passed[i] = !t.Failed()
			})
		}
	})
	if !slices.Contains(passed, false) { // not if only some were asked for
		checkDocument(t, rows)
	}
}

// longestFirst returns the indices of the rows in an order in which none that
// takes a minute begins when all others have ended.
func longestFirst(rows []row) []int {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rows[b].recovery.within, rows[a].recovery.within) })
	return order
}

// run lets a fault come and go, and scrapes all the while.
func (r row) run(t *testing.T) {
	var front *tlsFront
	if r.overTLS {
		front = newTLSFront(t, r.service)
	}
	w := newWorld(t, r.fault, front)
	o := &observer{world: w, row: r}
	o.settle()

	before, lines := w.scrape(), strings.Count(w.exporter.Log(), "\n")
	end := r.begin(&situation{w, r.service, front})
	if r.service == simulator.ServiceIAM && !r.keepTokens {
		w.RevokeTokens() // who has a good token does not log in
	}
	o.during(time.Now())
	after := w.scrape()
	o.bounded("calls of "+string(r.service), after.calls[string(r.service)]-before.calls[string(r.service)], r.calls)
	o.bounded("lines of the log", strings.Count(w.exporter.Log(), "\n")-lines, r.lines)

	end()
	o.await("recovery", r.recovery.within+slack, func(s scrape) bool { return o.well(s) })
	for _, secret := range []string{password, secretKey, tokenPrefix} {
		if strings.Contains(w.exporter.Log(), secret) {
			t.Error("a secret is in the log")
		}
	}
}

// observer scrapes, and holds what it sees to what the row expects.
type observer struct {
	*world
	row
	marked, unknown bool // seen so far
}

// bounded checks a number.
func (o *observer) bounded(what string, n, limit int) {
	o.t.Helper()
	if n > limit {
		o.t.Errorf("%d %s, more than %d:\n%s", n, what, limit, o.exporter.Log())
	}
}

// every is how long to wait between scrapes.
const every = 400 * time.Millisecond

// settle scrapes until all is well. On a busy machine, a first login may take
// longer than a poll may, and the next one is a minute later.
func (o *observer) settle() {
	o.t.Helper()
	for begin := time.Now(); ; <-time.After(every) {
		s := o.scrape()
		if o.well(s) {
			return
		}
		if time.Since(begin) > aMinute.within+slack {
			o.t.Fatalf("waited for all to be well: %v\n%s", s.jobs, o.exporter.Log())
		}
	}
}

// await scrapes until what is seen is as wanted.
func (o *observer) await(what string, limit time.Duration, wanted func(scrape) bool) {
	o.t.Helper()
	for begin := time.Now(); ; <-time.After(every) {
		s := o.scrape()
		o.check(s)
		if wanted(s) {
			return
		}
		if time.Since(begin) > limit {
			o.t.Fatalf("waited %v for %s: %v\n%s", limit, what, s.jobs, o.exporter.Log())
		}
	}
}

// during watches the fault until it has shown everything that it should.
func (o *observer) during(begin time.Time) {
	o.t.Helper()
	o.await("the course of the fault", lasting+slack, func(s scrape) bool {
		for _, j := range jobsOf(o.affected()) {
			v := s.jobs[j.ID]
			o.marked = o.marked || v.reason != "" && v.status == "running"
			o.unknown = o.unknown || v.status == "unknown"
		}
		return time.Since(begin) > lasting && o.complete(s)
	})
	if want := o.status == keptThenUnknown || o.status == flickers; o.marked != want {
		o.t.Errorf("a status that was marked as old was seen: %v, want %v\n%s", o.marked, want, o.exporter.Log())
	}
	if want := o.status == keptThenUnknown || o.status == lost; o.unknown != want {
		o.t.Errorf("a status that became unknown was seen: %v, want %v\n%s", o.unknown, want, o.exporter.Log())
	}
}

// complete reports whether all affected jobs are where the fault leads.
func (o *observer) complete(s scrape) bool {
	for _, j := range jobsOf(o.affected()) {
		if v := s.jobs[j.ID]; !final(j) && (o.status == keptThenUnknown || o.status == lost) && v.status != "unknown" {
			return false
		}
	}
	return true
}

// well reports whether all jobs are known, and answered for.
func (o *observer) well(s scrape) bool {
	for _, j := range watched {
		v := s.jobs[j.ID]
		if !v.up || final(j) != (v.status == "success") || !final(j) && v.status != "running" {
			return false
		}
	}
	return true
}

// check holds one scrape to what must be true at any time.
func (o *observer) check(s scrape) {
	o.t.Helper()
	for _, j := range watched {
		v := s.jobs[j.ID]
		if v.answered.IsZero() && v.status == "unknown" && v.reason == "" {
			continue // not asked yet
		}
		if final(j) {
			if v != (seen{status: "success", up: true}) {
				o.t.Errorf("the final job %s shows %+v", j.ID, v)
			}
			continue
		}
		switch affected := slices.Contains(o.affected(), j.API.Service()); {
		case !affected && (!v.up || v.status != "running"):
			o.t.Errorf("%s, which nothing is wrong with, shows %+v", j.ID, v)
		case v.reason != "" && v.reason != o.reason:
			o.t.Errorf("the reason at %s is %s, want %s\n%s", j.ID, v.reason, o.reason, o.exporter.Log())
		case o.status == lost && v.reason != "":
			o.is(j, v, "unknown")
		case s.end.Sub(v.answered) < o.maxStale()-inexact:
			o.is(j, v, "running")
		case s.begin.Sub(v.answered) > o.maxStale()+inexact:
			o.is(j, v, "unknown")
		}
	}
}

// inexact is what is lost where times are shown in milliseconds.
const inexact = 5 * time.Millisecond

func (o *observer) is(j simulator.Job, v seen, want string) {
	o.t.Helper()
	if v.status != want {
		o.t.Errorf("%s is %s, want %s; the cloud answered %v ago", j.ID, v.status, want, time.Since(v.answered))
	}
}

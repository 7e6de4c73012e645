package faults

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"cloudjob_exporter/simulator"
)

// played is a fault that the simulated service plays itself.
func played(name string, f simulator.Fault) fault {
	return fault{name: name, begin: func(s *situation) func() {
		f.Service = s.service
		return s.Inject(f)
	}}
}

// deliveryRows are answers that do not come as they should.
func deliveryRows() []row {
	var rows []row
	add := func(more []row) { rows = append(rows, more...) }
	add(played("hang before the header", simulator.Fault{Delivery: simulator.Hang}).by("timeout", plain))
	add(played("hang in the body", simulator.Fault{Delivery: simulator.HangInBody}).by("timeout", plain))
	add(played("body of 1 byte a second", simulator.Fault{Delivery: simulator.Drip}).by("timeout", plain))
	add(played("body cut", simulator.Fault{Delivery: simulator.Cut}).by("network", plain))
	add(played("Content-Length too short", simulator.Fault{Delivery: simulator.ShortLength}).by("bad_response", plain))
	add(played("Content-Length too long", simulator.Fault{Delivery: simulator.LongLength}).by("network", plain))
	add(played("gzip bomb of 100 MiB", simulator.Fault{Size: 100 << 20, Gzip: true}).by("bad_response", plain))
	add(played("body of 3 MiB", simulator.Fault{Size: 3 << 20}).by("bad_response", plain))
	return rows
}

// bodies are what the services answer with 200 (IAM: 201).
type bodies struct{ iam, cfw, elbV1, elbV3 string }

// saying is the fault that a service answers with a body of this kind.
func saying(name string, b bodies) fault {
	return fault{name: name, begin: func(s *situation) func() {
		if s.service == simulator.ServiceIAM {
			return s.Inject(simulator.Fault{Service: s.service, Body: []byte(b.iam)})
		}
		var removes []func()
		for _, j := range jobsOf([]simulator.Service{s.service}) {
			body := map[simulator.API]string{simulator.CFW: b.cfw, simulator.ELBv1: b.elbV1, simulator.ELBv3: b.elbV3}[j.API]
			removes = append(removes, s.Inject(simulator.Fault{Service: s.service, JobID: j.ID, Body: []byte(body)}))
		}
		return func() {
			for _, remove := range removes {
				remove()
			}
		}
	}}
}

// bodyRows are answers that come as they should, but say something else.
func bodyRows() []row {
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	const soon = `"2099-01-01T00:00:00.000000Z"`
	var rows []row
	add := func(more []row) { rows = append(rows, more...) }
	add(saying("JSON of 10,000 levels", bodies{
		iam:   fmt.Sprintf(`{"token": {"expires_at": %s, "x": %s}}`, soon, deep),
		cfw:   fmt.Sprintf(`{"data": {"status": "Success", "x": %s}}`, deep),
		elbV1: fmt.Sprintf(`{"status": "SUCCESS", "x": %s}`, deep),
		elbV3: fmt.Sprintf(`{"job": {"status": "SUCCESS", "x": %s}}`, deep),
	}).by("bad_response", plain))
	add(saying("wrong types", bodies{
		iam:   `{"token": {"expires_at": 5}}`,
		cfw:   `{"data": {"status": ["Success"], "id": 7}}`,
		elbV1: `{"status": 5, "job_id": {}}`,
		elbV3: `{"job": {"status": true}}`,
	}).by("bad_response", plain))
	// Of a token, only the text counts, and that is no part of the body.
	add(saying("duplicate keys", bodies{
		iam:   `{"token": {"expires_at": ` + soon + `, "expires_at": "1999-01-01T00:00:00.000000Z"}}`,
		cfw:   `{"data": {"status": "Running", "status": "Success"}}`,
		elbV1: `{"status": "RUNNING", "status": "SUCCESS"}`,
		elbV3: `{"job": {"status": "RUNNING"}, "job": {"status": "SUCCESS"}}`,
	}).each(outcome{"", unseen}, outcome{"bad_response", plain}, outcome{"bad_response", plain}))
	add(fault{name: "200 with a web page", begin: func(s *situation) func() {
		return s.Inject(simulator.Page(s.service, 200))
	}}.by("bad_response", plain))
	add(fault{name: "redirect to another host", begin: redirect}.by("bad_response", plain))
	return rows
}

// redirect sends the exporter to another host, where it must not be seen.
func redirect(s *situation) func() {
	var visits atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	remove := s.Inject(simulator.Redirect(s.service, elsewhere.URL))
	return func() {
		remove()
		elsewhere.Close()
		if n := visits.Load(); n > 0 {
			s.t.Errorf("%d redirects were followed", n)
		}
	}
}

// statusRows are answers with an HTTP status that says no.
func statusRows() []row {
	var rows []row
	for _, a := range []struct {
		status int
		reason string
		course course
	}{
		{400, "bad_response", plain},
		{401, "auth", refused},
		{403, "forbidden", plain},
		{404, "not_found", missed},
		{405, "bad_response", plain},
		{406, "bad_response", plain},
		{407, "network", plain},
		{408, "timeout", plain},
		{409, "bad_response", plain},
		{429, "rate_limited", paused},
		{500, "server_error", plain},
		{501, "server_error", plain},
		{502, "server_error", plain},
		{503, "server_error", paused},
		{504, "server_error", plain},
	} {
		f := played(fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), simulator.Fault{Status: a.status})
		iam := a.reason
		if a.status == 404 {
			iam = "not_published" // what is not there is no job
		}
		rows = append(rows, f.each(outcome{iam, login}, outcome{a.reason, a.course}, outcome{a.reason, a.course})...)
	}
	hour := course{keptThenUnknown, 2, 4, fiveMin}
	heldBack := course{keptThenUnknown, 1, 6, fiveMin}
	rows = append(rows, fault{name: "429 with Retry-After: 3600", begin: throttle}.each(
		outcome{"rate_limited", heldBack}, outcome{"rate_limited", hour}, outcome{"rate_limited", hour})...)
	flapping := course{flickers, 20, 24, nextPoll}
	rows = append(rows, fault{name: "every other call fails", begin: flap}.each(
		outcome{"server_error", login}, outcome{"server_error", flapping}, outcome{"server_error", flapping})...)
	return rows
}

// throttle lets the service ask for an hour without calls. It ends with a
// reload that changes how the project is called, for who does not want to wait.
func throttle(s *situation) func() {
	remove := s.Inject(simulator.Throttle(s.service, "3600"))
	return func() {
		remove()
		s.timeout += s.timeout / 10
		s.reload()
	}
}

// flap lets every other call about each job fail; with IAM, one login of two.
func flap(s *situation) func() {
	fail := simulator.Fault{Service: s.service, Times: 1, Status: 500}
	if s.service == simulator.ServiceIAM {
		return s.Inject(fail)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		s.flap(fail, stop)
	}()
	return func() {
		close(stop)
		<-stopped
		s.ClearFaults()
	}
}

// flap injects a fault for each job of its service whenever the one before has
// hit, and a call without a fault has followed.
func (w *world) flap(f simulator.Fault, stop <-chan struct{}) {
	next := map[string]int{} // calls after which the next fault is injected, by job
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		for _, j := range jobsOf([]simulator.Service{f.Service}) {
			calls := w.JobCalls(f.Service, j.ID)
			if _, known := next[j.ID]; known && calls < next[j.ID] || final(j) {
				continue
			}
			next[j.ID] = calls + 2
			f.JobID = j.ID
			w.Inject(f)
		}
	}
}

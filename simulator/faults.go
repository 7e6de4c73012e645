package simulator

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Delivery is how an answer reaches the client.
type Delivery int

// The ways.
const (
	Whole       Delivery = iota
	Hang                 // nothing comes until the client goes away or the cloud is closed
	HangInBody           // half of the body comes, and then nothing, until then
	Drip                 // one byte of the body a second
	Cut                  // half of the body comes, and then the connection ends
	ShortLength          // Content-Length is half of what it should be, and so much comes
	LongLength           // Content-Length is twice what it should be
	Reset                // the connection is reset before anything comes
)

// Fault is something that goes wrong. It says which calls it hits, and what
// becomes of their answers. The zero value hits every call and does nothing.
type Fault struct {
	Service Service // empty: every service
	JobID   string  // empty: every call, also those that are not about one job
	Times   int     // how many calls are hit; 0: all, until the fault is removed

	Latency time.Duration // passes before anything else happens
	Skew    time.Duration // how far the service's clock is ahead, where it judges and gives out credentials

	// With a Status, the answer is Status, Header and Body, whoever asks. With
	// a Body alone, that takes the place of what those would have got who
	// prove who they are; so fixtures are served, also for unknown jobs.
	Status int
	Header http.Header
	Body   []byte

	Size     int  // the body is filled up with spaces to this many bytes
	Gzip     bool // the body is compressed, whether the client accepts that or not; with a large Size it is a bomb
	Delivery Delivery
}

// Redirect is the fault that a service answers 302 with this address.
func Redirect(s Service, location string) Fault {
	return Fault{Service: s, Status: http.StatusFound, Header: http.Header{"Location": {location}}}
}

// Throttle is the fault that a service answers 429 as the API gateway does.
// RetryAfter, in seconds or as a date, is left out if it is empty.
func Throttle(s Service, retryAfter string) Fault {
	a := gatewayError(http.StatusTooManyRequests, "APIG.0308",
		"The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 second")
	if retryAfter != "" {
		a.Header.Set("Retry-After", retryAfter)
	}
	return Fault{Service: s, Status: a.Status, Header: a.Header, Body: a.Body}
}

// Page is the fault that a service answers with a web page, as a proxy does.
func Page(s Service, status int) Fault {
	return Fault{
		Service: s, Status: status,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body:   []byte("<!DOCTYPE html>\n<html><head><title>Gateway</title></head><body><h1>It works!</h1></body></html>\n"),
	}
}

// answer gives the fault's own answer, or makes the true one and changes it.
func (f *Fault) answer(truth func() Answer) Answer {
	if f.Status != 0 {
		return Answer{Status: f.Status, Header: f.Header, Body: f.Body}
	}
	a := truth()
	if f.Body == nil || a.refused || a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden {
		return a
	}
	a.Body = f.Body
	if a.Status >= http.StatusBadRequest {
		a.Status = http.StatusOK
	}
	if f.Header != nil {
		a.Header = f.Header
	}
	return a
}

type faultList struct {
	mu     sync.Mutex
	active []*Fault
}

// Inject lets something go wrong from now on, until remove is called. Of the
// faults that hit a call, the one injected last counts.
func (c *Cloud) Inject(f Fault) (remove func()) {
	l, p := c.faults, &f
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active = append(l.active, p)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.drop(p)
	}
}

// ClearFaults removes all faults. Calls that one holds back stay so.
func (c *Cloud) ClearFaults() {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	c.faults.active = nil
}

// take gives the fault that hits a call, the zero Fault if none does.
func (l *faultList) take(k call) Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range slices.Backward(l.active) {
		if f.Service != "" && f.Service != k.service || f.JobID != "" && f.JobID != k.jobID {
			continue
		}
		hit := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				l.drop(f)
			}
		}
		return hit
	}
	return Fault{}
}

func (l *faultList) drop(f *Fault) {
	l.active = slices.DeleteFunc(l.active, func(o *Fault) bool { return o == f })
}

package cloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"cloudjob_exporter/job"
)

// Error says why a call gave no usable answer. No secret is in its text.
type Error struct {
	Reason     job.Reason
	Service    string // "iam", or the provider whose API was called
	StatusCode int    // HTTP; 0 if there was no answer
	Code       string // the API's own error code, e.g. "APIG.0308"; empty if it gave none that can be shown
	Message    string // the API's own words, shortened; empty if it gave none that can be shown
	// RetryAfter is how long this service is not to be called again; 0 if the
	// cloud did not say and no login is held back.
	RetryAfter time.Duration
	Err        error // the cause, if it lies on this side

	fromService bool // the response is that of a service, not of something in front of it
	// rawCode returns the code as it came, if Code is another one: a function, which
	// fmt cannot look into.
	rawCode func() string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Service)
	if e.StatusCode != 0 {
		fmt.Fprintf(&b, " answered %d", e.StatusCode)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " (%s)", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Overloaded reports whether the service asked to be left alone: 429, 503, or a
// throttling code of the gateway.
func (e *Error) Overloaded() bool {
	return e.Reason == job.RateLimited || e.StatusCode == http.StatusTooManyRequests || e.StatusCode == http.StatusServiceUnavailable
}

// retryIn is the same error with another RetryAfter.
func (e *Error) retryIn(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// heldBack is the error of a call that is not made because one was refused.
func heldBack(refusal error, wait time.Duration) error { return AsError("", refusal).retryIn(wait) }

// code is the API's own error code as it came.
func (e *Error) code() string {
	if e.rawCode != nil {
		return e.rawCode()
	}
	return e.Code
}

// ByCode returns the error with the reason that its code has in a table of the
// service's own, or e if it has none there. A code that is in a table is shown as it is.
func (e *Error) ByCode(reasons map[string]job.Reason) *Error {
	code := e.code()
	r, ok := reasons[code]
	if !ok {
		return e
	}
	c := *e
	c.Reason, c.Code, c.rawCode = r, code, nil
	return &c
}

// AsError gives every error a reason. It does not hide that a caller gave up:
// errors.Is(err, context.Canceled) still holds.
func AsError(service string, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Reason: reasonOf(err), Service: service, Err: err}
}

// reasonOf classifies an error that is not an answer.
func reasonOf(err error) job.Reason {
	var netErr net.Error
	switch {
	case errors.Is(err, errTooLarge):
		return job.BadResponse
	case errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &netErr) && netErr.Timeout():
		return job.Timeout
	}
	return job.Network
}

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
	"unicode"

	"cloudjob_exporter/job"
)

// Error says why a call gave no usable answer. No secret is in its text.
type Error struct {
	Reason     job.Reason
	Service    string // "iam", or the provider whose API was called
	StatusCode int    // HTTP; 0 if there was no answer
	Code       string // the API's own error code, e.g. "APIG.0308"; empty if it gave none
	Message    string // the API's own words, shortened
	// RetryAfter is how long this service is not to be called again; 0 if the
	// cloud did not say and no login is held back.
	RetryAfter time.Duration
	Err        error // the cause, if it lies on this side

	fromService bool // the response is that of a service, not of something in front of it
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

// Overloaded tells whether the service asked to be left alone: 429, 503, or a
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

const (
	maxMessage = 200 // runes of an API's message that are kept
	maxCause   = 500 // runes of the text of a cause, which may quote what a server sent
)

// cause is an error of the network in words that are fit for a log line.
type cause struct {
	error
	text string
}

func (c cause) Error() string { return c.text }
func (c cause) Unwrap() error { return c.error }

// told keeps out of an error's text what a broken answer may have put into it.
func told(err error, secrets []string) error {
	return cause{err, shown(err.Error(), maxCause, secrets)}
}

// clean makes a text of others fit for a log line: short, without the secrets
// that the call carried, and without what is not seen on a page, such as control
// characters and those that turn the direction of writing.
func clean(s string, secrets ...string) string { return shown(s, maxMessage, secrets) }

func shown(s string, runes int, secrets []string) string {
	for _, secret := range longestFirst(secrets) {
		s = strings.ReplaceAll(s, secret, hidden)
	}
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "�"), func(r rune) bool {
		return r == ' ' || !unicode.IsPrint(r)
	}), " ")
	if r := []rune(s); len(r) > runes {
		s = string(r[:runes]) + "…"
	}
	return s
}

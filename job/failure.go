package job

import (
	"errors"
	"time"
)

// MaxPause is the longest time for which calls to an endpoint stop because it asked
// for that.
const MaxPause = 5 * time.Minute

// Failure is why a cloud gave no usable answer about a job, or to a listing.
type Failure struct { //nolint:errname // it is what happened to a poll, and an error besides
	Reason Reason
	Code   string // the API's own error code; empty if it gave none
	// RetryAfter is how long the endpoint is not to be called again; 0 if nobody
	// said.
	RetryAfter time.Duration
	Overloaded bool  // the endpoint asked to be left alone, for RetryAfter or a while
	Err        error // for the log
}

// Error is the text of the cause.
func (f *Failure) Error() string {
	if f.Err == nil {
		return string(f.Reason)
	}
	return f.Err.Error()
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Pauses reports whether calls to the endpoint have to stop for a while.
func (f *Failure) Pauses() bool {
	return f.RetryAfter > 0 || f.Overloaded || f.Reason == RateLimited
}

// AsFailure returns the Failure in err. What is none counts as a problem of the
// network: no answer came.
func AsFailure(err error) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	return &Failure{Reason: Network, Err: err}
}

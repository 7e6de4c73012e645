package cloud

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"cloudjob_exporter/job"
)

// verdict is what the outcome of a call says about the credential.
type verdict uint8

const (
	undecided  verdict = iota // nothing: it was not looked at, or the call did not arrive
	accepted                  // the response came from behind the authentication
	refused                   // it is wrong, or was withdrawn
	unanswered                // nothing yet: the call may have arrived, and had no response
)

// verdictOf judges a call to a service by its error, nil for a 200 that is what the
// API documents. A proxy, a load balancer or the gateway may answer with 407, 429, 502
// or 503 before, or without, looking at the credential; a captive portal or an ingress
// answers with a page, or with JSON of its own.
func verdictOf(err error) verdict {
	if err == nil {
		return accepted
	}
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return undecided
	case e.StatusCode == http.StatusUnauthorized, e.StatusCode != 0 && e.Reason == job.Auth:
		return refused
	case e.StatusCode == 0 && (e.Reason == job.Timeout || errors.Is(err, context.Canceled)):
		return unanswered
	case e.fromService:
		return accepted
	}
	return undecided
}

// serviceCode is how services name an error: CFW.00200005, ELB.8904, Common.0011,
// SFS.TURBO.0019, and 111400070 of DCS.
var serviceCode = regexp.MustCompile(`^(?:[A-Za-z]+(?:\.[A-Za-z]+)*\.\d{4,}|\d{9})$`)

// fromService reports whether an error response was written by a service, which a
// request reaches only with a good credential: its code is that of a service, and not
// of the gateway or IAM in front of it, but for the one by which the gateway refuses a
// user that it knows ("Error Codes" of API Gateway).
func fromService(e *Error) bool {
	switch {
	case e.StatusCode < http.StatusBadRequest || e.StatusCode >= http.StatusInternalServerError, e.Overloaded():
		return false
	case e.code() == "APIG.0302":
		return true
	}
	family, _, _ := strings.Cut(e.code(), ".")
	return serviceCode.MatchString(e.code()) && !slices.Contains([]string{"APIG", "APIGW", "IAM"}, family)
}

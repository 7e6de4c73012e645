package cloud

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"cloudjob_exporter/cloud/gate"
	"cloudjob_exporter/job"
)

// verdictOf judges a call to a service by its error, nil for a 200 that is what the
// API documents. A proxy, a load balancer or the gateway may answer with 407, 429, 502
// or 503 before, or without, looking at the credential; a captive portal or an ingress
// answers with a page, or with JSON of its own.
func verdictOf(err error) gate.Verdict {
	if err == nil {
		return gate.Accepted
	}
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return gate.Undecided
	case e.StatusCode == http.StatusUnauthorized, e.StatusCode != 0 && e.Reason == job.Auth:
		return gate.Refused
	case e.StatusCode == 0 && (e.Reason == job.Timeout || errors.Is(err, context.Canceled)):
		return gate.Unanswered
	case e.fromService:
		return gate.Accepted
	}
	return gate.Undecided
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

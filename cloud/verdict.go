package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
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

// verdictOf judges a call to a service by the body of its 200, or by its error.
// A proxy, a load balancer or the gateway may answer with 407, 429, 502 or 503
// before, or without, looking at the credential; a captive portal answers with a
// page.
func verdictOf(body []byte, err error) verdict {
	if err == nil {
		if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
			return accepted
		}
		return undecided
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

// fromService reports whether an error response was written by a service, which
// a request reaches only with a good credential: it has the error body of an API,
// and is about the request.
func fromService(e *Error, body []byte) bool {
	switch e.Reason {
	case job.Forbidden, job.NotFound:
	case job.BadResponse:
		if e.StatusCode < http.StatusBadRequest || strings.HasPrefix(e.Code, "APIG") {
			return false // a redirect, or a gateway that did not like the request
		}
	default:
		return false
	}
	var object map[string]any
	return json.Unmarshal(body, &object) == nil && e.Code+e.Message != ""
}

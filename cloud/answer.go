package cloud

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloudjob_exporter/cloud/sanitize"
	"cloudjob_exporter/job"
)

// answerError turns an answer other than 200 into an error. Its reason is that of the
// code as it came; of code and message it shows what holds no secret of the call.
func answerError(service string, resp *http.Response, body []byte, secrets ...string) *Error {
	e := &Error{Service: service, StatusCode: resp.StatusCode, Reason: statusReason(resp.StatusCode)}
	var code, message string
	var object map[string]any
	if json.Unmarshal(body, &object) == nil {
		code, message = ErrorIn(object)
	}
	r, known := CodeReason(code)
	if known {
		e.Reason = r
	}
	e.Code = code
	if !known {
		e.Code = sanitize.Code(code, secrets...)
	}
	if e.Code != code {
		e.rawCode = func() string { return code }
	}
	e.Message = sanitize.Message(message, secrets...)
	if service == serviceIAM && e.Reason == job.Auth {
		e.Message = refusalMessage(code, message, e.Message)
	}
	if isPage(body) {
		e.Message = "a web page instead of an answer"
		if resp.StatusCode == http.StatusNotFound {
			e.Reason = job.NotPublished // no job API answers in HTML: this is another server
		}
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		e.Message = "a redirect, which is not followed"
	}
	if e.Overloaded() {
		e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	}
	return e
}

// refusals are our words for the codes with which IAM refuses a login. Its own say
// "password", and that may be the password.
var refusals = map[string]string{
	"IAM.0061": "the account is locked after too many failed logins",
	"IAM.0062": "wrong user name or password",
	"IAM.0066": "the token has expired",
	"IAM.0067": "the token is not valid",
}

// knownRefusals are what IAM and Keystone are known to say to any login that they
// refuse, whatever was sent.
var knownRefusals = []string{
	"The username or password is wrong.",
	"The request you have made requires authentication.",
}

// refusalMessage is why IAM refused a login. sanitized is the message without secrets.
func refusalMessage(code, message, sanitized string) string {
	if own, ok := refusals[code]; ok {
		return own
	}
	if slices.Contains(knownRefusals, message) {
		return message
	}
	return cmp.Or(sanitized, "the credentials were refused")
}

// statusReason classifies an answer by its HTTP status alone.
func statusReason(code int) job.Reason {
	switch code {
	case http.StatusUnauthorized:
		return job.Auth
	case http.StatusForbidden:
		return job.Forbidden
	case http.StatusNotFound:
		return job.NotFound
	case http.StatusProxyAuthRequired:
		return job.Network // the way there is barred; the cloud was not asked
	case http.StatusRequestTimeout:
		return job.Timeout
	case http.StatusTooManyRequests:
		return job.RateLimited
	}
	if code >= 500 {
		return job.ServerError
	}
	return job.BadResponse
}

// gatewayCode is how the API gateway, IAM, and the combined API of ECS and the
// classic ELB name an error. The signing guide writes APIGW where the gateway's
// own pages write APIG; the numbers are one.
var gatewayCode = regexp.MustCompile(`^(?:APIGW?|IAM|Common)\.(\d{4})$`)

// gatewayReasons holds the codes that say more than the HTTP status beside them
// ("Error Codes" of API Gateway, "Status Codes" and "Error Codes" of IAM, "Error
// Codes" of Elastic Cloud Server).
var gatewayReasons = map[string]job.Reason{
	"APIG.0101": job.NotPublished, // the API does not exist or has not been published
	"APIG.0301": job.Auth,         // incorrect IAM authentication information
	"APIG.0302": job.Forbidden,    // the IAM user may not access the API
	"APIG.0305": job.Auth,
	"APIG.0306": job.Forbidden,
	"APIG.0307": job.Auth, // the token must be updated
	"APIG.0308": job.RateLimited,
	"APIG.0310": job.Forbidden,
	"APIG.0402": job.Forbidden,
	"APIG.0601": job.ServerError,
	"APIG.0610": job.ServerError,
	"APIG.0613": job.ServerError, // IAM unavailable
	"APIG.0802": job.Forbidden,
	"IAM.0012":  job.RateLimited,
	"IAM.0061":  job.Auth, // the account is locked
	"IAM.0062":  job.Auth, // wrong user name or password
	"IAM.0066":  job.Auth, // the token has expired
	"IAM.0067":  job.Auth, // invalid token

	"Common.0013": job.Auth, // invalid token
}

// CodeReason classifies an error code of the API gateway or of IAM, and those of
// others that speak of the credential; it does not know what else the services
// have codes for.
func CodeReason(code string) (r job.Reason, ok bool) {
	if m := gatewayCode.FindStringSubmatch(code); m != nil {
		family, _, _ := strings.Cut(code, ".")
		r, ok = gatewayReasons[strings.TrimSuffix(family, "W")+"."+m[1]]
	}
	return r, ok
}

// ErrorIn finds the error code and message in the body of an answer, in any of
// the shapes that IAM, the gateway and the services use; both are empty if the body
// speaks of no error. A null, an empty and a zero code count as none.
func ErrorIn(body map[string]any) (code, message string) {
	code = firstText(body, "error_code", "code", "errorCode", "errCode")
	message = firstText(body, "error_msg", "message", "error_message", "errorMessage", "errMsg", "externalMessage")
	if code != "" || message != "" {
		return code, message
	}
	// {"error": {"code": 401, "message": …}}, {"itemNotFound": {"message": …, "code": …}}
	for _, key := range []string{"error", "badRequest", "unauthorized", "forbidden", "itemNotFound", "authFault", "userDisabled", "overLimit", "serviceUnavailable"} {
		switch inner := body[key].(type) {
		case map[string]any:
			return ErrorIn(inner)
		case string:
			if inner != "" {
				return "", inner
			}
		}
	}
	return "", ""
}

// firstText is the first of the keys that holds something, as text.
func firstText(body map[string]any, keys ...string) string {
	for _, key := range keys {
		var text string
		switch v := body[key].(type) {
		case string:
			text = v
		case json.Number:
			text = v.String()
		case float64:
			text = strconv.FormatFloat(v, 'f', -1, 64)
		}
		if text != "" && text != "0" {
			return text
		}
	}
	return ""
}

func isPage(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// retryAfter reads a Retry-After header (RFC 9110 §10.2.3: seconds, or a date),
// at most job.MaxPause; 0 if there is none that can be read.
func retryAfter(value string, now time.Time) time.Duration {
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		if seconds > uint64(job.MaxPause/time.Second) {
			return job.MaxPause
		}
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(now), 0), job.MaxPause)
	}
	return 0
}

package cloud

import (
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"cloudjob_exporter/job"
)

// FuzzAnswerError: whatever a server answers, it becomes an error with a reason,
// in one short line without the secrets that the call carried.
func FuzzAnswerError(f *testing.F) {
	const token, key = "MIItoken0123456789", "secret-key/+="
	const longest = 200 // runes of the cloud's text, and … where it was cut
	for _, seed := range []struct {
		status           int
		retryAfter, body string
	}{
		{429, "3", `{"error_code":"APIG.0308","error_msg":"The throttling threshold has been reached"}`},
		{503, "Sat, 21 Nov 2026 12:00:00 GMT", `{"error":{"code":503,"message":"later"}}`},
		{503, "18446744073709551616", `{"error_code":1e400}`},
		{401, "", `{"error":{"code":401,"message":"token MIItoken0123456789 of secret-key\/+= is wrong","title":"Unauthorized"}}`},
		{404, "", "\n <html>no such page"},
		{404, "", `{"itemNotFound":{"code":404,"message":"a\u202eb\u0000c"}}`},
		{400, "", `{"error":{"error":{"error":"MIItoken012345\u003678\u0039"}}}`},
		{302, "-1", `null`},
		{500, "", "{\"code\":\"\xff\",\"message\":[]}"},
	} {
		f.Add(seed.status, seed.retryAfter, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, status int, retryAfter string, body []byte) {
		resp := &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {retryAfter}}}
		e := answerError("elb", resp, body, token, key, "")
		if e.Reason == "" || e.StatusCode != status {
			t.Errorf("got %+v", e)
		}
		if e.RetryAfter < 0 || e.RetryAfter > job.MaxPause || e.RetryAfter > 0 && !e.Overloaded() {
			t.Errorf("a pause of %v for %s", e.RetryAfter, e.Reason)
		}
		text := e.Error()
		if strings.Contains(text, token) || strings.Contains(text, key) {
			t.Errorf("a secret is in %q", text)
		}
		for _, part := range []string{e.Code, e.Message} {
			if n := utf8.RuneCountInString(part); n > longest+1 {
				t.Errorf("%d characters of the cloud's text are kept", n)
			}
		}
		if at := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); at >= 0 || !utf8.ValidString(text) {
			t.Errorf("not fit for a log line: %q", text)
		}
		if status == http.StatusUnauthorized && e.Reason == job.NotFound {
			t.Error("a refusal counts as a job that is not there")
		}
	})
}

package cloud

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
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
			if n := utf8.RuneCountInString(part); n > maxMessage+1 {
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

// FuzzRedact: no secret is left in an answer, however it is escaped, and an answer
// without one stays what it was.
func FuzzRedact(f *testing.F) {
	for _, seed := range []struct{ body, secret string }{
		{`{"status":"FAIL","fail_reason":"token MIItoken0123456789 is wrong"}`, "MIItoken0123456789"},
		{`{"error_code":"\u004dIItoken\/0123456789","n":1.50}`, "MIItoken/0123456789"},
		{`{"a":"say \"hello world\" and \\u0041","b":["\u00e4\ud83d\ude00"]}`, `"hello world"`},
		{`{"a\\":"\\\u0041bcdefgh"}`, "Abcdefgh"},
		{`{"a":"<x>&amp;\u003cx\u003e&12345678"}`, "<x>&12345678"},
	} {
		f.Add([]byte(seed.body), seed.secret)
	}
	f.Fuzz(func(t *testing.T, body []byte, secret string) {
		var before, after any
		if json.Unmarshal(body, &before) != nil || len(secret) < shortestSecret || !printable(secret) || strings.Contains(hidden, secret) {
			return
		}
		redacted := redact(body, []string{secret, ""})
		err := json.Unmarshal(redacted, &after)
		if was := inStrings(before, secret); !was && punctuation(secret) {
			return // the secret may be what holds the JSON together
		} else if !was && !bytes.Contains(redacted, []byte(hidden)) && (err != nil || !reflect.DeepEqual(before, after)) {
			t.Errorf("%s becomes %s, %v", body, redacted, err)
		}
		if inStrings(after, secret) {
			t.Errorf("%q is left in %s, made of %s", secret, redacted, body)
		}
	})
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }) < 0
}

func punctuation(s string) bool { return strings.ContainsAny(s, `"\{}[]:,`) }

// inStrings reports whether a text is in any text of a JSON value.
func inStrings(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, text)
	case []any:
		return slices.ContainsFunc(v, func(v any) bool { return inStrings(v, text) })
	case map[string]any:
		for key, v := range v {
			if strings.Contains(key, text) || inStrings(v, text) {
				return true
			}
		}
	}
	return false
}

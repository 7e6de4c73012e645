package sanitize

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestAnAnswerWithoutSecretsIsLeftAlone(t *testing.T) {
	for _, text := range []string{`{"a":"\"\\u0041\n\u00e4"}`, `{"a":"`, `\`, `\u`, `\u12`, ``} {
		if got := string(Body([]byte(text), []string{"", "short", "MIItoken0123456789"})); got != text {
			t.Errorf("%s becomes %s", text, got)
		}
	}
}

// FuzzBody: no secret is left in an answer, however it is escaped, and an answer
// without one stays what it was.
func FuzzBody(f *testing.F) {
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
		redacted := Body(body, []string{secret, ""})
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

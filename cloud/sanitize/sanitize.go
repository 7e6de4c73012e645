// Package sanitize makes texts safe to show that a server or proxy sent, or that quote
// one: without the secrets of the call, on one line, and short. docs/threat-model.md has
// the rules.
//
// A secret is strong or weak. A strong one is long, and not a word: where a server echoes
// it, it is replaced by <secret>. A weak one may be in a text by chance, and a gap would
// tell what it is ("The username or <secret> is wrong"): a text that has it is dropped,
// as if the server had sent none. One of up to three bytes is not looked for.
package sanitize

import (
	"encoding/base64"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"cloudjob_exporter/job"
)

const (
	shortestWeak = 4  // bytes; what is shorter is in every text, and guessed in no time
	longestWord  = 16 // letters of a word

	maxMessage = 200 // runes of an API's message that are kept
	maxCode    = 64  // runes of an error code
	maxCause   = 500 // runes of the text of a cause, which may quote what a server sent

	droppedCause = "the connection failed"
)

// Message makes a message of a server fit for a log line. It may be empty then.
func Message(message string, secrets ...string) string {
	return line(withoutSecrets(message, secrets), maxMessage)
}

// Code is Message for an error code. One that is documented is no secret, and need not
// be sanitized.
func Code(code string, secrets ...string) string {
	return line(withoutSecrets(code, secrets), maxCode)
}

// withoutSecrets returns a text without the secrets of the call, empty if there is no
// way to do that without telling something about them.
func withoutSecrets(text string, secrets []string) string {
	for _, secret := range secrets {
		if isWeak(secret) && echoes(text, secret) {
			return ""
		}
	}
	secrets = slices.DeleteFunc(longestFirst(secrets), func(s string) bool { return len(s) < shortestWeak || isWeak(s) })
	for _, secret := range secrets {
		for _, form := range forms(secret) {
			text = strings.ReplaceAll(text, form, hidden)
		}
	}
	for _, secret := range secrets {
		if echoes(text, secret) {
			return ""
		}
	}
	return text
}

// isWeak reports whether a secret may be in a text by chance: it is short, or written
// like a word.
func isWeak(secret string) bool {
	if len(secret) < shortestWeak {
		return false
	}
	return len(secret) < shortestSecret || len(secret) <= longestWord && isWord(secret)
}

// isWord reports whether s has the letters of a word: small, or capital, or small after
// a capital one.
func isWord(s string) bool {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) >= 0 {
		return false
	}
	_, size := utf8.DecodeRuneInString(s)
	return strings.ToLower(s[size:]) == s[size:] || strings.ToUpper(s) == s
}

// forms are how a secret is echoed by those who take it out of a header.
func forms(secret string) []string {
	return []string{
		secret,
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.RawStdEncoding.EncodeToString([]byte(secret)),
		base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
}

// echoes reports whether a secret is in a text, be it escaped for a URL, JSON or HTML,
// even twice.
func echoes(text, secret string) bool {
	once := unescapeAll(text)
	for _, t := range []string{text, once, unescapeAll(once), unescapeAll(strings.ReplaceAll(text, "+", " "))} {
		if slices.ContainsFunc(forms(secret), func(form string) bool { return strings.Contains(t, form) }) {
			return true
		}
	}
	return false
}

// escaped is one character as URLs and JSON escape it.
var escaped = regexp.MustCompile(`%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\["\\/]`)

// unescapeAll undoes %41, \u0041, \", \\, \/ and &amp; wherever they stand.
func unescapeAll(s string) string {
	s = escaped.ReplaceAllStringFunc(s, func(e string) string {
		switch {
		case e[0] == '%':
			plain, _ := url.PathUnescape(e) // which is well formed
			return plain
		case len(e) == 2:
			return e[1:]
		}
		r, _ := strconv.ParseInt(e[2:], 16, 32)
		return string(rune(r))
	})
	return html.UnescapeString(s)
}

// line makes a text of others one short line, without what is not seen on a page, such
// as control characters and those that turn the direction of writing.
func line(s string, runes int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "�"), func(r rune) bool {
		return r == ' ' || !unicode.IsPrint(r)
	}), " ")
	return job.Truncate(s, runes)
}

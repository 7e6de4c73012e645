package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanText takes from a text what editors, echo and block scalars put around it: a
// byte order mark, and one line end. What is wrong with the rest is in words that fit
// behind the name of a file or variable, and never has a part of it.
func cleanText(s string) (text, mistake string) {
	if strings.HasPrefix(s, "\xff\xfe") || strings.HasPrefix(s, "\xfe\xff") {
		return "", "is UTF-16; save it as UTF-8"
	}
	text = withoutLineEnd(strings.TrimPrefix(s, "\ufeff"))
	switch i := strings.IndexFunc(text, unicode.IsControl); {
	case !utf8.ValidString(text):
		return "", "is not UTF-8"
	case i < 0:
		return text, ""
	case text[i] == '\n' || text[i] == '\r':
		return "", "has more than one line; only one line end, at its end, is ignored"
	default:
		r, _ := utf8.DecodeRuneInString(text[i:])
		return "", fmt.Sprintf("has a control character in it, U+%04X", r)
	}
}

func withoutLineEnd(s string) string {
	if text, ok := strings.CutSuffix(s, "\r\n"); ok {
		return text
	}
	return strings.TrimSuffix(s, "\n")
}

// checkKeyText returns what is wrong with an access key, a secret key or a token:
// these have no spaces, and most of them travel in headers.
func checkKeyText(text string) (mistake string) {
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			return "has a space in it"
		case r <= ' ', r >= 0x7f:
			return "has a character in it that keys and tokens do not have; they are letters, digits and signs of ASCII"
		}
	}
	return ""
}

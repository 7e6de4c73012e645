package strictyaml

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanText takes from a text what editors, echo and block scalars put around it: a
// byte order mark, and one line end. What is wrong with the rest is in words that fit
// behind the name of a file or variable, and never has a part of it.
func CleanText(s string) (text, mistake string) {
	if strings.HasPrefix(s, "\xff\xfe") || strings.HasPrefix(s, "\xfe\xff") {
		return "", "is UTF-16; save it as UTF-8"
	}
	text = TrimLineEnd(strings.TrimPrefix(s, "\ufeff"))
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

// TrimLineEnd removes one line end, of Unix or Windows, from the end of a text.
func TrimLineEnd(s string) string {
	if text, ok := strings.CutSuffix(s, "\r\n"); ok {
		return text
	}
	return strings.TrimSuffix(s, "\n")
}

// Quote shows a value in a message, cut if it is long. It must not be a secret.
func Quote(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}

package strictyaml

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// SecretMistake returns why the text of a node is hardly the secret that was meant, though
// it is valid YAML; empty if it is. It fits behind a key, and has no part of the secret.
func SecretMistake(n *yaml.Node) string {
	const quotes = "“”„‟‘’‚‛"
	if n.Kind != yaml.ScalarNode {
		return "" // an alias says what it is
	}
	text := TrimLineEnd(n.Value)
	i := strings.IndexAny(text, "\u0085\u2028\u2029")
	switch {
	case n.Anchor != "":
		return "begins with &, which has a meaning in YAML; quote it"
	case i >= 0:
		r, _ := utf8.DecodeRuneInString(text[i:])
		return fmt.Sprintf("has a line separator in it, U+%04X; %s", r, escapes)
	case n.Style&yaml.DoubleQuotedStyle != 0 && strings.ContainsRune(text, 0xa0):
		return "has a no-break space in it, U+00A0; " + escapes
	case strings.Trim(text, quotes) != text:
		return `is in typographic quotes; use ' or "`
	}
	return ""
}

const escapes = `in double quotes \L, \N, \P and \_ have a meaning; use single quotes, or write \\`

// CutByComment reports whether a comment that looks like a part of the value follows it,
// as in a secret with " #" in it and no quotes around it.
func CutByComment(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style == 0 && len(n.LineComment) > 1 && !strings.ContainsAny(n.LineComment[1:2], " \t\r\n")
}

// CutWarning is what to say of a value for which CutByComment is true.
const CutWarning = "the value ends before ' #'; quote it if the # belongs to it"

// CheckSecret reports what of a text in the file is hardly the secret that was meant.
func (d *Decoder) CheckSecret(v Value) (ok bool) {
	if v.Node == nil {
		return true
	}
	if mistake := SecretMistake(v.Node); mistake != "" {
		d.Fail(v, "%s", mistake)
		return false
	}
	if CutByComment(v.Node) {
		d.Warn(v, CutWarning)
	}
	return true
}

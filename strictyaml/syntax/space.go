package syntax

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// OddSpace names the character that a line, a key or a list item begins with, if it looks
// like a space or like nothing, but is none to YAML. It gets into files by copying from a
// page or a chat.
func OddSpace(text string) (name string, found bool) {
	text = strings.TrimLeft(text, " \t")
	if behind, isDash := strings.CutPrefix(text, "-"); isDash {
		text = strings.TrimLeft(behind, " \t")
	}
	switch r, _ := utf8.DecodeRuneInString(text); {
	case r == 0xa0:
		return "U+00A0 (no-break space)", true
	case r >= 0x80 && unicode.IsSpace(r), r >= 0x200b && r <= 0x200f, r == 0x2060:
		return fmt.Sprintf("U+%04X (looks like a space)", r), true
	}
	return "", false
}

// SpacesOnly is what to do about a character that OddSpace names.
const SpacesOnly = "the character %s in the indentation; YAML is indented with spaces"

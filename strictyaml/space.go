package strictyaml

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// oddSpace names the character that a line, a key or a list item begins with, if it looks
// like a space or like nothing, but is none to YAML. It gets into files by copying from a
// page or a chat.
func oddSpace(text string) (name string, found bool) {
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

const spacesOnly = "the character %s in the indentation; YAML is indented with spaces"

// withoutOddSpaces is the key that was meant by one that begins with an odd space.
func withoutOddSpaces(key string) string {
	return strings.TrimLeftFunc(key, func(r rune) bool {
		_, odd := oddSpace(string(r))
		return odd || r == '-' || r == ' '
	})
}

// oddSpaceBelow finds the first of the lines behind this one that an odd space indents,
// as long as nothing but odd spaces makes it a line of the same text.
func (d *Decoder) oddSpaceBelow(line int) (found int, name string) {
	for i := line; i < len(d.lines); i++ {
		if name, odd := oddSpace(string(d.lines[i])); odd {
			return i + 1, name
		}
		if len(strings.TrimSpace(string(d.lines[i]))) > 0 {
			break
		}
	}
	return 0, ""
}

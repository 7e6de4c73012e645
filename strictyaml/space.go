package strictyaml

import (
	"strings"

	"cloudjob_exporter/strictyaml/syntax"
)

// withoutOddSpaces is the key that was meant by one that begins with an odd space.
func withoutOddSpaces(key string) string {
	return strings.TrimLeftFunc(key, func(r rune) bool {
		_, odd := syntax.OddSpace(string(r))
		return odd || r == '-' || r == ' '
	})
}

// oddSpaceBelow finds the first of the lines behind this one that an odd space indents,
// as long as nothing but odd spaces makes it a line of the same text.
func (d *Decoder) oddSpaceBelow(line int) (found int, name string) {
	for i := line; i < len(d.lines); i++ {
		if name, odd := syntax.OddSpace(string(d.lines[i])); odd {
			return i + 1, name
		}
		if len(strings.TrimSpace(string(d.lines[i]))) > 0 {
			break
		}
	}
	return 0, ""
}

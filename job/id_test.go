package job

import (
	"strings"
	"testing"
)

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		"f588ce71-e26c-400d-8981-f854355f6849": true,
		"a.b_c-D9":                             true,
		"...":                                  true,
		strings.Repeat("a", 128):               true,
		strings.Repeat("a", 129):               false,
		"":                                     false,
		".":                                    false,
		"..":                                   false,
		"a/b":                                  false,
		"a b":                                  false,
		"a\n":                                  false,
		"ä":                                    false,
	} {
		if got := ValidID(id); got != want {
			t.Errorf("%q: %t", id, got)
		}
	}
}

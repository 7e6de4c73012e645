package jobfiles

import "testing"

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "a", true},
		{"*", ".a", false},
		{"?a", ".a", false},
		{"[.]a", ".a", false},
		{".*", ".a", true},
		{"*", "a~", false},
		{"a?", "a~", false},
		{"*~", "a~", true},
		{"*~", "a", false},
		{".*~", ".a~", true},
		{`\[a]`, "[a]", true},
		{"[a-c]*.yml", "b.yml", true},
		{"[", "[", false},
	} {
		if got := matches(tt.pattern, tt.name); got != tt.want {
			t.Errorf("%s matches %s: %t, want %t", tt.pattern, tt.name, got, tt.want)
		}
	}
}

func TestLiteral(t *testing.T) {
	for element, want := range map[string]string{
		"a.yml": "a.yml", `\[a]`: "[a]", `a\*\?\\`: `a*?\`, "a]": "a]",
		"*": "", "a?": "", "[a]": "", `a\`: "",
	} {
		if got, ok := literal(element); ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %q, %t; want %q", element, got, ok, want)
		}
	}
}

func TestUnder(t *testing.T) {
	for _, tt := range []struct {
		folder, path string
		want         bool
	}{
		{"/a", "/a/b", true},
		{"/a", "/a/b/c", true},
		{"/a", "/a", false},
		{"/a", "/ab", false},
		{"/", "/a", true},
		{".", "a/b", true},
		{"..", "../a", true},
		{"a", "../a/b", false},
		{".", "/a", false},
	} {
		if got := under(tt.folder, tt.path); got != tt.want {
			t.Errorf("%s under %s: %t, want %t", tt.path, tt.folder, got, tt.want)
		}
	}
}

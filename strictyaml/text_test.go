package strictyaml

import (
	"fmt"
	"strings"
	"testing"
)

func TestCleanText(t *testing.T) {
	const lines = "has more than one line; only one line end, at its end, is ignored"
	for _, tc := range []struct{ in, want, mistake string }{
		{"a", "a", ""},
		{"", "", ""},
		{"a\n", "a", ""},
		{"a\r\n", "a", ""},
		{"\n", "", ""},
		{" ä b ", " ä b ", ""},
		{"\ufeffa\n", "a", ""},
		{"a\n\n", "", lines},
		{"a\r", "", lines},
		{"a\nb", "", lines},
		{"a\r\n\r\n", "", lines},
		{"a\n ", "", lines},
		{"a\tb", "", "has a control character in it, U+0009"},
		{"a\x00", "", "has a control character in it, U+0000"},
		{"a\x7f", "", "has a control character in it, U+007F"},
		{"a\u0085", "", "has a control character in it, U+0085"},
		{"a\xff", "", "is not UTF-8"},
		{"\xff\xfea\x00", "", "is UTF-16; save it as UTF-8"},
		{"\xfe\xff\x00a", "", "is UTF-16; save it as UTF-8"},
	} {
		if text, mistake := CleanText(tc.in); text != tc.want || mistake != tc.mistake {
			t.Errorf("%q: got %q, %q, want %q, %q", tc.in, text, mistake, tc.want, tc.mistake)
		}
	}
}

func TestQuoteCuts(t *testing.T) {
	if got, want := Quote(strings.Repeat("ä", 81)), fmt.Sprintf("%q", strings.Repeat("ä", 80)+"…"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

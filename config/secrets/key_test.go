package secrets

import "testing"

func TestCheckKeyText(t *testing.T) {
	const ascii = "has a character in it that keys and tokens do not have; they are letters, digits and signs of ASCII"
	for text, want := range map[string]string{
		"aZ09+/=._-~": "", "a b": "has a space in it", " a": "has a space in it", "a ": "has a space in it", "a\u00a0": "has a space in it",
		"\u200ba": ascii, "ä": ascii, "\x01": ascii,
	} {
		if got := CheckKey(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

package strictyaml

import (
	"testing"
)

func TestSuggestionsAreUnique(t *testing.T) {
	if got, want := Suggestion("zzzzzz", []string{"b", "a", "b", "", "a"}), "known are b, a"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Suggestion("zzzzzz", []string{""}), "none is known"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

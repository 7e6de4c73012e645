package strictyaml

import (
	"slices"
	"testing"
)

func TestWarnings(t *testing.T) {
	d := NewDecoder("f.yml")
	if got := d.Warnings(); got != nil {
		t.Errorf("got %v, want none", got)
	}
	a, b := Value{Line: 3, Path: "a"}, Value{Line: 1, Path: "b"}
	d.Warn(a, "is %s", "odd")
	d.Warn(a, "is odd")
	d.WarnOnce(b, "is odd")
	d.Warn(b, "is odd, too")
	d.WarnOnce(Value{}, "is new")
	var got []string
	for _, w := range d.Warnings() {
		got = append(got, w.String())
	}
	if want := []string{"f.yml: is new", "f.yml:1: b: is odd, too", "f.yml:3: a: is odd"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if d.Err() != nil || d.FailedAt(a) {
		t.Error("a warning is no error")
	}
}

func TestSameWarnings(t *testing.T) {
	a, b := []Warning{{"f", 1, "p", "t"}}, []Warning{{"f", 2, "p", "t"}}
	if !SameWarnings(a, b) || SameWarnings(a, nil) || SameWarnings(a, []Warning{{"f", 1, "q", "t"}}) {
		t.Error("only the line may differ")
	}
}

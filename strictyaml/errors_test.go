package strictyaml

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestManyErrors(t *testing.T) {
	_, _, err := read("words: [" + strings.Repeat("a, ", 150) + "]\nfloors: many\n")
	all, ok := errors.AsType[Errors](err)
	if !ok || len(all) != 151 || len(all.Unwrap()) != 151 {
		t.Fatalf("%d errors, want 151", len(all))
	}
	lines := strings.Split(err.Error(), "\n")
	if want := "dir/l.yml: and 51 errors more"; len(lines) != 101 || lines[100] != want {
		t.Errorf("%d lines, the last is %q, want %q", len(lines), lines[len(lines)-1], want)
	}
}

func TestErrorsHaveACause(t *testing.T) {
	var err error = Errors{{File: "l.yml", Line: 2, Path: "name", Text: "is gone", Cause: os.ErrNotExist}}
	if !errors.Is(err, os.ErrNotExist) || err.Error() != "l.yml:2: name: is gone" {
		t.Errorf("got %v", err)
	}
}

package jobfiles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	b := newFixture(t, "*.yml", "one.txt", "none.txt", "no/*.yml")
	for name, text := range map[string]string{
		"a.yml":   "- {provider: cfw, project: nope, ids: [a]}\n- {provider: cfw, project: prod, id: a}\n",
		"b.yml":   "- {provider: cfw, project: prod, ids: [a]}\n",
		"c.yml":   "",
		".d.yml":  "nonsense",
		"one.txt": "- {provider: cfw, project: prod, ids: [a, '..']}\n",
	} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(b.dir, "e.yml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(b.dir, "f.yml")); err != nil {
		t.Fatal(err)
	}
	err := Check(b.patterns, b)
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	want := []string{
		"a.yml:1: [0].project: no project has the name ",
		"a.yml:2: [1].id: unknown key",
		"c.yml: is empty",
		"e.yml: cannot be read: is a directory",
		"one.txt:1: [0].ids[1]: ",
	}
	got := strings.Split(strings.ReplaceAll(err.Error(), b.dir+"/", ""), "\n")
	if len(got) != len(want) {
		t.Fatalf("got\n%s", strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}

	b.match("b.yml", "none.txt", "f.yml")
	if err := Check(b.patterns, b); err != nil {
		t.Errorf("of good files: %v", err)
	}
	if n := len(b.lines); n > 0 {
		t.Errorf("%d lines in the log", n)
	}
}

func TestPatternsThatMatch(t *testing.T) {
	b := newFixture(t)
	for _, name := range []string{"a.yml", ".hidden.yml"} {
		if err := os.WriteFile(filepath.Join(b.dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[string]bool{
		"a.yml": true, "*.yml": true, ".*.yml": true, "b.yml": false, "*.yaml": false, "h*.yml": false, "none/*.yml": false,
	} {
		if got := Matches(filepath.Join(b.dir, pattern)); got != want {
			t.Errorf("%s: got %t", pattern, got)
		}
	}
}

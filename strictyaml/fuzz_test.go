package strictyaml

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"go.yaml.in/yaml/v3"
)

// lineEnd is what YAML counts as one.
var lineEnd = regexp.MustCompile("\r\n|[\n\r\u0085\u2028\u2029]")

// FuzzDecoder: whatever a file says, it is read or refused in words, in lines that the
// file has; and what was read can be written, and read again as the same.
func FuzzDecoder(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.yml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, text := range []string{
		"name: a\nrules: |\n  b\n  c\ncatalog: d.csv\nrenewal: 1.5h\nfloors: 3\narea: 1e3\nopen: yes\nwords: [old]\nshelves: [{name: a}]",
		"shelves:\n- &a {name: a, books: 1}\n- {<<: *a, name: b}\n- {<<: [{name: c}, *a]}\nwords: &w [old]",
		"nam: a\nname:b\n-c\nshelves: {a: [b]}\nwords: *w",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := 1 + len(lineEnd.FindAll(data, -1))
		l, r, err := read(string(data))
		if err != nil {
			all, ok := errors.AsType[Errors](err)
			if !ok || len(all) == 0 {
				t.Fatalf("not a list of errors: %v", err)
			}
			for _, e := range all {
				if e.Text == "" || e.Line < 0 || e.Line > lines {
					t.Errorf("line %d: %q", e.Line, e.Text)
				}
			}
			return
		}
		out, err := yaml.Marshal(r.fields().Node(&l))
		if err != nil {
			t.Fatalf("cannot be written: %v", err)
		}
		again, r, err := read(string(out))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, out)
		}
		second, err := yaml.Marshal(r.fields().Node(&again))
		if err != nil {
			t.Fatal(err)
		}
		if string(out) != string(second) && l.Catalog == "" { // a path is joined to the folder each time
			t.Errorf("written, read and written again:\n%s\nfirst:\n%s", second, out)
		}
	})
}

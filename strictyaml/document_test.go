package strictyaml

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadFiles compares the whole error of each broken file with the text beside it.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, ".yml") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			d := NewDecoder(filepath.Base(file))
			if _, ok := d.Document(data); ok || d.Err() == nil {
				t.Fatal("no error")
			}
			if got := d.Err().Error() + "\n"; got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
			if strings.Contains(d.Err().Error(), "hunter2") {
				t.Error("the error shows a secret")
			}
		})
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"# nothing":                        "",
		"a: {b: 1}":                        "",
		"a: {b: 1":                         "c.yml:1: a bracket opened in line 1 is never closed",
		"a\n---\nb\n":                      "c.yml:2: a second document begins; a file holds one document",
		"---\n---\na: {b: 1}\n":            "c.yml:2: a second document begins; a file holds one document",
		"# nothing\n---\n\n---\n":          "c.yml:4: a second document begins; a file holds one document",
		"---\n---\na: {b: 1\n":             "c.yml:3: a bracket opened in line 3 is never closed",
		"---\n# nothing\n":                 "",
		"---\n...\n":                       "",
		"a: \x00":                          "c.yml:1: the character U+0000 is not allowed in YAML",
		"a: 1\n\xef":                       "c.yml:2: the byte 0xef is not UTF-8",
		strings.Repeat("#", MaxFileSize+1): "c.yml: is larger than 16 MiB",
	} {
		root, err := Parse("c.yml", []byte(text))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want || (root != nil) != (text == "a: {b: 1}") {
			t.Errorf("%.20q: got %v, %q, want %q", text, root, got, want)
		}
	}
}

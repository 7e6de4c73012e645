package secrets

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecretSourceRead(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	missing := filepath.Join(dir, "missing")
	for _, tc := range []struct {
		name    string
		source  Source
		want    string
		wantErr string
	}{
		{"value", Source{Value: New("a\n")}, "a\n", ""},
		{"file", Source{File: file("file", "a")}, "a", ""},
		{"one line end", Source{File: file("lf", "a\n")}, "a", ""},
		{"two line ends", Source{File: file("lf2", "a\n\n")}, "", "secret file " + dir + "/lf2 has more than one line; only one line end, at its end, is ignored"},
		{"tab", Source{File: file("tab", "a\tb")}, "", "secret file " + dir + "/tab has a control character in it, U+0009"},
		{"UTF-16", Source{File: file("utf16", "\xff\xfea\x00")}, "", "secret file " + dir + "/utf16 is UTF-16; save it as UTF-8"},
		{"byte order mark", Source{File: file("bom", "\ufeffa\r\n")}, "a", ""},
		{"line end of Windows", Source{File: file("crlf", " a \r\n")}, " a ", ""},
		{"largest", Source{File: file("largest", strings.Repeat("a", maxSize))}, strings.Repeat("a", maxSize), ""},
		{"too large", Source{File: file("large", strings.Repeat("a", maxSize+1))}, "", "secret file " + dir + "/large is larger than 64 KiB"},
		{"empty", Source{File: file("empty", "\n")}, "", "secret file " + dir + "/empty is empty"},
		{"missing", Source{File: missing}, "", "secret file: open " + missing + ": no such file or directory"},
		{"folder", Source{File: dir}, "", "secret file: read " + dir + ": is a directory"},
		{"none", Source{}, "", "there is neither a secret nor a file for it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.source.Read()
			if got != tc.want {
				t.Errorf("got %d bytes, want %d", len(got), len(tc.want))
			}
			if (err == nil) != (tc.wantErr == "") || err != nil && err.Error() != tc.wantErr {
				t.Errorf("error %v, want %q", err, tc.wantErr)
			}
		})
	}
	rotated := Source{File: file("rotated", "a")}
	for _, want := range []string{"old", "new"} {
		file("rotated", want)
		if got, err := rotated.Read(); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if _, err := (Source{File: missing}).Read(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v is not os.ErrNotExist", err)
	}
}

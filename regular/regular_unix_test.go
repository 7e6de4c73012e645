//go:build unix

package regular

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOnlyRegularFilesAreRead: none of these blocks, and what people mount does work.
func TestOnlyRegularFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(syscall.Mkfifo(path("pipe"), 0o600))
	must(os.Symlink("pipe", path("link-to-pipe")))
	must(os.Mkdir(path("..2026"), 0o700))
	must(os.WriteFile(path("..2026/password"), []byte("pass-word"), 0o600))
	must(os.Symlink("..2026", path("..data")))
	must(os.Symlink("..data/password", path("password")))
	must(os.Symlink("loop", path("loop")))
	must(os.WriteFile(path("empty"), nil, 0o600))
	listener, err := net.Listen("unix", path("s"))
	must(err)
	t.Cleanup(func() { _ = listener.Close() })

	for name, want := range map[string]string{ // "=" and the text, or the error
		path("pipe"):         "open " + path("pipe") + ": is not a regular file",
		path("link-to-pipe"): "open " + path("link-to-pipe") + ": is not a regular file",
		path("s"):            "open " + path("s") + ": is not a regular file",
		"/dev/zero":          "open /dev/zero: is not a regular file",
		dir:                  "read " + dir + ": is a directory",
		path("loop"):         "open " + path("loop") + ": too many levels of symbolic links",
		path("none"):         "open " + path("none") + ": no such file or directory",
		path("password"):     "=pass-word",
		path("empty"):        "=",
	} {
		began := time.Now()
		data, err := Read(name, 100)
		got := "=" + string(data)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if d := time.Since(began); d >= patience {
			t.Errorf("%s: it took %v", name, d)
		}
		if pathErr := (*os.PathError)(nil); err != nil && !errors.As(err, &pathErr) {
			t.Errorf("%s: the error is a %T", name, err)
		}
	}
}

// TestAPipeThatTakesThePlaceOfAFileDoesNotBlock opens as if it had been a file a moment
// ago.
func TestAPipeThatTakesThePlaceOfAFileDoesNotBlock(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(pipe, os.O_RDONLY|NonBlocking, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := checkFile(pipe, info); !errors.Is(err, errNotRegular) {
		t.Errorf("got %v", err)
	}
}

func TestFilesOfProcHaveNoSizeAndAreRead(t *testing.T) {
	if runtime.GOOS != "linux" {
		return
	}
	data, err := Read("/proc/self/status", 1<<16)
	if err != nil || !strings.HasPrefix(string(data), "Name:") {
		t.Errorf("got %.50q, %v", data, err)
	}
}

package docs_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// fixedPort is an address to listen at whose port is not 0.
var fixedPort = regexp.MustCompile(`(?:listen-address=|http-socket[=", ]+|[lL]isten\([^)\n]*"|LISTEN_ADDRESS=)[^"\s]*:([1-9]\d*)`)

// TestTestsLetTheKernelPickPorts: at a port that a test names, somebody else
// may listen. Nothing is started by the tests of the flags.
func TestTestsLetTheKernelPickPorts(t *testing.T) {
	files := 0
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") || path == "cli/flags_test.go" || path == "cli/hints_test.go" {
			return err
		}
		files++
		text, err := fs.ReadFile(tree, path)
		for _, found := range fixedPort.FindAllString(string(text), -1) {
			t.Errorf("%s: %s", path, found)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files were read, %v", files, err)
	}
	for text, want := range map[string]bool{
		`"--web.listen-address=:` + `10994"`:                 true,
		`"--web.listen-address=127.0.0.1:0"`:                 false,
		`"--http-socket", "127.0.0.1:` + `8080"`:             true,
		`net.Listen("tcp", "127.0.0.1:` + `8080")`:           true,
		`net.Listen("tcp", "127.0.0.1:0")`:                   false,
		`"CLOUDJOB_EXPORTER_WEB_LISTEN_ADDRESS=:` + `10994"`: true,
	} {
		if got := fixedPort.MatchString(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

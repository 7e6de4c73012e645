package jobfiles

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedFilesAreGood reads each job file in the documentation.
func TestDocumentedFilesAreGood(t *testing.T) {
	text, err := os.ReadFile("../docs/job-files.md")
	if err != nil {
		t.Fatal(err)
	}
	b := newFixture(t)
	found := 0
	for _, m := range regexp.MustCompile("(?s)```(?:yaml|sh)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		block := m[1]
		if _, in, ok := strings.Cut(block, "<<EOF\n"); ok {
			block, _, _ = strings.Cut(strings.ReplaceAll(in, "$JOB_ID", "1"), "EOF\n")
		}
		if _, in, ok := strings.Cut(block, ".yml: |\n"); ok {
			block = strings.TrimLeft(in, " ")
		}
		if !strings.HasPrefix(block, "- ") {
			continue
		}
		found++
		if _, err := b.config.ParseJobs("job-files.md", []byte(block)); err != nil {
			t.Error(err)
		}
	}
	if found != 3 {
		t.Errorf("%d job files in the documentation, want 3", found)
	}
}

package jobfiles

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
)

// Matches reports whether a pattern matches a file, or may: of a folder that cannot be
// listed nobody knows.
func Matches(pattern string) bool {
	for name, err := range find([]string{pattern}).files {
		if _, statErr := os.Stat(name); err != nil || !absent(statErr) {
			return true
		}
	}
	return false
}

// Check reads the files that match the patterns now, once, and says what is wrong with
// them: a line for each mistake, by file. A file that is being written may look broken.
func Check(patterns []string, rules Rules) error {
	search, err := newSearcher().find(patterns)
	if err != nil {
		return fmt.Errorf("job_files: %w", err)
	}
	found := search.files
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(found)) {
		err := found[name] // of a folder that cannot be listed
		if err == nil {
			_, _, err = read(name, rules)
		}
		if err != nil && !absent(err) {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

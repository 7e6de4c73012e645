package strictyaml

import (
	"fmt"
	"slices"
	"strings"
)

// Suggestion ends a message about a word that is not known: the known word that it
// may have been meant to be, else all of them, once each, in their order.
func Suggestion(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	var once []string
	for _, k := range known {
		if k != "" && !slices.Contains(once, k) {
			once = append(once, k)
		}
	}
	if len(once) == 0 {
		return "none is known"
	}
	return "known are " + strings.Join(once, ", ")
}

// Nearest returns the known word that takes the fewest changes, if they are few: one
// for each three letters, and at least one. Otherwise it returns "".
func Nearest(word string, known []string) string {
	if len(word) > 64 {
		return ""
	}
	best, fewest := "", max(len(word)/3, 1)+1
	for _, k := range known {
		if n := edits(strings.ToLower(word), k); n < fewest {
			best, fewest = k, n
		}
	}
	return best
}

// edits is the Levenshtein distance of a and b in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

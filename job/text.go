package job

// Truncate cuts a text that is longer than so many runes, and marks the cut with an
// ellipsis.
func Truncate(s string, runes int) string {
	if len(s) <= runes {
		return s
	}
	if r := []rune(s); len(r) > runes {
		return string(r[:runes]) + "…"
	}
	return s
}

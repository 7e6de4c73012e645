package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxErrors is how many errors of one file are written out. Who made more has
// one mistake many times, and a log line must end somewhere.
const maxErrors = 100

// Error is one thing that is wrong with a file.
type Error struct {
	File string
	Line int    // from 1; 0 if the file as a whole is meant
	Path string // to the key, such as projects[0].region; empty above all keys
	Text string // what is wrong, and what would be right; never a secret

	Cause error // why the file could not be read, or another package's error about it; else nil
}

// Error is one line: file:line: path: text.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if e.Path != "" {
		b.WriteString(": " + e.Path)
	}
	b.WriteString(": " + e.Text)
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Errors is all that is wrong with one file, by line. It is never empty where it is
// returned as an error.
type Errors []*Error

// Error is a line for each error, at most 100.
func (es Errors) Error() string {
	lines := make([]string, 0, min(len(es), maxErrors)+1)
	for i, e := range es {
		if i == maxErrors {
			lines = append(lines, fmt.Sprintf("%s: and %d errors more", e.File, len(es)-i))
			break
		}
		lines = append(lines, e.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap lists the errors.
func (es Errors) Unwrap() []error {
	list := make([]error, len(es))
	for i, e := range es {
		list[i] = e
	}
	return list
}

// sorted is the errors by line, or nil.
func (es Errors) sorted() error {
	if len(es) == 0 {
		return nil
	}
	slices.SortStableFunc(es, func(a, b *Error) int { return cmp.Compare(a.Line, b.Line) })
	return es
}

package strictyaml

import "slices"

// Warning is something that a file may say, but should not go on saying.
type Warning struct {
	File string
	Line int    // from 1; 0 if the file as a whole is meant
	Path string // as that of an Error
	Text string // never a secret
}

// String is one line, as that of an Error.
func (w Warning) String() string {
	return (&Error{File: w.File, Line: w.Line, Path: w.Path, Text: w.Text}).Error()
}

// SameWarnings reports whether two lists say the same, wherever it stands in the file.
func SameWarnings(a, b []Warning) bool {
	return slices.EqualFunc(a, b, func(x, y Warning) bool {
		x.Line, y.Line = 0, 0
		return x == y
	})
}

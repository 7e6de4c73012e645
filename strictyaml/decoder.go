// Package strictyaml reads YAML files that people write by hand. It reports every
// mistake of a file at once, each with its line and the path of its key, and never
// quotes a value that may be a secret.
//
// A [Decoder] reads one file and collects its errors and warnings:
//
//	data ── Document ──> Value ── Fields.Read ──> a Go struct, and the Mapping it came from
//	                       │                                │
//	                       └── Mapping, Items, Text, …      └── At: where to report what
//	                                                            the keys say together
//
// A [Value] is a node and its place: the line and the path, such as projects[0].region.
// A [Mapping] is a value with its keys, merges (<<) resolved. [Fields] is a table of the
// keys that a mapping may have, with how each is read and written. Aliases spend a
// budget of nodes, so that a few lines cannot expand into a million.
//
// Reading goes on after a mistake. What depends on a value that was wrong asks FailedAt
// first, so that one mistake makes one error.
package strictyaml

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
)

// aliasBudget is how many nodes aliases may add to a file in all.
const aliasBudget = 100_000

// Decoder reads one file and collects all that is wrong with it.
type Decoder struct {
	file   string
	folder string   // relative paths begin here
	lines  [][]byte // of the file

	errs     Errors
	failed   map[string]bool // the paths of errs
	warnings []Warning
	budget   int // nodes that may still be looked at
}

// NewDecoder returns a decoder for a file. Its name stands in errors, and relative paths
// in it begin in its folder.
func NewDecoder(name string) *Decoder {
	return &Decoder{file: name, folder: filepath.Dir(name), failed: make(map[string]bool)}
}

// File returns the name of the file.
func (d *Decoder) File() string { return d.file }

// Folder returns the folder in which relative paths begin.
func (d *Decoder) Folder() string { return d.folder }

// Fail reports an error at v. The text must not quote a secret.
func (d *Decoder) Fail(v Value, format string, args ...any) {
	d.failed[v.Path] = true
	d.errs = append(d.errs, &Error{File: d.file, Line: v.Line, Path: v.Path, Text: fmt.Sprintf(format, args...)})
}

// failLine reports an error above all keys; line 0 is the whole file.
func (d *Decoder) failLine(line int, format string, args ...any) {
	d.errs = append(d.errs, &Error{File: d.file, Line: line, Text: fmt.Sprintf(format, args...)})
}

// FailedAt reports whether there is an error at the path of v already.
func (d *Decoder) FailedAt(v Value) bool { return d.failed[v.Path] }

// Exhausted reports whether reading was broken off because aliases expand into too
// much. A value that is missing then is no mistake.
func (d *Decoder) Exhausted() bool { return d.budget < 0 }

// Err returns all errors by line, of type Errors, or nil.
func (d *Decoder) Err() error { return d.errs.sorted() }

// Warn adds a warning about v, unless it is there already.
func (d *Decoder) Warn(v Value, format string, args ...any) {
	w := Warning{d.file, v.Line, v.Path, fmt.Sprintf(format, args...)}
	if !slices.Contains(d.warnings, w) {
		d.warnings = append(d.warnings, w)
	}
}

// WarnOnce adds a warning about v, unless another value has the same one.
func (d *Decoder) WarnOnce(v Value, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.ContainsFunc(d.warnings, func(w Warning) bool { return w.Text == text }) {
		d.Warn(v, "%s", text)
	}
}

// Warnings returns the warnings by line, or nil.
func (d *Decoder) Warnings() []Warning {
	slices.SortStableFunc(d.warnings, func(a, b Warning) int { return cmp.Compare(a.Line, b.Line) })
	return d.warnings
}

// spend takes n nodes off the budget and reports whether they may be looked at.
func (d *Decoder) spend(v Value, n int) bool {
	before := d.budget
	d.budget -= n
	if before >= 0 && d.budget < 0 {
		d.Fail(v, "aliases make too much of this file; write the values out")
	}
	return !d.Exhausted()
}

package strictyaml

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxFileSize is the size in bytes of the largest file that is read, which bounds the
// memory that it may take. 16 MiB hold a few hundred thousand list items.
const MaxFileSize = 16 << 20

// Parse returns the root of the only document in data; nil if there is nothing in it.
// The error, if any, is of type Errors, and quotes nothing of the file. It is for files
// of which only the syntax is to be as strict as here.
func Parse(name string, data []byte) (root *yaml.Node, err error) {
	d := NewDecoder(name)
	root, _ = d.parse(data)
	return root, d.Err()
}

// Document returns the root of the only document in data. If there is none, or if it is
// no YAML, it reports why.
func (d *Decoder) Document(data []byte) (root Value, ok bool) {
	doc, ok := d.parse(data)
	switch {
	case !ok:
		return root, false
	case doc == nil:
		d.failLine(0, "is empty")
		return root, false
	}
	d.budget = 4*countNodes(doc) + aliasBudget
	return Value{Node: doc, Line: doc.Line}, true
}

// parse returns the root of the only document, nil if there is nothing in it.
func (d *Decoder) parse(data []byte) (root *yaml.Node, ok bool) {
	if len(data) > MaxFileSize {
		d.failLine(0, "is larger than %d MiB", MaxFileSize>>20)
		return nil, false
	}
	if !d.checkCharacters(data) {
		return nil, false
	}
	d.lines = bytes.Split(data, []byte("\n"))
	yamlDecoder := yaml.NewDecoder(bytes.NewReader(data))
	decode := func(doc *yaml.Node) error { return Guard(func() error { return yamlDecoder.Decode(doc) }) }
	var doc, second yaml.Node
	if err := decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		d.failSyntax(err, data)
		return nil, false
	}
	switch err := decode(&second); {
	case err == nil:
		d.failLine(second.Line, "a second document begins; a file holds one document")
		return nil, false
	case !errors.Is(err, io.EOF):
		d.failSyntax(err, data)
		return nil, false
	}
	if len(doc.Content) == 0 || isNull(doc.Content[0]) {
		return nil, true
	}
	return doc.Content[0], true
}

// checkCharacters finds what YAML does not allow, and gives it a line, which the
// parser does not.
func (d *Decoder) checkCharacters(data []byte) bool {
	line := 1
	for i := 0; i < len(data); {
		if c := data[i]; ' ' <= c && c < 0x7f { // nearly all of a file
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			d.failLine(line, "the byte 0x%02x is not UTF-8", data[i])
			return false
		case r == '\n':
			line++
		case r == '\t', r == '\r', r == 0x85:
		case r < ' ', r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff, r == 0xfeff && i > 0:
			d.failLine(line, "the character U+%04X is not allowed in YAML", r)
			return false
		}
		i += size
	}
	return true
}

// countNodes counts what stands in the file, aliases not followed.
func countNodes(n *yaml.Node) int {
	count := 1
	for _, child := range n.Content {
		count += countNodes(child)
	}
	return count
}

package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxFileSize in bytes bounds what one file may take of memory: 16 MiB hold a few
// hundred thousand jobs.
const maxFileSize = 16 << 20

// ReadFile is ReadRegular, but stops at the first byte that Parse and ParseJobs would
// find too many. The error, if any, is of type Errors, and wraps that of package os.
func ReadFile(path string) ([]byte, error) {
	data, err := regular.read(path, maxFileSize+1)
	if err != nil {
		return nil, fileError(path, err)
	}
	return data, nil
}

// document parses data into the root of its only document. Where there is none, it
// reports why.
func (d *decoder) document(data []byte) (root value, ok bool) {
	doc, ok := d.parse(data)
	switch {
	case !ok:
		return root, false
	case doc == nil:
		d.failLine(0, "is empty")
		return root, false
	}
	d.budget = 4*countNodes(doc) + aliasBudget
	return value{node: doc, line: doc.Line}, true
}

// parse is the root of the only document, nil if there is nothing in it.
func (d *decoder) parse(data []byte) (root *yaml.Node, ok bool) {
	if len(data) > maxFileSize {
		d.failLine(0, "is larger than %d MiB", maxFileSize>>20)
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
	if len(doc.Content) == 0 || isNull(doc.Content[0]) {
		return nil, true
	}
	switch err := decode(&second); {
	case err == nil:
		d.failLine(second.Line, "a second document begins; a file holds one")
		return nil, false
	case !errors.Is(err, io.EOF):
		d.failSyntax(err, data)
		return nil, false
	}
	return doc.Content[0], true
}

// ParseYAML parses a file of others as strictly as the configuration: the error
// is of the same type, and quotes nothing of the file. An empty file has no root.
func ParseYAML(name string, data []byte) (root *yaml.Node, err error) {
	d := newDecoder(name, Options{})
	root, _ = d.parse(data)
	return root, d.errs.sorted()
}

// checkCharacters finds what YAML does not allow, and gives it a line, which the
// parser does not.
func (d *decoder) checkCharacters(data []byte) bool {
	line := 1
	for i := 0; i < len(data); {
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

var (
	yamlError = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)
	// noAnchor has the name of the anchor, which may be a secret.
	noAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
	// grammarError is what the parser says, unlike its scanner. It counts these lines
	// from 0, and names the line in which a list or mapping begins, if that is not 0.
	grammarError = regexp.MustCompile(`^did not find expected (<|node content|key$|'-' indicator|',' or)`)
)

// failSyntax reports an error of the parser in words that help. It never passes on
// text of the file: that may be a secret that was not quoted.
func (d *decoder) failSyntax(err error, data []byte) {
	line, text := 1, err.Error()
	if m := yamlError.FindStringSubmatch(text); m != nil {
		if n, atoiErr := strconv.Atoi(m[1]); atoiErr == nil {
			line = n
		}
		text = m[2]
	}
	anchor := noAnchor.FindStringSubmatch(text)
	found := findSlip(data)
	switch tab := indentedByTab(data); {
	case anchor != nil:
		before, _, _ := bytes.Cut(data, []byte("*"+anchor[1]))
		d.failLine(1+bytes.Count(before, []byte("\n")), "a value that begins with * is an alias, and this one has no anchor; if it is no alias, put it in quotes")
	case found != nil:
		d.failLine(found.line, "%s", found.text)
	case tab > 0:
		d.failLine(tab, "a tab in the indentation; YAML is indented with spaces")
	case strings.Contains(text, "cannot start any token"):
		d.failLine(line, specialCharacter)
	case strings.Contains(text, "unknown escape character"):
		d.failLine(line, `a backslash in double quotes has a meaning; use single quotes, or write \\`)
	case strings.Contains(text, "mapping values are not allowed"):
		d.failLine(line, "check the indentation, and quote a value that contains ': ' or ' #'")
	case grammarError.MatchString(text):
		last := bytes.Count(bytes.TrimRight(data, "\n"), []byte("\n")) + 1
		d.failLine(min(line+1, last), "not valid YAML, in this line or in what begins with it; check the indentation, quotes and brackets: %s", text)
	default:
		d.failLine(line, "not valid YAML; check the indentation, quotes and brackets: %s", text)
	}
}

// indentedByTab is the first line whose indentation has a tab, 0 if none has.
func indentedByTab(data []byte) int {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		text := bytes.TrimLeft(line, " \t")
		if bytes.IndexByte(line[:len(line)-len(text)], '\t') >= 0 && len(bytes.TrimSpace(text)) > 0 {
			return n
		}
	}
	return 0
}

// countNodes counts what stands in the file, aliases not followed.
func countNodes(n *yaml.Node) int {
	count := 1
	for _, child := range n.Content {
		count += countNodes(child)
	}
	return count
}

func (d *decoder) failLine(line int, format string, args ...any) {
	d.errs = append(d.errs, &Error{File: d.file, Line: line, Text: fmt.Sprintf(format, args...)})
}

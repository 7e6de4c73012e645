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
	if len(data) > maxFileSize {
		d.failLine(0, "is larger than %d MiB", maxFileSize>>20)
		return root, false
	}
	if !d.checkCharacters(data) {
		return root, false
	}
	yamlDecoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	if err := yamlDecoder.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		d.failSyntax(err, data)
		return root, false
	}
	if len(doc.Content) == 0 || isNull(doc.Content[0]) {
		d.failLine(0, "is empty")
		return root, false
	}
	switch err := yamlDecoder.Decode(&second); {
	case err == nil:
		d.failLine(second.Line, "a second document begins; a file holds one")
		return root, false
	case !errors.Is(err, io.EOF):
		d.failSyntax(err, data)
		return root, false
	}
	d.budget = 4*countNodes(&doc) + aliasBudget
	return value{node: doc.Content[0], line: doc.Content[0].Line}, true
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
	tab, anchor := indentedByTab(data), noAnchor.FindStringSubmatch(text)
	switch {
	case anchor != nil:
		before, _, _ := bytes.Cut(data, []byte("*"+anchor[1]))
		d.failLine(1+bytes.Count(before, []byte("\n")), "a value that begins with * is an alias, and this one has no anchor; if it is no alias, put it in quotes")
	case tab > 0:
		d.failLine(tab, "a tab in the indentation; YAML is indented with spaces")
	case strings.Contains(text, "cannot start any token"):
		d.failLine(line, "a value begins with a character that has a meaning in YAML; put it in quotes")
	case grammarError.MatchString(text):
		last := bytes.Count(bytes.TrimRight(data, "\n"), []byte("\n")) + 1
		d.failLine(min(line+1, last), "not valid YAML, in this line or in what begins with it: %s", text)
	default:
		d.failLine(line, "not valid YAML: %s", text)
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

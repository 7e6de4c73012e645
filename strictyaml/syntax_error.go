package strictyaml

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"cloudjob_exporter/strictyaml/syntax"
)

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
func (d *Decoder) failSyntax(err error, data []byte) {
	line, text := 1, err.Error()
	if m := yamlError.FindStringSubmatch(text); m != nil {
		if n, atoiErr := strconv.Atoi(m[1]); atoiErr == nil {
			line = n
		}
		text = m[2]
	}
	anchor := noAnchor.FindStringSubmatch(text)
	found := syntax.FindSlip(data)
	switch tab := indentedByTab(data); {
	case anchor != nil:
		before, _, _ := bytes.Cut(data, []byte("*"+anchor[1]))
		d.failLine(1+bytes.Count(before, []byte("\n")), "a value that begins with * is an alias, and this one has no anchor; if it is no alias, put it in quotes")
	case found != nil:
		d.failLine(found.Line, "%s", found.Text)
	case tab > 0:
		d.failLine(tab, "a tab in the indentation; YAML is indented with spaces")
	case strings.Contains(text, "cannot start any token"):
		d.failLine(line, syntax.SpecialCharacter)
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

package syntax

import (
	"fmt"
	"strings"
)

// scanner is what is known at a line of a text.
type scanner struct {
	lines []string
	n     int     // index of the line
	slip  *Slip   // the first one
	lost  bool    // something is not understood
	level []level // the lists and mappings that are open, the outermost first

	open  bool // the last key or dash has no value yet
	plain bool // the last value has no quotes, so that deeper lines continue it
	bare  bool // and stands alone, without a key
	last  int  // the line in which the last value begins, from 1
}

// level is a list or a mapping.
type level struct {
	column int
	list   bool
	line   int // in which it begins, from 1
}

// what a line, or what comes after a dash in it, is.
type kindOfLine uint8

const (
	aText kindOfLine = iota
	aKey
	anItem
)

func (s *scanner) fail(line int, format string, args ...any) {
	if s.slip == nil {
		s.slip = &Slip{line, fmt.Sprintf(format, args...)}
	}
}

func (s *scanner) line() int { return s.n + 1 }

func (s *scanner) top() level { return s.level[len(s.level)-1] }

func (s *scanner) readLine() {
	line := s.lines[s.n]
	text := strings.TrimLeft(line, " ")
	if name, odd := OddSpace(line); odd {
		s.fail(s.line(), SpacesOnly, name)
		return
	}
	switch {
	case strings.TrimSpace(text) == "", text[0] == '#':
	case text[0] == '\t':
		if len(s.level) > 0 || s.open {
			s.fail(s.line(), "a tab in the indentation; YAML is indented with spaces")
		}
	case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "..."):
		s.level, s.open, s.plain = nil, false, false
		s.lost = len(strings.TrimSpace(line)) > 3 // content in this line
	case strings.HasPrefix(line, "%YAML "), strings.HasPrefix(line, "%TAG "):
	default:
		s.readText(len(line)-len(text), text)
	}
}

// readText reads what begins in a column of the line.
func (s *scanner) readText(column int, text string) {
	if s.continues(column) {
		s.readContinuation(text)
		return
	}
	for isItem(text) {
		if !s.place(column, anItem, text) {
			return
		}
		rest := strings.TrimLeft(text[1:], " ")
		if strings.HasPrefix(rest, "\t") {
			s.fail(s.line(), "a tab after a dash; YAML is indented with spaces")
			return
		}
		s.open, s.last = true, s.line()
		if rest == "" || rest[0] == '#' {
			return
		}
		column += len(text) - len(rest)
		text = rest
	}
	if strings.HasPrefix(text, "? ") {
		s.lost = true
		return
	}
	if strings.IndexByte("@`%", text[0]) >= 0 {
		s.fail(s.line(), SpecialCharacter)
		return
	}
	value, isKey := afterKey(text)
	if !isKey {
		if s.place(column, aText, text) {
			s.readValue(text, true)
		}
		return
	}
	if s.place(column, aKey, text) {
		s.open, s.last = true, s.line()
		s.readValue(value, false)
	}
}

// continues reports whether a line belongs to the text of the lines above.
func (s *scanner) continues(column int) bool {
	return s.plain && !s.open && (len(s.level) == 0 || column > s.top().column)
}

func (s *scanner) readContinuation(text string) {
	if _, isKey := afterKey(text); !isKey {
		s.plain = !strings.Contains(text, " #")
		return
	}
	above := strings.TrimLeft(s.lines[s.last-1], " ")
	switch {
	case s.bare && LacksSpaceAfterColon(strings.TrimLeft(above, "- ")):
		s.fail(s.last, "a space is missing after the colon; write key: value")
	case LacksSpaceAfterDash(above):
		s.fail(s.last, "a space is missing after the dash that begins a list item")
	default:
		s.failDeeper()
	}
}

func (s *scanner) failDeeper() {
	s.fail(s.line(), "check the indentation: this line is deeper than line %d, which has a value already", s.last)
}

// place finds the level that a column belongs to, ends those that are deeper, and
// begins a new one if need be.
func (s *scanner) place(column int, k kindOfLine, text string) (ok bool) {
	begin := func() {
		if k != aText {
			s.level = append(s.level, level{column, k == anItem, s.line()})
		}
	}
	if len(s.level) == 0 {
		begin()
		return true
	}
	top := s.top()
	switch {
	case s.open && (column > top.column || column == top.column && k == anItem && !top.list):
		begin()
		return true
	case column > top.column:
		s.failDeeper()
		return false
	}
	ended := top
	for len(s.level) > 0 && s.top().column > column {
		ended = s.top()
		s.level = s.level[:len(s.level)-1]
	}
	if len(s.level) == 0 || s.top().column < column {
		s.failColumn(column, ended)
		return false
	}
	if n := len(s.level); k == aKey && s.top().list && n > 1 && s.level[n-2].column == column {
		s.level = s.level[:n-1] // a list may be as deep as its key
	}
	return s.fits(k, text)
}

func (s *scanner) failColumn(column int, ended level) {
	if len(s.level) == 0 {
		s.fail(s.line(), "check the indentation: this line begins in column %d, and line %d, the first one, in column %d", column+1, ended.line, ended.column+1)
		return
	}
	s.fail(s.line(), "check the indentation: this line begins in column %d, which fits nothing above; column %d would continue line %d, column %d line %d",
		column+1, ended.column+1, ended.line, s.top().column+1, s.top().line)
}

// fits checks what stands in the column of the level on top.
func (s *scanner) fits(k kindOfLine, text string) bool {
	top := s.top()
	switch {
	case k == anItem && top.list, k == aKey && !top.list:
		return true
	case k != anItem && LacksSpaceAfterDash(text):
		s.fail(s.line(), "a space is missing after the dash that begins a list item")
	case k == anItem:
		s.fail(s.line(), "check the indentation: a list item among the keys that begin in line %d", top.line)
	case k == aKey:
		s.fail(s.line(), "check the indentation: a key where the list of line %d goes on; it must be deeper, or begin with a dash", top.line)
	case k == aText && (text[0] == '"' || text[0] == '\'') && quoteEnd(text, 1, text[0]) < 0:
		s.fail(s.line(), "a quote opened in line %d is never closed", s.line())
	case top.list:
		s.fail(s.line(), "check the indentation: neither deeper than the list of line %d, nor a list item, which begins with a dash and a space", top.line)
	case LacksSpaceAfterColon(text):
		s.fail(s.line(), "a space is missing after the colon; write key: value")
	default:
		s.fail(s.line(), "check the indentation: neither a key with its colon, nor deeper than the keys that begin in line %d", top.line)
	}
	return false
}

func isItem(text string) bool {
	return text == "-" || strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "-\t")
}

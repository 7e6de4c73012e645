package syntax

import (
	"regexp"
	"strings"
)

var blockHeader = regexp.MustCompile(`^[|>][0-9+-]{0,2}[ \t]*( #.*)?$`)

// afterKey returns what follows a key and its colon, if text begins with these.
func afterKey(text string) (value string, isKey bool) {
	if text = withoutProperties(text); text == "" {
		return "", false
	}
	from, before := 0, text
	switch text[0] {
	case '[', '{', '#':
		return "", false
	case '"', '\'':
		end := quoteEnd(text, 1, text[0])
		if end < 0 || !strings.HasPrefix(text[end:], ":") {
			return "", false
		}
		from = end
	default:
		before = withoutComment(text)
	}
	i := colon(before[from:])
	if i < 0 {
		return "", false
	}
	return strings.TrimLeft(text[from+i+1:], " \t"), true
}

// colon is the index of the first colon that ends a key, -1 if there is none.
func colon(text string) int {
	for i := range len(text) {
		if text[i] == ':' && (i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\t') {
			return i
		}
	}
	return -1
}

// withoutComment cuts a comment off a text that has no quotes.
func withoutComment(text string) string {
	text, _, _ = strings.Cut(text, " #")
	return strings.TrimRight(text, " \t")
}

// quoteEnd is the index behind the quote that ends a text, -1 if it is not in this line.
func quoteEnd(text string, from int, quote byte) int {
	for i := from; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return -1
}

// readValue reads the value that begins in this line, to its end, which may be in
// another one.
func (s *scanner) readValue(text string, bare bool) {
	text = withoutProperties(text)
	s.plain = false
	if text == "" || text[0] == '#' {
		return
	}
	s.open, s.bare, s.last = false, bare, s.line()
	switch text[0] {
	case '"', '\'':
		s.readQuoted(len(s.lines[s.n])-len(text), text[0])
	case '[', '{':
		s.readFlow(len(s.lines[s.n]) - len(text))
	case '|', '>':
		if !blockHeader.MatchString(text) {
			s.fail(s.line(), SpecialCharacter)
			return
		}
		s.readBlock(strings.ContainsAny(text[1:min(3, len(text))], "123456789"))
	case '@', '`', '%', ']', '}', ',':
		s.fail(s.line(), SpecialCharacter)
	case '*':
	default:
		if !bare && isItem(text) {
			s.fail(s.line(), "a list item in the line of its key; begin a line with it, or put the value in quotes")
			return
		}
		s.plain = !strings.Contains(text, " #")
		if colon(withoutComment(text)) >= 0 {
			s.fail(s.line(), "quote a value that contains ': ' or ' #', or ends with a colon")
		}
	}
}

// withoutProperties cuts anchors and tags off the beginning of a value.
func withoutProperties(text string) string {
	for text != "" && (text[0] == '&' || text[0] == '!') {
		_, rest, _ := strings.Cut(text, " ")
		text = strings.TrimLeft(rest, " ")
	}
	return text
}

// readQuoted reads on to the end of a quoted text.
func (s *scanner) readQuoted(from int, quote byte) {
	end := s.skipQuoted(from+1, quote)
	if end < 0 {
		return
	}
	if rest := strings.TrimSpace(s.lines[s.n][end:]); rest == "" || rest[0] == '#' {
		return
	}
	if s.line() != s.last {
		s.fail(s.last, "a quote opened in line %d is never closed", s.last)
		return
	}
	s.fail(s.line(), `text after a closing quote; quote the whole value, and write '' for ' in single quotes, \" for " in double quotes`)
}

// skipQuoted goes to the line in which a quote ends and returns the index behind it, -1
// if that is nowhere.
func (s *scanner) skipQuoted(from int, quote byte) (end int) {
	opened := s.line()
	for ; s.n < len(s.lines); s.n++ {
		if end = quoteEnd(s.lines[s.n], from, quote); end >= 0 {
			return end
		}
		from = 0
	}
	s.fail(opened, "a quote opened in line %d is never closed", opened)
	return -1
}

// readFlow reads on to the bracket that closes the one at from.
func (s *scanner) readFlow(from int) {
	type bracket struct {
		closing byte
		line    int
	}
	var open []bracket
	fresh := true // a new value begins
	for i := from; s.n < len(s.lines); i++ {
		if line := s.lines[s.n]; i >= len(line) || line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			s.n++
			i = -1
			continue
		}
		switch c := s.lines[s.n][i]; {
		case c == ' ' || c == '\t':
		case fresh && (c == '"' || c == '\''):
			end := s.skipQuoted(i+1, c)
			if end < 0 {
				return
			}
			i, fresh = end-1, false
		case fresh && (c == '@' || c == '`' || c == '%'):
			s.fail(s.line(), SpecialCharacter)
			return
		case c == '[' && fresh, c == '{' && fresh:
			open = append(open, bracket{c + 2, s.line()}) // as ASCII has it
		case c == ']' || c == '}':
			last := open[len(open)-1]
			if c != last.closing {
				s.fail(last.line, "a bracket opened in line %d is closed by one of another kind in line %d", last.line, s.line())
				return
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				s.endFlow(s.lines[s.n][i+1:])
				return
			}
			fresh = false
		default:
			fresh = c == ',' || c == ':'
		}
	}
	s.fail(open[0].line, "a bracket opened in line %d is never closed", open[0].line)
}

func (s *scanner) endFlow(rest string) {
	rest = strings.TrimSpace(rest)
	switch {
	case rest == "", rest[0] == '#':
	case rest[0] == ':':
		s.lost = true
	default:
		s.fail(s.line(), "text after a closing bracket; put a value that begins with a bracket in quotes")
	}
}

// readBlock reads on to the end of a text that begins with | or >. Its lines are as
// deep as the first one, if the header does not say how deep they are.
func (s *scanner) readBlock(depthGiven bool) {
	parent, column, first := -1, -1, 0
	if len(s.level) > 0 {
		parent = s.top().column
	}
	for ; s.n+1 < len(s.lines); s.n++ {
		next := s.lines[s.n+1]
		text := strings.TrimLeft(next, " ")
		if text == "" {
			continue
		}
		switch indent := len(next) - len(text); {
		case depthGiven && indent > parent:
		case column < 0 && indent > parent:
			column, first = indent, s.n+2
		case column >= 0 && indent >= column:
		case column >= 0 && indent > parent && text[0] != '#':
			s.fail(s.n+2, "check the indentation: this line is less deep than line %d, with which its text begins", first)
			return
		default:
			return
		}
	}
}

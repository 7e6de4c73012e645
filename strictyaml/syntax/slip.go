// Package syntax finds the mistakes that people make in the syntax of YAML, and says in
// which line each is and what to do about it.
package syntax

import (
	"bytes"
	"regexp"
	"strings"
)

// Slip is a mistake in the syntax of a file: its line, and what to do about it. The text
// has nothing of the file in it, which may be a secret.
type Slip struct {
	Line int // from 1
	Text string
}

// FindSlip looks for the mistake in a text that is not valid YAML. A parser notices it
// late, often at the end of what it broke, and names where that begins. This looks at
// one line after the other as a person does: at its indentation, at whether it is a key
// or a list item, and at how its value begins and ends. It returns nil for what it does
// not understand.
func FindSlip(data []byte) *Slip {
	text := strings.ReplaceAll(string(bytes.TrimPrefix(data, []byte("\ufeff"))), "\r\n", "\n")
	if strings.ContainsRune(text, '\r') {
		return nil
	}
	s := &scanner{lines: strings.Split(text, "\n")}
	for s.n < len(s.lines) && s.slip == nil && !s.lost {
		s.readLine()
		s.n++
	}
	return s.slip
}

// SpecialCharacter is what to do about a value that begins with one.
const SpecialCharacter = "a value begins with a character that has a meaning in YAML; put it in quotes"

var (
	noSpaceAfterColon = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*:[^\s/]`)
	noSpaceAfterDash  = regexp.MustCompile(`^-[A-Za-z_]`)
)

// LacksSpaceAfterColon reports whether a text begins with what was meant to be a key.
func LacksSpaceAfterColon(text string) bool { return noSpaceAfterColon.MatchString(text) }

// LacksSpaceAfterDash reports whether a text was meant to be a list item.
func LacksSpaceAfterDash(text string) bool { return noSpaceAfterDash.MatchString(text) }

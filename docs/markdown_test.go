package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the folder of this repository, by whose paths files are named here.
const root = ".."

// document reads a file of this repository.
func document(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tableRows gives the rows of all tables that have the given header, such as
// "reason | meaning". Cells are without the backticks around a whole cell.
func tableRows(t *testing.T, text, header string) [][]string {
	t.Helper()
	var rows [][]string
	inTable := false
	for line := range strings.Lines(text) {
		cells := tableCells(line)
		switch {
		case cells == nil:
			inTable = false
		case strings.Join(cells, " | ") == header:
			inTable = true
		case inTable && !strings.HasPrefix(cells[0], "---"):
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("no table with the header %q", header)
	}
	return rows
}

// tableCells splits a line of a table; nil if it is none.
func tableCells(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i, c := range cells {
		c = strings.TrimSpace(c)
		if len(c) > 1 && strings.Count(c, "`") == 2 && strings.HasPrefix(c, "`") && strings.HasSuffix(c, "`") {
			c = strings.Trim(c, "`")
		}
		cells[i] = c
	}
	return cells
}

var fence = regexp.MustCompile("(?s)\n```(\\w+)\n(.*?\n)```\n")

// codeBlocks gives the code blocks of a language.
func codeBlocks(text, language string) []string {
	var blocks []string
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		if m[1] == language {
			blocks = append(blocks, m[2])
		}
	}
	return blocks
}

package faults

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const (
	document   = "../../docs/reliability.md"
	tableBegin = "<!-- the table begins: make faults FAULTS=-update writes it -->\n"
	tableEnd   = "<!-- the table ends -->\n"
)

// checkDocument compares the table of the document with the rows, which have
// all passed, or writes it.
func checkDocument(t *testing.T, rows []row) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("%s has no place for the table", document)
	}
	want := before + tableBegin + "\n" + table(rows) + "\n" + tableEnd + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s differs from what was tested; make faults FAULTS=-update writes it", document)
	}
	if err := os.WriteFile(document, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

// table writes the rows in Markdown.
func table(rows []row) string {
	var b strings.Builder
	b.WriteString("| service | fault | reason | status | calls | log lines | recovery |\n|---|---|---|---|---|---|---|\n")
	for _, s := range append(slices.Clone(services), storage) {
		for _, r := range rows {
			if r.service != s {
				continue
			}
			reason := "–"
			if r.reason != "" {
				reason = "`" + r.reason + "`"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | ≤ %d | ≤ %d | %s |\n", strings.ToUpper(string(s)), r.name, reason, r.status, r.calls, r.lines, r.recovery.text)
		}
	}
	return b.String()
}

package syntax_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/strictyaml"
	"cloudjob_exporter/strictyaml/syntax"
)

// validYAML reports whether the parser takes all of a text.
func validYAML(data []byte) bool {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		if err := decoder.Decode(&n); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// TestNoSlipInGoodFiles looks at every YAML file of the repository: in those that are
// valid there is no slip.
func TestNoSlipInGoodFiles(t *testing.T) {
	files := 0
	repository := os.DirFS("../..")
	err := fs.WalkDir(repository, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" && filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := fs.ReadFile(repository, path)
		if err != nil {
			return err
		}
		if found := syntax.FindSlip(data); found != nil && validYAML(data) {
			t.Errorf("%s:%d: %s", path, found.Line, found.Text)
		}
		files++
		return nil
	})
	if err != nil || files < 50 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestNoSlipInGoodYAML(t *testing.T) {
	for _, text := range []string{
		"", "a", "- a", "a: b", "a:\n- b\n- c\nd: e", "a:\n  - b\n  - c: d\n    e: f\n  -\n    g: h\n", "- - a\n  - b\n- c\n",
		"a: b\n  c\n  - d\ne: f", "a: |\n  b: c\n   d\n\n  e\nf: g", "a: >-\n\n  b\n # c\nd: e", "- |\n b\n- c", "a: |2\n   b\n  c\n",
		"a: 'b''c' # d\ne: \"f\\\"g\n  h\"\n", "a: \"#\" # b", "'a b': c\n\"d\": e", "a: [b, 'c', \"]\", # d ]\n  e]\nf: {g: [h, {i: j}], k: l}\n",
		"a: &b\n  c: d\ne: *b\nf: &g [h]\ni: !!str j\nk: !l\n", "<<: *a\n", "a: http://b:1/c#d\n", "a: b:c\n", "a: -b\n", "- -1\n- a: -1\n",
		"---\na: b\n...\n---\n- c\n", "%YAML 1.1\n---\na: b", "  a: b\n  c: d", "\ufeffa: b\r\nc: d\r\n", "a:\n\n  # b\n  c: d\n# e\nf: g\n",
		"- a: b\n  c:\n  - d\n  - e\n- f: g", "a: [\nb,\nc]\nd: e", "a: don't\nb: it's \"c\"\n", "a: b # c: d\ne: f", "a:\n  b\n  c\nd: e",
		"a: # b\n  c: d", "- # b\n  c: d", "? a\n: b", "a: {b: c, 'd': e, f: don't}", "a: b\n\n\nc: d", "a: [b]\nc: {}\n", "a:\t b\n",
	} {
		if !validYAML([]byte(text)) && !strings.Contains(text, "*a") {
			t.Errorf("%q is not valid", text)
		}
		if found := syntax.FindSlip([]byte(text)); found != nil {
			t.Errorf("%q: %d: %s", text, found.Line, found.Text)
		}
	}
}

// TestSlips has slips as people make them, each in a file of one project and two jobs.
func TestSlips(t *testing.T) {
	const good = `projects:
  - name: prod
    cloud: otc
    region: eu-de
    project_id: 09bb24e6fe80d23d2fa2c010b53b418c
    username: reader
    password: hunter2
    domain_name: OTC
    endpoints:
      elb: https://elb.example.com
jobs:
  - provider: elb
    project: prod
    ids:
      - a
      - b
  - provider: cfw
    project: prod
    ids: [c, d]
    stuck_after: 1h
`
	const (
		special = "a value begins with a character that has a meaning in YAML; put it in quotes"
		colon   = "quote a value that contains ': ' or ' #', or ends with a colon"
		space   = "a space is missing after the colon; write key: value"
		dash    = "a space is missing after the dash that begins a list item"
		behind  = `text after a closing quote; quote the whole value, and write '' for ' in single quotes, \" for " in double quotes`
		noBreak = "the character U+00A0 (no-break space) in the indentation; YAML is indented with spaces"
		tab     = "a tab in the indentation; YAML is indented with spaces"
	)
	deeper := func(line int) string {
		return fmt.Sprintf("check the indentation: this line is deeper than line %d, which has a value already", line)
	}
	fits := func(column, column1, line1, column2, line2 int) string {
		return fmt.Sprintf("check the indentation: this line begins in column %d, which fits nothing above; column %d would continue line %d, column %d line %d",
			column, column1, line1, column2, line2)
	}
	quoteIn := func(line int) string { return fmt.Sprintf("a quote opened in line %d is never closed", line) }
	bracketIn := func(line int) string { return fmt.Sprintf("a bracket opened in line %d is never closed", line) }
	for _, tc := range []struct {
		name, old, new string
		line           int
		want           string
	}{
		{"a key one space short", "    region:", "   region:", 4, fits(4, 5, 2, 3, 2)},
		{"a key one space too deep", "    region:", "     region:", 4, deeper(3)},
		{"a key two spaces short", "    region:", "  region:", 4, "check the indentation: a key where the list of line 2 goes on; it must be deeper, or begin with a dash"},
		{"a key two spaces too deep", "    region:", "      region:", 4, deeper(3)},
		{"the last key one space short", "    stuck_after:", "   stuck_after:", 20, fits(4, 5, 17, 3, 12)},
		{"the first key too deep", "  - name:", "  -  name:", 3, fits(5, 6, 2, 3, 2)},
		{"a nested key between", "      elb:", "   elb:", 10, fits(4, 5, 2, 3, 2)},
		{"a section one space in", "\njobs:", "\n jobs:", 11, fits(2, 3, 2, 1, 1)},
		{"a dash one space short", "      - b", "     - b", 16, fits(6, 7, 15, 5, 12)},
		{"a dash in the column of keys", "  - provider: cfw", "    - provider: cfw", 17, "check the indentation: a list item among the keys that begin in line 12"},
		{"a dash one space in", "  - provider: cfw", "   - provider: cfw", 17, fits(4, 5, 12, 3, 12)},
		{"no dash, in its column", "  - provider: cfw", "  provider: cfw", 17, "check the indentation: a key where the list of line 12 goes on; it must be deeper, or begin with a dash"},
		{"no dash before a text", "      - b", "      b", 16, "check the indentation: neither deeper than the list of line 15, nor a list item, which begins with a dash and a space"},
		{"no space after a dash", "  - provider: cfw", "  -provider: cfw", 17, dash},
		{"no space after the first dash", "  - provider: elb", "  -provider: elb", 12, dash},
		{"no space after a dash before a text", "      - b", "      -b", 16, dash},
		{"no space after a colon", "region: eu-de", "region:eu-de", 4, space},
		{"no space after the first colon", "- name: prod", "- name:prod", 2, space},
		{"no space after the last colon", "stuck_after: 1h", "stuck_after:1h", 20, space},
		{"no colon", "region: eu-de", "region eu-de", 4, "check the indentation: neither a key with its colon, nor deeper than the keys that begin in line 2"},
		{"an equals sign", "region: eu-de", "region=eu-de", 4, "check the indentation: neither a key with its colon, nor deeper than the keys that begin in line 2"},
		{"a tab", "    region:", "\tregion:", 4, tab},
		{"a tab among spaces", "    region:", "  \tregion:", 4, tab},
		{"a no-break space", "    region:", "\u00a0   region:", 4, noBreak},
		{"a no-break space behind spaces", "    region:", "   \u00a0region:", 4, noBreak},
		{"a no-break space too deep", "    region:", "     \u00a0region:", 4, noBreak},
		{"no-break spaces alone", "    region:", "\u00a0\u00a0\u00a0\u00a0region:", 4, noBreak},
		{"a no-break space after a dash", "  - name:", "  -\u00a0name:", 2, noBreak},
		{"an em space", "    region:", "  \u2003region:", 4, "the character U+2003 (looks like a space) in the indentation; YAML is indented with spaces"},
		{"a space of no width", "    region:", "   \u200bregion:", 4, "the character U+200B (looks like a space) in the indentation; YAML is indented with spaces"},
		{"a tab after a dash", "  - name:", "  -\tname:", 2, "a tab after a dash; YAML is indented with spaces"},
		{"a double quote", "hunter2", `"hunter2`, 7, quoteIn(7)},
		{"a single quote", "hunter2", `'hunter2`, 7, quoteIn(7)},
		{"a quote that another one ends", "hunter2\n    domain_name: OTC", "\"hunter2\n    domain_name: \"OTC\"", 7, quoteIn(7)},
		{"a quote that an apostrophe ends", "hunter2\n    domain_name: OTC", "'hunter2\n    domain_name: OTC # don't", 7, quoteIn(7)},
		{"a quote of a key", "    region:", `    "region:`, 4, quoteIn(4)},
		{"a quote in a list", "[c, d]", `[c, "d]`, 19, quoteIn(19)},
		{"text after a quote", "hunter2", `"hunter"2`, 7, behind},
		{"a quote in quotes", "hunter2", `'hun'ter2'`, 7, behind},
		{"a backslash", "hunter2", `"hunter\2"`, 7, `a backslash in double quotes has a meaning; use single quotes, or write \\`},
		{"a colon", "hunter2", "hun: ter2", 7, colon},
		{"a colon at the end", "hunter2", "hunter2:", 7, colon},
		{"a colon before a comment", "hunter2", "hunter2: # unquoted", 7, colon},
		{"a colon in a list", "      - b", "      - a: b: c", 16, colon},
		{"an at sign", "hunter2", "@hunter2", 7, special},
		{"a percent sign", "hunter2", "%hunter2", 7, special},
		{"a backtick", "hunter2", "`hunter2", 7, special},
		{"an at sign before a key", "region", "@region", 4, special},
		{"a backtick in a list", "[c, d]", "[c, `d]", 19, special},
		{"a bar", "hunter2", "|hunter2", 7, special},
		{"a closing bracket", "hunter2", "]hunter2", 7, special},
		{"a comma", "hunter2", ",hunter2", 7, special},
		{"an asterisk", "hunter2", "*hunter2", 7, "a value that begins with * is an alias, and this one has no anchor; if it is no alias, put it in quotes"},
		{"an opening bracket", "hunter2", "[hunter2", 7, bracketIn(7)},
		{"an opening brace", "hunter2", "{hunter2", 7, bracketIn(7)},
		{"a list in brackets", "[c, d]", "[c, d", 19, bracketIn(19)},
		{"a bracket in a comment", "[c, d]", "[c, d #]", 19, bracketIn(19)},
		{"brackets of two kinds", "[c, d]", "[c, d}", 19, "a bracket opened in line 19 is closed by one of another kind in line 19"},
		{"text after a bracket", "hunter2", "[hun]ter2", 7, "text after a closing bracket; put a value that begins with a bracket in quotes"},
		{"a list in the line of its key", "hunter2", "- hunter2", 7, "a list item in the line of its key; begin a line with it, or put the value in quotes"},
		{"a block", "hunter2", "|\n        hunter2\n      hunter2", 9, "check the indentation: this line is less deep than line 8, with which its text begins"},
		{"a block that ends too early", "hunter2", "|\n      hunter2\n    hunter2", 9, "check the indentation: neither a key with its colon, nor deeper than the keys that begin in line 2"},
		{"a key deeper than a quoted value", "region: eu-de\n    ", "region: 'eu-de'\n      ", 5, deeper(4)},
		{"a key deeper than a list", "[c, d]\n    ", "[c, d]\n      ", 20, deeper(19)},
		{"the first line too deep", "projects:", "  projects:", 11, "check the indentation: this line begins in column 1, and line 1, the first one, in column 3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := strings.Replace(good, tc.old, tc.new, 1)
			_, err := strictyaml.Parse("c.yml", []byte(text))
			if want := fmt.Sprintf("c.yml:%d: %s", tc.line, tc.want); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s\nof\n%s", err, want, text)
			}
			if strings.Contains(fmt.Sprint(err), "hunter2") {
				t.Error("the error shows the password")
			}
		})
	}
}

// TestEverySlipOfTheExample makes each slip in each line of the example. Whatever the
// parser refuses must be found in that line, or in one that names it.
func TestEverySlipOfTheExample(t *testing.T) {
	text, err := os.ReadFile("../../cloudjob.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	slips := map[string]func(string) string{
		"one space more":   func(l string) string { return " " + l },
		"two spaces more":  func(l string) string { return "  " + l },
		"four spaces more": func(l string) string { return "    " + l },
		"one space less":   func(l string) string { return strings.TrimPrefix(l, " ") },
		"two spaces less":  func(l string) string { return strings.TrimPrefix(l, "  ") },
		"no space":         func(l string) string { return strings.Replace(l, ": ", ":", 1) },
		"no colon":         func(l string) string { return strings.Replace(l, ":", "", 1) },
		"no dash":          func(l string) string { return strings.Replace(l, "- ", "", 1) },
		"a space for it":   func(l string) string { return strings.Replace(l, "- ", "  ", 1) },
		"no space behind":  func(l string) string { return strings.Replace(l, "- ", "-", 1) },
		"a tab":            func(l string) string { return strings.Replace(l, "  ", "\t", 1) },
		"a quote":          func(l string) string { return strings.Replace(l, ": ", `: "`, 1) },
		"an apostrophe":    func(l string) string { return strings.Replace(l, ": ", ": '", 1) },
		"a colon":          func(l string) string { return strings.Replace(l, ": ", ": a: ", 1) },
		"a bracket":        func(l string) string { return strings.Replace(l, ": ", ": [", 1) },
		"no bracket":       func(l string) string { return strings.Replace(l, "]", "", 1) },
		"a special one":    func(l string) string { return strings.Replace(l, ": ", ": @", 1) },
	}
	found := 0
	for name, slip := range slips {
		for i, line := range lines {
			bad := slip(line)
			if bad == line || strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			changed := append([]string(nil), lines...)
			changed[i] = bad
			data := []byte(strings.Join(changed, "\n"))
			if validYAML(data) {
				continue
			}
			found++
			_, err := strictyaml.Parse("c.yml", data)
			var all strictyaml.Errors
			if !errors.As(err, &all) || len(all) != 1 {
				t.Fatalf("%s in line %d: %v", name, i+1, err)
			}
			got := all[0]
			if got.Line != i+1 && !strings.Contains(got.Text+" ", fmt.Sprintf("line %d ", i+1)) && !strings.Contains(got.Text, fmt.Sprintf("line %d,", i+1)) {
				t.Errorf("%s in line %d, %q: got %v", name, i+1, bad, err)
			}
			if strings.Contains(got.Text, "not valid YAML") {
				t.Errorf("%s in line %d, %q: the parser's own words: %v", name, i+1, bad, err)
			}
		}
	}
	if found < 500 {
		t.Errorf("only %d slips", found)
	}
}

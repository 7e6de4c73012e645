package docs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const licencesFile = "docs/licences.md"

// licenceTexts tells a licence by words that only its text has, whatever the white
// space between them.
var licenceTexts = []struct{ name, words string }{
	{"Apache-2.0", `Apache License,? Version 2\.0`},
	{"BSD-3-Clause", `Redistribution and use in source and binary forms.*(Neither|may) .*be used to endorse or promote`},
	{"BSD-2-Clause", `Redistribution and use in source and binary forms`},
	{"MIT", `Permission is hereby granted, free of charge, to any person`},
	{"ISC", `Permission to use, copy, modify, and/or distribute this software`},
	{"MPL-2.0", `Mozilla Public License Version 2\.0`},
}

// TestLicencesAreListed holds docs/licences.md and what is linked into the
// program together. To write the file anew: make licences
func TestLicencesAreListed(t *testing.T) {
	text := licences(t)
	if os.Getenv("WRITE_LICENCES") != "" {
		if err := os.WriteFile(filepath.Join(root, licencesFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if document(t, licencesFile) != text {
		t.Errorf("%s is out of date; make licences writes it", licencesFile)
	}
}

// licences is the document.
func licences(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# Licences

What is linked into the program, besides Go's standard library (BSD-3-Clause), and under which licence: read from the licence files of the
modules by ` + "`make licences`" + `. A test fails when this list is out of date, or a licence is one that it does not know.
Why each module that is used directly is there: [dependencies](dependencies.md).

| module | version | licence | notice |
|---|---|---|---|
`)
	for _, m := range linked(t) {
		files, err := os.ReadDir(m.Dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		notice := "–"
		for _, f := range files {
			switch upper := strings.ToUpper(f.Name()); {
			case strings.HasPrefix(upper, "NOTICE"):
				notice = f.Name()
			case strings.HasPrefix(upper, "LICENSE"), strings.HasPrefix(upper, "COPYING"):
				names = append(names, licenceNames(t, filepath.Join(m.Dir, f.Name()))...)
			}
		}
		slices.Sort(names)
		if len(names) == 0 {
			t.Errorf("%s has no licence that is known", m.Path)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.Path, m.Version, strings.Join(slices.Compact(names), " and "), notice)
	}
	return b.String()
}

// module is what go list says of one.
type module struct {
	Path, Version, Dir string
	Main               bool
}

// linked lists the modules of which packages are in the program for Linux, where
// it runs; elsewhere there may be others.
func linked(t *testing.T) []module {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Module", root)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var modules []module
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ Module *module }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module != nil && !p.Module.Main && !slices.Contains(modules, *p.Module) {
			modules = append(modules, *p.Module)
		}
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return modules
}

// licenceNames gives the licences whose words are in a file: one that lists
// several parts may have more than one.
func licenceNames(t *testing.T, path string) (names []string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(content)), " ")
	for _, l := range licenceTexts {
		if l.name == "BSD-2-Clause" && slices.Contains(names, "BSD-3-Clause") {
			continue
		}
		if regexp.MustCompile("(?i)" + l.words).MatchString(text) {
			names = append(names, l.name)
		}
	}
	if len(names) == 0 {
		t.Errorf("%s is a licence that is not known", path)
	}
	return names
}

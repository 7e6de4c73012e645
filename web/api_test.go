package web

import (
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// documented gives the cells of the first table with a header that follows a
// heading of docs/api.md.
func documented(t *testing.T, heading, header string) [][]string {
	t.Helper()
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, table, ok := strings.Cut(section, "\n| "+header+" |\n")
	if !ok {
		t.Fatalf("%s has no table with the header %s", heading, header)
	}
	var rows [][]string
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		if !strings.HasPrefix(line, "|---") {
			rows = append(rows, strings.Split(strings.Trim(line, "| \n"), " | "))
		}
	}
	return rows
}

func TestEveryFieldIsDocumented(t *testing.T) {
	fields := documented(t, "GET /api/v1/jobs", "field | type | meaning | absent")
	of := reflect.TypeFor[jobJSON]()
	if len(fields) != of.NumField() {
		t.Fatalf("%d fields are documented, of %d", len(fields), of.NumField())
	}
	for i, row := range fields {
		field := of.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if row[0] != "`"+name+"`" || row[1] != typeName(field.Type) {
			t.Errorf("%s %s is documented as %s %s", name, typeName(field.Type), row[0], row[1])
		}
		if always := options != "omitempty"; always != (row[3] == "never") {
			t.Errorf("%s is documented as absent %s", name, row[3])
		}
	}
}

// typeName is what docs/api.md calls a type.
func typeName(of reflect.Type) string {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	switch {
	case of == reflect.TypeFor[time.Time]():
		return "time"
	case of.Kind() == reflect.String:
		return "text"
	case of.Kind() == reflect.Bool:
		return "boolean"
	}
	return "number"
}

func TestEveryParameterIsDocumented(t *testing.T) {
	name := regexp.MustCompile(`\w+`)
	for heading, is := range map[string]func(string) bool{
		"GET /api/v1/jobs": func(name string) bool {
			_, problem := readFilter(url.Values{name: {""}})
			return problem == ""
		},
		"PUT /api/v1/jobs": func(name string) bool { return slices.Contains(registerParameters, name) },
		"GET /probe": func(name string) bool {
			return !strings.HasPrefix(checkParameters(url.Values{name: {"x"}}, probeParameters...), "There is no parameter")
		},
	} {
		var names []string
		for _, row := range documented(t, heading, "parameter | meaning") {
			names = append(names, name.FindString(row[0]))
		}
		for _, n := range names {
			if !is(n) {
				t.Errorf("%s has no parameter %s", heading, n)
			}
		}
		for _, n := range slices.Concat(filters, probeParameters, registerParameters) {
			if is(n) && !slices.Contains(names, n) {
				t.Errorf("%s: %s is not documented", heading, n)
			}
		}
	}
}

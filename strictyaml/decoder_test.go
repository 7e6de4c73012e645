package strictyaml

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// library is what the files of these tests become.
type library struct {
	Name    string
	Rules   string // of several lines
	Catalog string // a file
	Renewal time.Duration
	Floors  int
	Area    float64
	Open    bool
	Words   []string
	Shelves []shelf
}

type shelf struct {
	Name  string
	Books int
}

// reader is a decoder with the mappings behind Shelves.
type reader struct {
	*Decoder
	shelves []Mapping
}

func (r *reader) fields() Fields[library] {
	short := func(s string) string {
		if len(s) > 20 {
			return "is too long"
		}
		return ""
	}
	return Fields[library]{
		TextField("name", func(l *library) *string { return &l.Name }, short),
		LinesField("rules", func(l *library) *string { return &l.Rules }, nil),
		PathField("catalog", func(l *library) *string { return &l.Catalog }),
		DurationField("renewal", func(l *library) *time.Duration { return &l.Renewal }, nil),
		IntField("floors", func(l *library) *int { return &l.Floors }, nil),
		FloatField("area", func(l *library) *float64 { return &l.Area }, nil),
		BoolField("open", func(l *library) *bool { return &l.Open }),
		TextsField("words", func(l *library) *[]string { return &l.Words }, OneOf("old", "new")),
		ListField("shelves", func(l *library) *[]shelf { return &l.Shelves }, Fields[shelf]{
			TextField("name", func(s *shelf) *string { return &s.Name }, nil),
			IntField("books", func(s *shelf) *int { return &s.Books }, nil),
		}, shelf{Books: 7}, &r.shelves),
	}
}

func read(text string) (l library, r *reader, err error) {
	r = &reader{Decoder: NewDecoder("dir/l.yml")}
	if root, ok := r.Document([]byte(text)); ok {
		r.fields().Read(r.Decoder, root, &l)
	}
	err = r.Err()
	return l, r, err
}

func TestFields(t *testing.T) {
	const text = `name: main
rules: |-
    be quiet
    be kind
catalog: dir/books.csv
renewal: 1h30m
floors: 3
area: 1.5
open: true
words:
    - old
    - new
shelves:
    - name: a
      books: 7
    - name: "1"
      books: 9
`
	want := library{
		Name: "main", Rules: "be quiet\nbe kind", Catalog: "dir/books.csv", Renewal: 90 * time.Minute, Floors: 3, Area: 1.5, Open: true,
		Words: []string{"old", "new"}, Shelves: []shelf{{"a", 7}, {"1", 9}},
	}
	given := strings.NewReplacer("dir/", "", "1h30m", "1.5h", `"1"`, "1", "      books: 7\n", "").Replace(text)
	got, r, err := read(given)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v, %v\nwant %+v", got, err, want)
	}
	if out, err := yaml.Marshal(r.fields().Node(&got)); string(out) != text || err != nil {
		t.Errorf("%v, written as\n%s\nwant\n%s", err, out, text)
	}
	if len(r.shelves) != 2 || r.shelves[1].At("books").Line != 16 || r.shelves[0].At("books").Given() {
		t.Errorf("mappings %+v", r.shelves)
	}
	if at := r.shelves[1].At("books"); at.Path != "shelves[1].books" || at.Key() != "books" {
		t.Errorf("at %s, key %s", at.Path, at.Key())
	}
}

func TestWhatIsNotWritten(t *testing.T) {
	out, err := yaml.Marshal(new(reader).fields().Node(&library{}))
	if want := "renewal: 0s\nfloors: 0\narea: 0\nwords: []\nshelves: []\n"; string(out) != want || err != nil {
		t.Errorf("%v, got\n%s\nwant\n%s", err, out, want)
	}
}

// TestMistakes has all the errors of each text, without the name of the file.
func TestMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"nothing given":      {"name: ~\nwords: []\nopen:\n", nil},
		"a key that is near": {"nam: a\nFloors: 1", []string{":1: nam: unknown key; did you mean name?", ":2: Floors: unknown key; did you mean floors?"}},
		"no such key":        {"zzzzzzz: a", []string{":1: zzzzzzz: unknown key; known are name, rules, catalog, renewal, floors, area, open, words, shelves"}},
		"no space": {
			"shelves:\n- {name: a, books:hunter2}",
			[]string{`:2: shelves[0]."books:…": a space is missing after the colon; write key: value`},
		},
		"kinds": {
			"name: [a]\nrules: {}\nrenewal: 5\nfloors: 1.5\narea: wide\nopen: yes please\nwords: old\nshelves: [a]",
			[]string{
				":1: name: must be text, not a list", ":2: rules: must be text, not a mapping", `:3: renewal: "5" has no unit; for seconds write 5s`,
				`:4: floors: must be a whole number, not "1.5"`, `:5: area: must be a number, not "wide"`, ":6: open: must be true or false, not text",
				":7: words: must be a list, not text", ":8: shelves[0]: must be a mapping of keys to values, not text",
			},
		},
		"kinds of scalars": {
			"name: !!binary aHVudGVyMg==\nfloors: [1]\narea: {}\nwords: [[]]\nrenewal: []",
			[]string{
				":1: name: must be text, not a value with a YAML tag", ":2: floors: must be a whole number, not a list", ":3: area: must be a number, not a mapping",
				":4: words[0]: must be text, not a list", ":5: renewal: must be text, not a list",
			},
		},
		"checks": {
			"name: a very long name indeed\nwords: [old, neu, x]",
			[]string{":1: name: is too long", `:2: words[1]: unknown value "neu"; did you mean new?`, `:2: words[2]: unknown value "x"; known are old, new`},
		},
		"twice":              {"name: a\nfloors: 1\nname: b", []string{":3: name: given twice, first in line 1"}},
		"a key of two words": {"? [a]\n: b", []string{":1: a key must be a word, not a list"}},
		"a deeper line":      {"name: a\n  b", []string{":1: name: has more than one line; check the indentation of the next one"}},
		"control characters": {`name: "a\tb"`, []string{":1: name: has a control character in it, U+0009"}},
		"only a line end":    {`catalog: "\n"`, []string{":1: catalog: is empty"}},
		"no mapping":         {"- a", []string{":1: must be a mapping of keys to values, not a list"}},
		"missing spaces": {
			"words:\n  -old\n  -new\nshelves:\n- name:a",
			[]string{":1: words: must be a list, not text; a list item begins with a dash and a space", ":5: shelves[0]: must be a mapping of keys to values, not text; a key has a space after its colon"},
		},
		"merges": {
			"shelves:\n- &a {name: a}\n- {<<: [*a, b]}\n- {<<: ~}\n- &loop {<<: *loop}",
			[]string{
				":3: shelves[1].<<: only mappings can be merged, not text", ":4: shelves[2].<<: only mappings can be merged, not nothing",
				":5: shelves[3].<<: merges are nested more than 16 deep",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, r, err := read(test.text)
			all, _ := errors.AsType[Errors](err)
			var got []string
			for _, e := range all {
				got = append(got, strings.TrimPrefix(e.Error(), "dir/l.yml"))
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if text := strings.Join(got, "\n"); strings.Contains(text, "hunter2") || strings.Contains(text, "aHVudGVyMg") {
				t.Error("an error shows a secret")
			}
			if r.Exhausted() {
				t.Error("the budget is spent")
			}
		})
	}
}

func TestMerges(t *testing.T) {
	l, _, err := read("shelves:\n- &a {name: a, books: 1}\n- {<<: *a, name: b}\n- {<<: [{name: c}, *a]}\nwords: &w [old]\n")
	if want := []shelf{{"a", 1}, {"b", 1}, {"c", 1}}; err != nil || !reflect.DeepEqual(l.Shelves, want) {
		t.Errorf("got %v, %v, want %v", l.Shelves, err, want)
	}
}

// TestAliasesSpendABudget: a list of 1,000 words that 1,000 aliases repeat.
func TestAliasesSpendABudget(t *testing.T) {
	text := "- &w [" + strings.Repeat("a, ", 999) + "a]\n" + strings.Repeat("- *w\n", 1000)
	d := NewDecoder("l.yml")
	root, ok := d.Document([]byte(text))
	if !ok {
		t.Fatal(d.Err())
	}
	looked := 0
	for _, item := range d.Items(root) {
		looked += len(d.Items(item))
	}
	if !d.Exhausted() || looked > 110_000 {
		t.Errorf("%d words were looked at", looked)
	}
	err := d.Err()
	if all, ok := errors.AsType[Errors](err); !ok || len(all) != 1 || all[0].Text != "aliases make too much of this file; write the values out" {
		t.Errorf("got %v", err)
	}
}

func TestOneMistakeIsOneError(t *testing.T) {
	_, r, _ := read("nam: a\nshelves: [{name: [b]}, {book: 1}]\n")
	root, _ := r.Document([]byte("{}"))
	m, _ := r.Mapping(root, nil)
	for v, want := range map[Value]bool{
		m.At("name"): true, m.At("nam"): true, m.At("floors"): false,
		r.shelves[0].At("name"): true, r.shelves[0].At("books"): false, r.shelves[1].At("books"): true,
	} {
		if got := r.FailedAt(v); got != want {
			t.Errorf("%s: got %t", v.Path, got)
		}
	}
}

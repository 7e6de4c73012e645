package clouds

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/cloud/sanitize"
	"cloudjob_exporter/strictyaml"
)

const (
	// maxNodes is how many values of one file are looked at, so that a few
	// lines with aliases cannot become millions.
	maxNodes = 10_000
	// maxMerges ends merges that merge themselves.
	maxMerges = 16
)

// value is a value in clouds.yaml or in a file beside it.
type value struct {
	strictyaml.Value
	file   string
	budget *int // values of the file that may still be looked at
}

func (v value) errorf(format string, args ...any) error {
	e := &strictyaml.Error{File: v.file, Line: v.Line, Path: v.Path, Text: fmt.Sprintf(format, args...)}
	if isJSON(v.file) {
		e.Line = 0 // that of another text
	}
	return e
}

// kind names what stands here; it never shows the value.
func (v value) kind() string {
	switch n := v.Resolved(); {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.ShortTag() == "!!null":
		return "nothing"
	case slices.Contains(plainTags, n.ShortTag()):
		return "text"
	}
	return "a value with a YAML tag"
}

// plainKey is a key that needs no quotes in a message.
var plainKey = regexp.MustCompile(`^[A-Za-z0-9_.<-]{1,64}$`)

// plainTags are the types of values that can be taken as they are written.
var plainTags = []string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp"}

// text returns a value as it is written: a password may look like a number. It
// is cleaned as a text of the configuration is: one line end at its end is dropped.
func (v value) text() (string, error) {
	if !v.Given() {
		return "", nil
	}
	n := v.Resolved()
	if n.Kind != yaml.ScalarNode || !slices.Contains(plainTags, n.ShortTag()) {
		return "", v.errorf("must be text, not %s", v.kind())
	}
	s, mistake := strictyaml.CleanText(n.Value)
	if mistake != "" {
		return "", v.errorf("%s", mistake)
	}
	return s, nil
}

func (v value) is(kind yaml.Kind) bool { return v.Given() && v.Resolved().Kind == kind }

// each calls f, in the order of the keys, for those of a mapping that say
// something: null and empty text say nothing.
func (v value) each(f func(key string, child value) error) error {
	m, err := v.mapping(true)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		child := m[key]
		if !child.Given() || child.is(yaml.ScalarNode) && child.Resolved().Value == "" {
			continue
		}
		if err := f(key, child); err != nil {
			return err
		}
	}
	return nil
}

// child returns the value of a key.
func (v value) child(key string) (value, error) {
	m, err := v.mapping(false)
	if err != nil {
		return value{}, err
	}
	return m[key], nil
}

// mapping returns the values by key, with - in the keys as _ if normalized is set.
func (v value) mapping(normalized bool) (map[string]value, error) {
	m := make(map[string]value)
	if !v.Given() {
		return m, nil
	}
	return m, v.collect(m, normalized, 0)
}

// collect adds the entries of v to m. What m has already takes precedence over
// what v, merged into it, has.
func (v value) collect(m map[string]value, normalized bool, depth int) error {
	n := v.Resolved()
	if n.Kind != yaml.MappingNode {
		return v.errorf("must be a mapping of keys to values, not %s", v.kind())
	}
	if err := v.spend(len(n.Content)); err != nil {
		return err
	}
	lines := make(map[string]int, len(n.Content)/2)
	var merges []value
	for pair := range slices.Chunk(n.Content, 2) {
		key := strictyaml.Value{Node: pair[0]}.Resolved()
		if key.Kind != yaml.ScalarNode {
			return v.errorf("has a key that is not text in line %d", pair[0].Line)
		}
		name := key.Value
		if normalized {
			name = strings.ReplaceAll(name, "-", "_")
		}
		child := v.at(name, pair[0].Line, pair[1])
		if key.ShortTag() == "!!merge" {
			merges = append(merges, child)
			continue
		}
		if first, twice := lines[name]; twice {
			return child.errorf("given twice, first in line %d", first)
		}
		lines[name] = child.Line
		if _, overridden := m[name]; !overridden {
			m[name] = child
		}
	}
	for _, merge := range merges {
		if err := merge.merge(m, normalized, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// merge adds what the key << has: a mapping, or a list of mappings of which the
// first takes precedence.
func (v value) merge(m map[string]value, normalized bool, depth int) error {
	if depth > maxMerges {
		return v.errorf("merges are nested more than %d deep", maxMerges)
	}
	if !v.Given() || v.Resolved().Kind != yaml.SequenceNode {
		return v.mergeOne(m, normalized, depth)
	}
	items, err := v.items()
	for _, item := range items {
		if err == nil {
			err = item.mergeOne(m, normalized, depth)
		}
	}
	return err
}

// mergeOne adds one mapping. Its keys have the path of what it is merged into.
func (v value) mergeOne(m map[string]value, normalized bool, depth int) error {
	if v.Resolved().Kind != yaml.MappingNode {
		return v.errorf("only mappings can be merged, not %s", v.kind())
	}
	source := v
	source.Path = strings.TrimSuffix(v.Path, ".<<")
	return source.collect(m, normalized, depth)
}

// items returns the values of a list.
func (v value) items() ([]value, error) {
	n := v.Resolved()
	if n.Kind != yaml.SequenceNode {
		return nil, v.errorf("must be a list, not %s", v.kind())
	}
	if err := v.spend(len(n.Content)); err != nil {
		return nil, err
	}
	items := make([]value, len(n.Content))
	for i, child := range n.Content {
		items[i] = v
		items[i].Node, items[i].Line = child, child.Line
	}
	return items, nil
}

// at returns the value that a key of v has, or would have.
func (v value) at(key string, line int, n *yaml.Node) value {
	path := key
	if !plainKey.MatchString(key) {
		path = strconv.Quote(sanitize.Message(key))
	}
	if v.Path != "" {
		path = v.Path + "." + path
	}
	return value{strictyaml.Value{Node: n, Line: line, Path: path}, v.file, v.budget}
}

func (v value) spend(n int) error {
	if *v.budget -= n + 1; *v.budget < 0 {
		return v.errorf("has too many values, counting those that aliases repeat")
	}
	return nil
}

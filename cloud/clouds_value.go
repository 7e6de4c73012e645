package cloud

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
	// maxCloudsNodes is how many values of one file are looked at, so that a few
	// lines with aliases cannot become millions.
	maxCloudsNodes = 10_000
	// maxCloudsMerges ends merges that merge themselves.
	maxCloudsMerges = 16
)

// cloudsValue is a value in clouds.yaml or in a file beside it.
type cloudsValue struct {
	file   string
	line   int
	path   string     // such as clouds.otc.auth.username
	node   *yaml.Node // nil if there is none
	budget *int       // values of the file that may still be looked at
}

func (v cloudsValue) errorf(format string, args ...any) error {
	e := &strictyaml.Error{File: v.file, Line: v.line, Path: v.path, Text: fmt.Sprintf(format, args...)}
	if isJSON(v.file) {
		e.Line = 0 // that of another text
	}
	return e
}

// given reports whether the file says anything here. Null says nothing.
func (v cloudsValue) given() bool {
	n := v.resolved()
	return n != nil && (n.Kind != yaml.ScalarNode || n.ShortTag() != "!!null")
}

func (v cloudsValue) resolved() *yaml.Node {
	n := v.node
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// kind names what stands here; it never shows the value.
func (v cloudsValue) kind() string {
	switch n := v.resolved(); {
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

// plainCloudsKey is a key that needs no quotes in a message.
var plainCloudsKey = regexp.MustCompile(`^[A-Za-z0-9_.<-]{1,64}$`)

// plainTags are the types of values that can be taken as they are written.
var plainTags = []string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp"}

// text returns a value as it is written: a password may look like a number. It
// is cleaned as a text of the configuration is: one line end at its end is dropped.
func (v cloudsValue) text() (string, error) {
	if !v.given() {
		return "", nil
	}
	n := v.resolved()
	if n.Kind != yaml.ScalarNode || !slices.Contains(plainTags, n.ShortTag()) {
		return "", v.errorf("must be text, not %s", v.kind())
	}
	s, mistake := strictyaml.CleanText(n.Value)
	if mistake != "" {
		return "", v.errorf("%s", mistake)
	}
	return s, nil
}

func (v cloudsValue) is(kind yaml.Kind) bool { return v.given() && v.resolved().Kind == kind }

// each calls f, in the order of the keys, for those of a mapping that say
// something: null and empty text say nothing.
func (v cloudsValue) each(f func(key string, value cloudsValue) error) error {
	m, err := v.mapping(true)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		value := m[key]
		if n := value.resolved(); !value.given() || n.Kind == yaml.ScalarNode && n.Value == "" {
			continue
		}
		if err := f(key, value); err != nil {
			return err
		}
	}
	return nil
}

// child returns the value of a key.
func (v cloudsValue) child(key string) (cloudsValue, error) {
	m, err := v.mapping(false)
	if err != nil {
		return cloudsValue{}, err
	}
	return m[key], nil
}

// mapping returns the values by key, with - in the keys as _ if normalized is set.
func (v cloudsValue) mapping(normalized bool) (map[string]cloudsValue, error) {
	m := make(map[string]cloudsValue)
	if !v.given() {
		return m, nil
	}
	return m, v.collect(m, normalized, 0)
}

// collect adds the entries of v to m. What m has already takes precedence over
// what v, merged into it, has.
func (v cloudsValue) collect(m map[string]cloudsValue, normalized bool, depth int) error {
	n := v.resolved()
	if n.Kind != yaml.MappingNode {
		return v.errorf("must be a mapping of keys to values, not %s", v.kind())
	}
	if err := v.spend(len(n.Content)); err != nil {
		return err
	}
	lines := make(map[string]int, len(n.Content)/2)
	var merges []cloudsValue
	for pair := range slices.Chunk(n.Content, 2) {
		key := cloudsValue{node: pair[0]}.resolved()
		if key.Kind != yaml.ScalarNode {
			return v.errorf("has a key that is not text in line %d", pair[0].Line)
		}
		name := key.Value
		if normalized {
			name = strings.ReplaceAll(name, "-", "_")
		}
		value := v.at(name, pair[0].Line, pair[1])
		if key.ShortTag() == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if first, twice := lines[name]; twice {
			return value.errorf("given twice, first in line %d", first)
		}
		lines[name] = value.line
		if _, overridden := m[name]; !overridden {
			m[name] = value
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
func (v cloudsValue) merge(m map[string]cloudsValue, normalized bool, depth int) error {
	if depth > maxCloudsMerges {
		return v.errorf("merges are nested more than %d deep", maxCloudsMerges)
	}
	if !v.given() || v.resolved().Kind != yaml.SequenceNode {
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
func (v cloudsValue) mergeOne(m map[string]cloudsValue, normalized bool, depth int) error {
	if v.resolved().Kind != yaml.MappingNode {
		return v.errorf("only mappings can be merged, not %s", v.kind())
	}
	source := v
	source.path = strings.TrimSuffix(v.path, ".<<")
	return source.collect(m, normalized, depth)
}

// items returns the values of a list.
func (v cloudsValue) items() ([]cloudsValue, error) {
	n := v.resolved()
	if n.Kind != yaml.SequenceNode {
		return nil, v.errorf("must be a list, not %s", v.kind())
	}
	if err := v.spend(len(n.Content)); err != nil {
		return nil, err
	}
	items := make([]cloudsValue, len(n.Content))
	for i, child := range n.Content {
		items[i] = v
		items[i].node, items[i].line = child, child.Line
	}
	return items, nil
}

// at returns the value that a key of v has, or would have.
func (v cloudsValue) at(key string, line int, n *yaml.Node) cloudsValue {
	path := key
	if !plainCloudsKey.MatchString(key) {
		path = strconv.Quote(sanitize.Message(key))
	}
	if v.path != "" {
		path = v.path + "." + path
	}
	return cloudsValue{v.file, line, path, n, v.budget}
}

func (v cloudsValue) spend(n int) error {
	if *v.budget -= n + 1; *v.budget < 0 {
		return v.errorf("has too many values, counting those that aliases repeat")
	}
	return nil
}

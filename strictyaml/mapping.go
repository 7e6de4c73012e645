package strictyaml

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/strictyaml/syntax"
)

// maxMergeDepth ends merges that merge themselves.
const maxMergeDepth = 16

// Mapping is a value with its keys.
type Mapping struct {
	Value
	Entries map[string]Value
}

// At returns the value of a key. If the mapping lacks it, the value is not given, and
// has the line in which the mapping begins.
func (m Mapping) At(key string) Value {
	if v, ok := m.Entries[key]; ok {
		return v
	}
	v := m.child(key, &yaml.Node{Line: m.Line})
	v.Node = nil
	return v
}

// Mapping reads the keys of v. Repeated keys are errors; so are keys that are not
// known, unless known is nil.
func (d *Decoder) Mapping(v Value, known []string) (m Mapping, ok bool) {
	n := v.Resolved()
	if n.Kind != yaml.MappingNode {
		d.Fail(v, "must be a mapping of keys to values, not %s%s", kind(n), missingSpace(n))
		return m, false
	}
	m = Mapping{Value: v, Entries: make(map[string]Value, len(n.Content)/2)}
	d.collect(&m, n, known, 0)
	return m, !d.Exhausted()
}

// collect adds the entries of n to m. What m has already goes before what n, merged
// into it, says.
func (d *Decoder) collect(m *Mapping, n *yaml.Node, known []string, depth int) {
	if !d.spend(m.Value, len(n.Content)+1) {
		return
	}
	lines := make(map[string]int, len(n.Content)/2)
	var merges []Value
	for pair := range slices.Chunk(n.Content, 2) {
		key := resolve(pair[0])
		if key.Kind != yaml.ScalarNode {
			d.Fail(Value{Line: pair[0].Line, Path: m.Path}, "a key must be a word, not %s", kind(key))
			continue
		}
		v := m.child(key.Value, pair[1])
		v.Line = pair[0].Line
		if first, twice := lines[key.Value]; twice {
			d.Fail(v, "given twice, first in line %d", first)
			continue
		}
		lines[key.Value] = v.Line
		switch _, overridden := m.Entries[key.Value]; {
		case key.ShortTag() == "!!merge":
			merges = append(merges, v)
		case overridden:
		case known != nil && !slices.Contains(known, key.Value):
			d.failUnknown(m, v, key.Value, known)
		default:
			m.Entries[key.Value] = v
		}
	}
	for _, v := range merges {
		d.merge(m, v, known, depth+1)
	}
}

// failUnknown reports an unknown key. The one that was meant is not missing, too.
func (d *Decoder) failUnknown(m *Mapping, v Value, key string, known []string) {
	name, behind, ok := strings.Cut(key, ":")
	if space, odd := syntax.OddSpace(key); odd {
		name = withoutOddSpaces(key)
		d.Fail(v, "unknown key; there is "+syntax.SpacesOnly, space)
	} else if ok && behind != "" && slices.Contains(known, name) {
		d.Fail(v, "a space is missing after the colon; write key: value")
	} else {
		name = Nearest(key, known)
		d.Fail(v, "unknown key; %s", Suggestion(key, known))
	}
	if name != "" {
		d.failed[m.child(name, v.Node).Path] = true
	}
}

// merge adds what the key << says: a mapping, or a list of mappings of which the
// first goes before the others.
func (d *Decoder) merge(m *Mapping, v Value, known []string, depth int) {
	if depth > maxMergeDepth {
		d.Fail(v, "merges are nested more than %d deep", maxMergeDepth)
		return
	}
	sources := []*yaml.Node{v.Resolved()}
	if sources[0].Kind == yaml.SequenceNode {
		sources = sources[0].Content
	}
	for _, source := range sources {
		if n := resolve(source); n.Kind == yaml.MappingNode {
			d.collect(m, n, known, depth)
		} else {
			d.Fail(v, "only mappings can be merged, not %s", kind(n))
		}
	}
}

// Items returns the values of a list; nil, and an error, if v is none.
func (d *Decoder) Items(v Value) []Value {
	n := v.Resolved()
	if n.Kind != yaml.SequenceNode {
		d.Fail(v, "must be a list, not %s%s", kind(n), missingSpace(n))
		return nil
	}
	if !d.spend(v, len(n.Content)) {
		return nil
	}
	items := make([]Value, len(n.Content))
	for i, child := range n.Content {
		items[i] = Value{child, child.Line, v.Path + "[" + strconv.Itoa(i) + "]"}
	}
	return items
}

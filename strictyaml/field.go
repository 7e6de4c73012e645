package strictyaml

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Field is one key of a mapping that becomes a T: how it is read, and how it is
// written again.
type Field[T any] struct {
	Key   string
	Read  func(d *Decoder, v Value, t *T)
	Write func(t *T) *yaml.Node // nil leaves the key out
}

// Fields is the table of the keys that a mapping may have, in the order in which they
// are written.
type Fields[T any] []Field[T]

// Read sets in t what v says, and leaves the rest of t as it is. ok is false if v is no
// mapping, or if reading was broken off.
func (fs Fields[T]) Read(d *Decoder, v Value, t *T) (m Mapping, ok bool) {
	m, ok = d.Mapping(v, fs.Keys())
	for _, f := range fs {
		if entry := m.At(f.Key); entry.Given() {
			f.Read(d, entry, t)
		}
	}
	return m, ok
}

// Keys returns the keys, in order.
func (fs Fields[T]) Keys() []string {
	keys := make([]string, len(fs))
	for i, f := range fs {
		keys[i] = f.Key
	}
	return keys
}

// Node returns t as a mapping.
func (fs Fields[T]) Node(t *T) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range fs {
		if v := f.Write(t); v != nil {
			n.Content = append(n.Content, TextNode(f.Key), v)
		}
	}
	return n
}

// Line returns t as one line of YAML, for messages.
func (fs Fields[T]) Line(t *T) string {
	n := fs.Node(t)
	n.Style = yaml.FlowStyle
	text, err := yaml.Marshal(n)
	if err != nil {
		return "{}"
	}
	return strings.TrimSpace(string(text))
}

// ListField is a list of mappings, each of which begins as a copy of initial. The
// mappings that were read are appended to from; see ReadList.
func ListField[T, E any](key string, at func(*T) *[]E, elements Fields[E], initial E, from *[]Mapping) Field[T] {
	return Field[T]{
		Key: key,
		Read: func(d *Decoder, v Value, t *T) {
			list, mappings := ReadList(d, v, elements, initial)
			*at(t), *from = list, append(*from, mappings...)
		},
		Write: func(t *T) *yaml.Node {
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for i := range *at(t) {
				list.Content = append(list.Content, elements.Node(&(*at(t))[i]))
			}
			return list
		},
	}
}

// ReadList reads a list of mappings, each into a copy of initial. It returns those that
// are mappings, and beside each element the mapping that it was read from.
func ReadList[E any](d *Decoder, v Value, elements Fields[E], initial E) (list []E, from []Mapping) {
	for _, item := range d.Items(v) {
		e := initial
		if m, ok := elements.Read(d, item, &e); ok {
			list, from = append(list, e), append(from, m)
		}
	}
	return list, from
}

// Check returns what is wrong with a value of the right kind, and what would be right;
// empty if nothing is wrong.
type Check[V any] func(V) string

// OneOf checks that a text is one of these words.
func OneOf(words ...string) Check[string] {
	return func(s string) string {
		if slices.Contains(words, s) {
			return ""
		}
		return fmt.Sprintf("unknown value %s; %s", Quote(s), Suggestion(s, words))
	}
}

package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// field is one key of a mapping that becomes a T: how it is read, and how it is
// written again.
type field[T any] struct {
	key   string
	read  func(d *decoder, v value, t *T)
	write func(t *T) *yaml.Node // nil leaves the key out
}

// fields is all the keys that a mapping may have, in the order of the documentation.
type fields[T any] []field[T]

// read sets in t what v says, and leaves the rest alone. The result has no entries if
// v is no mapping.
func (fs fields[T]) read(d *decoder, v value, t *T) (m mapping, ok bool) {
	keys := make([]string, len(fs))
	for i, f := range fs {
		keys[i] = f.key
	}
	m, ok = d.mapping(v, keys)
	for _, f := range fs {
		if entry := m.at(f.key); entry.given() {
			f.read(d, entry, t)
		}
	}
	return m, ok
}

// node is t as YAML.
func (fs fields[T]) node(t *T) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range fs {
		if v := f.write(t); v != nil {
			n.Content = append(n.Content, textNode(f.key), v)
		}
	}
	return n
}

// A check says what is wrong with a value that has the right kind, and what would be
// right; empty if nothing is wrong.
type check[V any] func(V) string

// scalar builds the constructors below.
func scalar[T, V any](key string, at func(*T) *V, ok check[V], read func(*decoder, value) (V, bool), write func(V) *yaml.Node) field[T] {
	return field[T]{
		key: key,
		read: func(d *decoder, v value, t *T) {
			x, readable := read(d, v)
			if !readable {
				return
			}
			*at(t) = x // also where it is wrong, so that no other message calls it missing
			if ok == nil {
				return
			}
			if wrong := ok(x); wrong != "" {
				d.fail(v, "%s", wrong)
			}
		},
		write: func(t *T) *yaml.Node { return write(*at(t)) },
	}
}

func textField[T any](key string, at func(*T) *string, ok check[string]) field[T] {
	given := func(s string) string { // an empty text is none
		if s == "" || ok == nil {
			return ""
		}
		return ok(s)
	}
	return scalar(key, at, given, (*decoder).line, textNodeUnlessEmpty)
}

// linesField is a text of several lines.
func linesField[T any](key string, at func(*T) *string, ok check[string]) field[T] {
	return scalar(key, at, ok, (*decoder).text, textNodeUnlessEmpty)
}

// pathField is a file, relative to the folder of the configuration.
func pathField[T any](key string, at func(*T) *string) field[T] {
	return scalar(key, at, nil, (*decoder).filePath, textNodeUnlessEmpty)
}

func durationField[T any](key string, at func(*T) *time.Duration, ok check[time.Duration]) field[T] {
	return scalar(key, at, ok, (*decoder).duration, func(x time.Duration) *yaml.Node { return textNode(formatDuration(x)) })
}

func integerField[T any](key string, at func(*T) *int, ok check[int]) field[T] {
	return scalar(key, at, ok, (*decoder).integer, valueNode[int])
}

func floatField[T any](key string, at func(*T) *float64, ok check[float64]) field[T] {
	return scalar(key, at, ok, (*decoder).float, valueNode[float64])
}

// flagField is left out when false, which is its default.
func flagField[T any](key string, at func(*T) *bool) field[T] {
	return scalar(key, at, nil, (*decoder).boolean, func(x bool) *yaml.Node {
		if !x {
			return nil
		}
		return valueNode(x)
	})
}

// textsField is a list of texts.
func textsField[T any](key string, at func(*T) *[]string, ok check[string]) field[T] {
	return field[T]{
		key: key,
		read: func(d *decoder, v value, t *T) {
			for _, item := range d.items(v) {
				s, readable := d.line(item)
				if !readable {
					continue
				}
				if wrong := ok(s); wrong != "" {
					d.fail(item, "%s", wrong)
				}
				*at(t) = append(*at(t), s)
			}
		},
		write: func(t *T) *yaml.Node {
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for _, s := range *at(t) {
				list.Content = append(list.Content, textNode(s))
			}
			return list
		},
	}
}

// listField is a list of mappings. Each begins as a copy of initial.
func listField[T, E any](key string, at func(*T) *[]E, elements fields[E], initial E, read func(*decoder) *[]mapping) field[T] {
	return field[T]{
		key: key,
		read: func(d *decoder, v value, t *T) {
			*at(t) = readList(d, v, elements, initial, read(d))
		},
		write: func(t *T) *yaml.Node {
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for i := range *at(t) {
				list.Content = append(list.Content, elements.node(&(*at(t))[i]))
			}
			return list
		},
	}
}

// readList reads a list of mappings; what of it are mappings comes into from, one for
// each element of the result.
func readList[E any](d *decoder, v value, elements fields[E], initial E, from *[]mapping) []E {
	var list []E
	for _, item := range d.items(v) {
		e := initial
		if m, ok := elements.read(d, item, &e); ok {
			list = append(list, e)
			*from = append(*from, m)
		} else {
			d.failed[item.path+".name"] = true // it may have one, which others use
		}
	}
	return list
}

// filePath reads a path and makes it relative to where the program runs.
func (d *decoder) filePath(v value) (string, bool) {
	s, ok := d.line(v)
	if ok && s != "" && !filepath.IsAbs(s) {
		s = filepath.Join(d.folder, s)
	}
	return s, ok
}

func oneOf(words ...string) check[string] {
	return func(s string) string {
		if slices.Contains(words, s) {
			return ""
		}
		return fmt.Sprintf("unknown value %s; %s", quote(s), suggestion(s, words))
	}
}

func textNode(s string) *yaml.Node {
	n := new(yaml.Node)
	n.SetString(s)
	return n
}

func textNodeUnlessEmpty(s string) *yaml.Node {
	if s == "" {
		return nil
	}
	return textNode(s)
}

func valueNode[V int | float64 | bool](x V) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(x)}
}

package strictyaml

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// ScalarField is a key whose value read turns into a V. A value that check, which may be
// nil, finds wrong is set all the same, so that no other error calls it missing.
func ScalarField[T, V any](key string, at func(*T) *V, check Check[V], read func(*Decoder, Value) (V, bool), write func(V) *yaml.Node) Field[T] {
	return Field[T]{
		Key: key,
		Read: func(d *Decoder, v Value, t *T) {
			x, readable := read(d, v)
			if !readable {
				return
			}
			*at(t) = x
			if check == nil {
				return
			}
			if wrong := check(x); wrong != "" {
				d.Fail(v, "%s", wrong)
			}
		},
		Write: func(t *T) *yaml.Node { return write(*at(t)) },
	}
}

// TextField is a text of one line. An empty text is none, and not checked.
func TextField[T any](key string, at func(*T) *string, check Check[string]) Field[T] {
	given := func(s string) string {
		if s == "" || check == nil {
			return ""
		}
		return check(s)
	}
	return ScalarField(key, at, given, (*Decoder).Line, TextNodeUnlessEmpty)
}

// LinesField is a text of any number of lines.
func LinesField[T any](key string, at func(*T) *string, check Check[string]) Field[T] {
	return ScalarField(key, at, check, (*Decoder).Text, TextNodeUnlessEmpty)
}

// PathField is the name of a file; see Decoder.FilePath.
func PathField[T any](key string, at func(*T) *string) Field[T] {
	return ScalarField(key, at, nil, (*Decoder).FilePath, TextNodeUnlessEmpty)
}

// DurationField is a duration; see Decoder.Duration.
func DurationField[T any](key string, at func(*T) *time.Duration, check Check[time.Duration]) Field[T] {
	return ScalarField(key, at, check, (*Decoder).Duration, func(x time.Duration) *yaml.Node { return TextNode(FormatDuration(x)) })
}

// IntField is a whole number.
func IntField[T any](key string, at func(*T) *int, check Check[int]) Field[T] {
	return ScalarField(key, at, check, (*Decoder).Int, valueNode[int])
}

// FloatField is a number.
func FloatField[T any](key string, at func(*T) *float64, check Check[float64]) Field[T] {
	return ScalarField(key, at, check, (*Decoder).Float, valueNode[float64])
}

// BoolField is true or false. It is not written when false, which must be its default.
func BoolField[T any](key string, at func(*T) *bool) Field[T] {
	return ScalarField(key, at, nil, (*Decoder).Bool, func(x bool) *yaml.Node {
		if !x {
			return nil
		}
		return valueNode(x)
	})
}

// TextsField is a list of texts of one line each.
func TextsField[T any](key string, at func(*T) *[]string, check Check[string]) Field[T] {
	return Field[T]{
		Key: key,
		Read: func(d *Decoder, v Value, t *T) {
			for _, item := range d.Items(v) {
				s, readable := d.Line(item)
				if !readable {
					continue
				}
				if wrong := check(s); wrong != "" {
					d.Fail(item, "%s", wrong)
				}
				*at(t) = append(*at(t), s)
			}
		},
		Write: func(t *T) *yaml.Node {
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for _, s := range *at(t) {
				list.Content = append(list.Content, TextNode(s))
			}
			return list
		},
	}
}

// TextNode returns a text as a node, in quotes where it needs them.
func TextNode(s string) *yaml.Node {
	n := new(yaml.Node)
	n.SetString(s)
	return n
}

// TextNodeUnlessEmpty returns nil, which leaves the key out, for an empty text.
func TextNodeUnlessEmpty(s string) *yaml.Node {
	if s == "" {
		return nil
	}
	return TextNode(s)
}

func valueNode[V int | float64 | bool](x V) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(x)}
}

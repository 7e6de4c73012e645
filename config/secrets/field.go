package secrets

import (
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/strictyaml"
)

// Fields are a key for a secret of one line in clear, and one for its file. No message
// shows the secret, nor does what is written.
func Fields[T any](key string, at func(*T) *Source) strictyaml.Fields[T] {
	return fields(key, at, readLine)
}

// KeyFields are as Fields, for a key or token; see CheckKey.
func KeyFields[T any](key string, at func(*T) *Source) strictyaml.Fields[T] {
	return fields(key, at, readKey)
}

func fields[T any](key string, at func(*T) *Source, read func(*strictyaml.Decoder, strictyaml.Value) (Text, bool)) strictyaml.Fields[T] {
	return strictyaml.Fields[T]{
		strictyaml.ScalarField(key, func(t *T) *Text { return &at(t).Value }, nil, read, node),
		strictyaml.PathField(key+"_file", func(t *T) *string { return &at(t).File }),
	}
}

// KeyIDField is the public half of a key: it has the characters of one, and is shown.
func KeyIDField[T any](key string, at func(*T) *string) strictyaml.Field[T] {
	return strictyaml.ScalarField(key, at, nil, readKeyText, strictyaml.TextNodeUnlessEmpty)
}

// LinesField is a secret of any number of lines.
func LinesField[T any](key string, at func(*T) *Text) strictyaml.Field[T] {
	return strictyaml.ScalarField(key, at, nil, readLines, node)
}

func readLine(d *strictyaml.Decoder, v strictyaml.Value) (Text, bool) {
	if !d.CheckSecret(v) {
		return Text{}, false
	}
	s, ok := d.Line(v)
	return New(s), ok
}

func readKey(d *strictyaml.Decoder, v strictyaml.Value) (Text, bool) {
	s, ok := readKeyText(d, v)
	return New(s), ok
}

func readKeyText(d *strictyaml.Decoder, v strictyaml.Value) (s string, ok bool) {
	if !d.CheckSecret(v) {
		return "", false
	}
	s, ok = d.Line(v)
	if mistake := CheckKey(s); mistake != "" {
		d.Fail(v, "%s", mistake)
		return "", false
	}
	return s, ok
}

func readLines(d *strictyaml.Decoder, v strictyaml.Value) (Text, bool) {
	s, ok := d.Text(v)
	return New(s), ok
}

func node(s Text) *yaml.Node { return strictyaml.TextNodeUnlessEmpty(s.String()) }

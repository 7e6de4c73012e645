// Package secrets has the type of all secrets, which no output shows, where they come
// from, and the keys of a configuration that say it.
package secrets

import (
	"fmt"
	"io"
)

// Hidden is what a secret looks like wherever it is printed.
const Hidden = "<secret>"

// Text is a string that no output shows: fmt with any verb, log/slog, go-kit/log,
// YAML and JSON all print <secret>, or nothing if it is empty. Only Reveal gives it.
//
// The value lies behind a pointer, because fmt reads unexported fields by
// reflection, past every method, but does not follow pointers in them. Compare
// secrets with reflect.DeepEqual: the operator == compares the pointers.
type Text struct{ value *string }

// New hides s.
func New(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{&s}
}

// Reveal is the secret in clear.
func (s Text) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// String is <secret>, or empty for an empty secret.
func (s Text) String() string {
	if s.Reveal() == "" {
		return ""
	}
	return Hidden
}

// Format prints String for every verb.
func (s Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the secret from encoders: JSON, YAML, XML, slog.
func (s Text) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

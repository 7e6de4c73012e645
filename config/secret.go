package config

import (
	"fmt"
	"io"
)

// hidden is what a secret looks like wherever it is printed.
const hidden = "<secret>"

// Secret is a string that no output shows: fmt with any verb, log/slog, go-kit/log,
// YAML and JSON all print <secret>, or nothing if it is empty. Only Reveal gives it.
//
// The value lies behind a pointer, because fmt reads unexported fields by
// reflection, past every method, but does not follow pointers in them. Compare
// secrets with reflect.DeepEqual: the operator == compares the pointers.
type Secret struct{ value *string }

// NewSecret hides s.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{&s}
}

// Reveal is the secret in clear.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// String is <secret>, or empty for an empty secret.
func (s Secret) String() string {
	if s.Reveal() == "" {
		return ""
	}
	return hidden
}

// Format prints String for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the secret from encoders: JSON, YAML, XML, slog.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

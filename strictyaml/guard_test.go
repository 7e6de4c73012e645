package strictyaml

import (
	"errors"
	"io"
	"testing"
)

func TestGuard(t *testing.T) {
	var nothing *Error
	for name, test := range map[string]struct {
		parse func() error
		want  string
	}{
		"no error":            {func() error { return nil }, ""},
		"an error":            {func() error { return io.ErrUnexpectedEOF }, "unexpected EOF"},
		"a nil pointer":       {func() error { return errors.New(nothing.Text) }, "the parser panicked: runtime error: invalid memory address or nil pointer dereference"},
		"a text":              {func() error { panic("yaml: pass-word") }, "the parser panicked"},
		"an error as a panic": {func() error { panic(errors.New("pass-word")) }, "the parser panicked"},
	} {
		got := ""
		if err := Guard(test.parse); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

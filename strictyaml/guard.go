package strictyaml

import (
	"errors"
	"fmt"
	"runtime"
)

// Guard runs a parser of what others wrote, and turns a panic of it into an
// error: a file that a user edits, or an answer of a server, must not end the
// process. The error quotes only panics of the Go runtime; the values of others
// may hold what was parsed, which may be a secret.
func Guard(parse func() error) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("the parser panicked: %w", r)
		default:
			err = errors.New("the parser panicked")
		}
	}()
	return parse()
}

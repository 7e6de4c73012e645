// Package regular reads files that others own, and takes only regular files: a pipe
// would be waited for until somebody writes to it, and a device may never end. It gives
// up on a mount that does not answer, and leaves no more than one read waiting for it.
package regular

import (
	"fmt"
	"io/fs"
)

// Read is os.ReadFile, but refuses what is not a regular file, and what is longer than
// limit bytes. It gives up after 3 s, for example on a mount that does not answer. While
// a read hangs, others of the same path fail without starting one of their own. All
// errors are of type *fs.PathError.
func Read(path string, limit int) ([]byte, error) {
	data, err := process.read(path, limit+1)
	if err == nil && len(data) > limit {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("is larger than %d KiB", limit>>10)}
	}
	return data, err
}

// ReadPrefix is as Read, but a longer file is no error: it returns the first limit bytes.
func ReadPrefix(path string, limit int) ([]byte, error) {
	return process.read(path, limit)
}

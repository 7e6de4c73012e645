package regular

import (
	"errors"
	"io/fs"
)

// errNotRegular is about pipes, devices, sockets and folders.
var errNotRegular = errors.New("is not a regular file")

// Check returns an error of type *fs.PathError unless info is that of a regular file.
func Check(path string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return &fs.PathError{Op: "open", Path: path, Err: errNotRegular}
}

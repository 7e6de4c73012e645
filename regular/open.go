package regular

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// open looks at the file before it opens it, since opening alone may start a
// device, and again afterwards, since another file may have taken its place: to open a
// pipe without a writer must not block then.
func open(path string) (io.ReadCloser, error) {
	info, err := os.Stat(path)
	if err == nil {
		err = checkFile(path, info)
	}
	if err != nil {
		return nil, asOpen(err)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|NonBlocking, 0)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = checkFile(path, info)
	}
	if err != nil {
		_ = f.Close()
		return nil, asOpen(err)
	}
	return f, nil
}

// checkFile is as Check, but says of a folder what reading one would.
func checkFile(path string, info fs.FileInfo) error {
	if info.IsDir() {
		return &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	}
	return Check(path, info)
}

// asOpen names the operation that the caller asked for.
func asOpen(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok && pathErr.Op == "stat" {
		pathErr.Op = "open"
	}
	return err
}

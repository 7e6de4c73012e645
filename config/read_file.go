package config

import (
	"errors"
	"io/fs"

	"cloudjob_exporter/regular"
	"cloudjob_exporter/strictyaml"
)

// ReadFile is regular.Read, but stops at the first byte that Parse and ParseJobs would
// find too many. The error, if any, is of type strictyaml.Errors, and wraps that of
// package os.
func ReadFile(path string) ([]byte, error) {
	data, err := regular.ReadPrefix(path, strictyaml.MaxFileSize+1)
	if err != nil {
		return nil, fileError(path, err)
	}
	return data, nil
}

// fileError is about a file that could not be read at all. The name of the file
// stands in front already, so of err only the reason is shown.
func fileError(name string, err error) error {
	reason := err
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		reason = pathErr.Err
	}
	return strictyaml.Errors{{File: name, Text: "cannot be read: " + reason.Error(), Cause: err}}
}

package secrets

import (
	"errors"
	"fmt"

	"cloudjob_exporter/regular"
	"cloudjob_exporter/strictyaml"
)

// maxSize is the size in bytes of the largest secret file that is read. The
// tokens of IAM are the largest secrets there are, with up to 32 KiB.
const maxSize = 64 << 10

// Source says where a secret comes from: a value or a file, never both.
type Source struct {
	Value Text
	File  string
}

// IsZero reports whether there is no secret at all.
func (s Source) IsZero() bool { return s.Value.Reveal() == "" && s.File == "" }

// Read returns the secret. A file is read anew each time, because something else may
// renew it, and loses one line end at its end. It is an error if the file cannot be
// read within 3 s, is empty, is not a regular file, is larger than 64 KiB, or has other
// control characters; the error names the file, and never what is in it.
func (s Source) Read() (string, error) {
	if v := s.Value.Reveal(); v != "" {
		return v, nil
	}
	if s.File == "" {
		return "", errors.New("there is neither a secret nor a file for it")
	}
	data, err := regular.ReadPrefix(s.File, maxSize+1)
	switch {
	case err != nil:
		return "", fmt.Errorf("secret file: %w", err)
	case len(data) > maxSize:
		return "", fmt.Errorf("secret file %s is larger than %d KiB", s.File, maxSize>>10)
	}
	secret, mistake := strictyaml.CleanText(string(data))
	if secret == "" && mistake == "" {
		mistake = "is empty"
	}
	if mistake != "" {
		return "", fmt.Errorf("secret file %s %s", s.File, mistake)
	}
	return secret, nil
}

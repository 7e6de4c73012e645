package web

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	toolkit "github.com/prometheus/exporter-toolkit/web"

	"cloudjob_exporter/regular"
	"cloudjob_exporter/strictyaml"
)

// maxWebConfig is the size in bytes of the largest --web.config.file.
const maxWebConfig = 1 << 20

// quotedText is what parsers quote of a file: perhaps a password that should have
// been a hash.
var quotedText = regexp.MustCompile("`[^`]*`|'\\w[^']*'")

// CheckConfig returns what is wrong with the file of --web.config.file, a line for
// each mistake, each with the name of the flag and of the file.
func CheckConfig(path string) error {
	if path == "" {
		return nil
	}
	// The toolkit would wait for a pipe, and listen meanwhile.
	_, err := regular.Read(path, maxWebConfig)
	if err == nil {
		err = strictyaml.Guard(func() error { return toolkit.Validate(path) })
	}
	if err == nil {
		return nil
	}
	lines := strings.Split(err.Error(), "\n")
	if lines[0] == "yaml: unmarshal errors:" {
		lines = lines[1:]
	}
	var wrong []error
	for _, line := range lines {
		line = quotedText.ReplaceAllString(strings.TrimSpace(line), "…")
		if !strings.Contains(line, path) {
			line = path + ": " + line
		}
		wrong = append(wrong, fmt.Errorf("--web.config.file: %s", line))
	}
	return errors.Join(wrong...)
}

package main

import (
	"errors"
	"fmt"
	"os"

	"cloudjob_exporter/watchlist"
	"cloudjob_exporter/web"
)

// check says what is wrong with a configuration, with the job files that there are,
// and with the file of --web.config.file: a line for each mistake.
func check(path, webConfig string, strict bool) (exitCode int) {
	warnings, err := watchlist.Check(path)
	for _, w := range warnings {
		fmt.Fprintln(os.Stderr, "warning:", w)
	}
	if err = errors.Join(err, web.CheckConfig(webConfig)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if strict && len(warnings) > 0 {
		fmt.Fprintf(os.Stderr, "%s is not good enough for --config.check-strict: it has warnings.\n", path)
		return 1
	}
	fmt.Printf("%s is good.\n", path)
	return 0
}

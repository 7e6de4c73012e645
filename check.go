package main

import (
	"errors"
	"fmt"
	"os"

	"cloudjob_exporter/cli"
	"cloudjob_exporter/watchlist"
	"cloudjob_exporter/web"
)

// check says what is wrong with a configuration, with the job files that there are,
// and with the file of --web.config.file: a line for each mistake. It warns of
// environment variables that have no effect, too.
func check(f *cli.Flags) (exitCode int) {
	path := f.ConfigFile
	found, err := watchlist.Check(path)
	warnings := f.Ignored()
	for _, w := range found {
		warnings = append(warnings, w.String())
	}
	for _, w := range warnings {
		fmt.Fprintln(os.Stderr, "warning:", w)
	}
	if err = errors.Join(err, web.CheckConfig(*f.Web.WebConfigFile)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if f.CheckStrict && len(warnings) > 0 {
		fmt.Fprintf(os.Stderr, "%s is not good enough for --config.check-strict: there are warnings.\n", path)
		return 1
	}
	fmt.Printf("%s is good.\n", path)
	return 0
}

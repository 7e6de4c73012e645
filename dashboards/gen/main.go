// Command gen writes the dashboards as JSON, one file each, into the working
// directory or the one that is named.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"cloudjob_exporter/dashboards"
)

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := write(dir); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	for _, d := range dashboards.All() {
		content, err := d.JSON()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, d.UID+".json"), content, 0o644); err != nil { //nolint:gosec // the folder is named by whoever runs the generator
			return fmt.Errorf("write dashboard: %w", err)
		}
	}
	return nil
}

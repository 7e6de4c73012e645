// Package faults runs the real exporter against clouds that fail in every way
// that can be thought of. It is a module of its own, because nothing else needs
// what the proxy between them needs.
package faults

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"cloudjob_exporter/e2e/process"
)

var (
	update       = flag.Bool("update", false, "write the table of docs/reliability.md")
	exporterPath string // what TestMain built
)

// atOnce is how many rows run at the same time. They mostly wait.
const atOnce = "48"

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m)) //nolint:forbidigo // TestMain has no other way to fail
}

func run(m *testing.M) (exitCode int) {
	folder, err := os.MkdirTemp("", "cloudjob_exporter_faults")
	if err == nil {
		defer func() { _ = os.RemoveAll(folder) }()
		exporterPath = filepath.Join(folder, "cloudjob_exporter")
		err = process.Build("../..", exporterPath)
	}
	if err == nil {
		err = flag.Set("test.parallel", atOnce)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the exporter:", err)
		return 1
	}
	return m.Run()
}

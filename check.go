package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/jobfiles"
	"cloudjob_exporter/strictyaml"
)

// check says what is wrong with a configuration, with the job files that there are,
// and with the file of --web.config.file: a line for each mistake.
func check(path, webConfig string, strict bool) (exitCode int) {
	c, err := readConfig(path)
	warnings := 0
	if err == nil {
		err = errors.Join(checkClients(c), jobfiles.Check(c.JobFiles, c.ParseJobs))
		for _, w := range append(c.Warnings, unmatched(c)...) {
			fmt.Fprintln(os.Stderr, "warning:", w)
			warnings++
		}
	}
	if err = errors.Join(err, checkWebConfig(webConfig)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if strict && warnings > 0 {
		fmt.Fprintf(os.Stderr, "%s is not good enough for --config.check-strict: it has warnings.\n", path)
		return 1
	}
	fmt.Printf("%s is good.\n", path)
	return 0
}

// checkClients makes the clients, as a start does, and lets them go: they read
// the certificates, and call nothing.
func checkClients(c *config.Config) (err error) {
	l := &loader{current: &config.Config{}, metrics: cloud.NewMetrics(prometheus.NewRegistry())}
	defer l.Close()
	l.clients, err = l.newClients(c)
	return err
}

// unmatched warns of job files that are not there. While the exporter runs, this is
// normal: they come and go.
func unmatched(c *config.Config) (warnings []strictyaml.Warning) {
	for i, pattern := range c.JobFiles {
		if !jobfiles.Matches(pattern) {
			warnings = append(warnings, c.JobFilesWarning(i, fmt.Sprintf("no file matches %s", absolute(pattern))))
		}
	}
	return warnings
}

// withHint says what else to do to those who have no configuration yet.
func withHint(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; use --config.file for another path, begin with a copy of cloudjob.example.yml, or try --demo, which needs none", err)
	}
	return err
}

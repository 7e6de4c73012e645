package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/jobfiles"
)

// check says what is wrong with a configuration, and with the job files that
// there are: a line for each mistake.
func check(path string) (exitCode int) {
	c, err := readConfig(path)
	if err == nil {
		for _, w := range c.Warnings {
			fmt.Fprintln(os.Stderr, "warning:", w)
		}
		err = errors.Join(checkClients(c), jobfiles.Check(c.JobFiles, c.ParseJobs))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
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

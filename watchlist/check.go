package watchlist

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/jobfiles"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/strictyaml"
)

// ReadConfig reads the configuration file, with all warnings about it, and the entries
// of clouds.yaml that it names.
func ReadConfig(path string) (*config.Config, error) {
	c, err := config.Load(path, config.Options{Providers: provider.Schema()})
	if err != nil {
		return nil, withHint(err)
	}
	warnings, err := cloud.CheckClouds(c)
	if err != nil {
		return nil, err
	}
	c.Warnings = append(c.Warnings, warnings...)
	return c, nil
}

// withHint says what else to do to those who have no configuration yet.
func withHint(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; use --config.file for another path, begin with a copy of cloudjob.example.yml, or try --demo, which needs none", err)
	}
	return err
}

// Check returns what is wrong with a configuration, and with the job files that there
// are: a line for each mistake. It reads certificates, too, and calls no cloud.
func Check(path string) (warnings []strictyaml.Warning, err error) {
	c, err := ReadConfig(path)
	if err != nil {
		return nil, err
	}
	clients, err := clientsOf(c, inForce{Config: &config.Config{}}, "", cloud.NewMetrics(prometheus.NewRegistry()))
	clients.close()
	return append(c.Warnings, unmatched(c)...), errors.Join(err, jobfiles.Check(c.JobFiles, c))
}

// unmatched warns of job files that are not there. While the exporter runs, this is
// normal: they come and go.
func unmatched(c *config.Config) (warnings []strictyaml.Warning) {
	for i, pattern := range c.JobFiles {
		if !jobfiles.Matches(pattern) {
			warnings = append(warnings, c.JobFilesWarning(i, "no file matches "+config.Absolute(pattern)))
		}
	}
	return warnings
}

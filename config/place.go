package config

import (
	"fmt"
	"path/filepath"
	"slices"

	"cloudjob_exporter/strictyaml"
)

// place is a line of a file.
type place struct {
	file string
	line int
}

// places is where the keys are of which others have something to say later, by their
// paths.
func (d *decoder) places() map[string]place {
	places := make(map[string]place)
	add := func(v strictyaml.Value) {
		if v.Given() {
			places[v.Path] = place{d.File(), v.Line}
		}
	}
	for _, m := range d.projects {
		add(m.At("cloud_name"))
	}
	for _, v := range d.jobFiles {
		add(v)
	}
	if len(places) == 0 {
		return nil
	}
	return places
}

// ProjectWarning is a warning about a key of the project with this index.
func (c *Config) ProjectWarning(project int, key, text string) strictyaml.Warning {
	return c.warning(fmt.Sprintf("projects[%d].%s", project, key), text)
}

// JobFilesWarning is a warning about the pattern with this index.
func (c *Config) JobFilesWarning(pattern int, text string) strictyaml.Warning {
	return c.warning(fmt.Sprintf("job_files[%d]", pattern), text)
}

func (c *Config) warning(path, text string) strictyaml.Warning {
	at := c.places[path]
	return strictyaml.Warning{File: at.file, Line: at.line, Path: path, Text: text}
}

// CloudNameError returns err, about the entry of clouds.yaml that a project names, with
// the place in the file where it names it.
func (c *Config) CloudNameError(project string, err error) error {
	i := slices.IndexFunc(c.Projects, func(p Project) bool { return p.Name == project })
	path := fmt.Sprintf("projects[%d].cloud_name", i)
	at, ok := c.places[path]
	if !ok {
		return err
	}
	return strictyaml.Errors{{File: at.file, Line: at.line, Path: path, Text: err.Error(), Cause: err}}
}

// Absolute is a path with all of its folders, for messages: what a path is relative
// to cannot be seen in them.
func Absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	commoncfg "github.com/prometheus/common/config"
)

// Warning is something that a file may say, but should not go on saying.
type Warning struct {
	File string
	Line int    // from 1; 0 if the file as a whole is meant
	Path string // as that of an Error
	Text string // never a secret
}

// String is one line, as that of an Error.
func (w Warning) String() string {
	return (&Error{File: w.File, Line: w.Line, Path: w.Path, Text: w.Text}).Error()
}

// SameWarnings reports whether two lists say the same, wherever it stands in the file.
func SameWarnings(a, b []Warning) bool {
	return slices.EqualFunc(a, b, func(x, y Warning) bool {
		x.Line, y.Line = 0, 0
		return x == y
	})
}

// warn adds a warning about v, once.
func (d *decoder) warn(v value, format string, args ...any) {
	w := Warning{d.file, v.line, v.path, fmt.Sprintf(format, args...)}
	if !slices.Contains(d.warnings, w) {
		d.warnings = append(d.warnings, w)
	}
}

// warnOnce is for what is the same for all projects.
func (d *decoder) warnOnce(v value, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.ContainsFunc(d.warnings, func(w Warning) bool { return w.Text == text }) {
		d.warn(v, "%s", text)
	}
}

// sortedWarnings is the warnings by line, or nil.
func (d *decoder) sortedWarnings() []Warning {
	slices.SortStableFunc(d.warnings, func(a, b Warning) int { return cmp.Compare(a.Line, b.Line) })
	return d.warnings
}

// place is a line of a file.
type place struct {
	file string
	line int
}

// places is where the keys are of which others have something to say later, by their
// paths.
func (d *decoder) places(c *Config) map[string]place {
	places := make(map[string]place)
	add := func(v value) {
		if v.given() {
			places[v.path] = place{d.file, v.line}
		}
	}
	for i, m := range d.projects {
		if c.Projects[i].TLSConfig() != (commoncfg.TLSConfig{}) {
			add(m.at("tls_config"))
		}
		add(m.at("cloud_name"))
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
func (c *Config) ProjectWarning(project int, key, text string) Warning {
	return c.warning(fmt.Sprintf("projects[%d].%s", project, key), text)
}

// JobFilesWarning is a warning about the pattern with this index.
func (c *Config) JobFilesWarning(pattern int, text string) Warning {
	return c.warning(fmt.Sprintf("job_files[%d]", pattern), text)
}

func (c *Config) warning(path, text string) Warning {
	at := c.places[path]
	return Warning{at.file, at.line, path, text}
}

// TLSError says where in the file the tls_config of a project is, which cannot be
// used: its certificates are read when a client is made, and err is why that failed.
func (c *Config) TLSError(project string, err error) error {
	return c.errorAt(project, "tls_config", "", err)
}

// CloudNameError says where in the file a project names the entry of clouds.yaml that
// err is about.
func (c *Config) CloudNameError(project string, err error) error {
	return c.errorAt(project, "cloud_name", ".cloud_name", err)
}

// errorAt is err with the place of a project's key. The path is shown from there on
// that is given.
func (c *Config) errorAt(project, key, shown string, err error) error {
	i := slices.IndexFunc(c.Projects, func(p Project) bool { return p.Name == project })
	path := fmt.Sprintf("projects[%d]", i)
	at, ok := c.places[path+"."+key]
	if !ok {
		return err
	}
	if shown == "" {
		path = ""
	}
	return Errors{{File: at.file, Line: at.line, Path: path + shown, Text: err.Error(), cause: err}}
}

// Absolute is a path with all of its folders, for messages: what a path is relative
// to cannot be seen in them.
func Absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

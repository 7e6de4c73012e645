// Package config reads the configuration of the exporter: it knows the defaults, finds
// all that is wrong in a file at once, and keeps secrets secret. What it gives are
// plain values; it starts nothing and calls nobody.
package config

import (
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/job"
	"cloudjob_exporter/strictyaml"
)

// Provider is what a configuration may say about one provider.
type Provider struct {
	Name        string                  // such as "cfw"
	APIVersions []string                // the first is the default; if empty, api_version is not allowed
	Discover    []string                // the versions whose API can list jobs, the first is the default; if empty, none can
	Statuses    map[string][]job.Status // by version, "" if there are none: what discover.statuses may have
	Untyped     bool                    // no answer tells the type of a job
	Hosts       []Host                  // where its host is called otherwise than itself, first match first
}

// Options is what the configuration depends on besides its text.
type Options struct {
	Providers []Provider
	// LookupEnv finds the credentials of projects that name none; nil is os.LookupEnv.
	LookupEnv func(string) (string, bool)
}

// Config is a whole configuration, with all defaults. It is never written to.
type Config struct {
	Poll     Poll
	Projects []Project
	Jobs     []Jobs
	// JobFiles are glob patterns of more files with jobs, relative to where the
	// program runs, or absolute.
	JobFiles     []string
	Registration Registration
	Discover     []Discover

	// Warnings are about what is allowed, but should not stay so, by line.
	Warnings []strictyaml.Warning

	providers []Provider
	places    map[string]place // where some keys are, by their paths
}

// configFields is the table of the keys. The lists that are read come into d, too, which
// may be empty when the configuration is only written.
func (d *decoder) configFields() strictyaml.Fields[Config] {
	return strictyaml.Fields[Config]{
		{Key: "poll", Read: readPoll, Write: func(c *Config) *yaml.Node { return pollFields.Node(&c.Poll) }},
		strictyaml.ListField("projects", func(c *Config) *[]Project { return &c.Projects }, d.projectFields(), Project{providers: d.providers}, &d.projects),
		strictyaml.ListField("jobs", func(c *Config) *[]Jobs { return &c.Jobs }, jobsFields, defaultJobs, &d.jobs),
		d.jobFilesField(),
		d.registrationField(),
		strictyaml.ListField("discover", func(c *Config) *[]Discover { return &c.Discover }, discoverFields, defaultDiscover, &d.discover),
	}
}

// Load reads the configuration file at path. See Parse.
func Load(path string, o Options) (*Config, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data, o)
}

// Parse reads a configuration. The name stands in errors, and relative paths begin in
// its folder. The error, if any, is of type strictyaml.Errors and lists all that is wrong.
//
// A secret file that cannot be read is a warning, not an error: it may be mounted later,
// and is read again whenever it is needed. A certificate that cannot be used is an error.
func Parse(name string, data []byte, o Options) (*Config, error) {
	d := newDecoder(name, o)
	c := &Config{Poll: defaultPoll, Registration: defaultRegistration, providers: o.Providers}
	if root, ok := d.Document(data); ok {
		if m, ok := d.configFields().Read(d.Decoder, root, c); ok && !d.Exhausted() {
			d.checkProjects(m, c)
			d.checkJobs(c, d.jobs, c.Jobs)
			d.checkDiscover(c)
			d.checkEndpoints(c)
			d.checkUnused(m, c)
			d.joinPatterns(c.JobFiles)
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	c.Warnings, c.places = d.Warnings(), d.places()
	return c, nil
}

// ParseJobs reads a job file: a list as it stands under jobs in the configuration, of
// whose projects its jobs must be. Errors are as those of Parse.
func (c *Config) ParseJobs(name string, data []byte) ([]Jobs, error) {
	d := newDecoder(name, Options{Providers: c.providers})
	var jobs []Jobs
	if root, ok := d.Document(data); ok {
		jobs, d.jobs = strictyaml.ReadList(d.Decoder, root, jobsFields, defaultJobs)
		if !d.Exhausted() {
			d.checkJobs(c, d.jobs, jobs)
			d.checkReachable(c, d.jobs, jobs)
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return jobs, nil
}

// Project finds a project by its name, nil if there is none.
func (c *Config) Project(name string) *Project {
	for i := range c.Projects {
		if c.Projects[i].Name == name {
			return &c.Projects[i]
		}
	}
	return nil
}

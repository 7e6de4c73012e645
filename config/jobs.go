package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cloudjob_exporter/job"
	"cloudjob_exporter/strictyaml"
)

// Jobs is a group of jobs of one project and provider.
type Jobs struct {
	Provider   string
	Project    string // the name of a project
	APIVersion string // with the provider's default; empty if it has no versions
	IDs        []string
	StuckAfter time.Duration // an unfinished job that runs longer is stuck
}

var defaultJobs = Jobs{StuckAfter: 30 * time.Minute}

var jobsFields = strictyaml.Fields[Jobs]{
	strictyaml.TextField("provider", func(j *Jobs) *string { return &j.Provider }, nil),
	strictyaml.TextField("project", func(j *Jobs) *string { return &j.Project }, nil),
	strictyaml.TextField("api_version", func(j *Jobs) *string { return &j.APIVersion }, nil),
	strictyaml.TextsField("ids", func(j *Jobs) *[]string { return &j.IDs }, checkJobID),
	strictyaml.DurationField("stuck_after", func(j *Jobs) *time.Duration { return &j.StuckAfter }, positive),
}

func checkJobID(id string) string {
	if job.ValidID(id) {
		return ""
	}
	if id == "." || id == ".." {
		return "must not be . or .."
	}
	return fmt.Sprintf("must be 1 to 128 characters out of A-Z a-z 0-9 . _ -, not %s", strictyaml.Quote(id))
}

func (d *decoder) jobFilesField() strictyaml.Field[Config] {
	f := patternsField
	f.Read = func(y *strictyaml.Decoder, v strictyaml.Value, c *Config) {
		patternsField.Read(y, v, c)
		if !y.FailedAt(v) {
			d.jobFiles = y.Items(v)
		}
	}
	return f
}

var patternsField = strictyaml.TextsField("job_files", func(c *Config) *[]string { return &c.JobFiles }, func(pattern string) string {
	switch _, err := filepath.Match(pattern, ""); {
	case pattern == "":
		return "must not be empty; name a file, or a pattern like jobs.d/*.yml"
	case err != nil:
		return fmt.Sprintf("%s is no pattern for file names; a [ needs its ]", strictyaml.Quote(pattern))
	}
	return ""
})

// joinPatterns makes patterns relative to where the program runs. A folder is no
// pattern, whatever characters its name has.
func (d *decoder) joinPatterns(patterns []string) {
	quoted := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(d.Folder())
	for i, p := range patterns {
		if !filepath.IsAbs(p) {
			patterns[i] = filepath.Join(quoted, p)
		}
	}
}

// checkJobs checks groups of jobs, read from the mappings ms, against the projects of
// c, the providers and each other, and fills in API versions.
func (d *decoder) checkJobs(c *Config, ms []strictyaml.Mapping, groups []Jobs) {
	type key struct{ provider, id string }
	first := make(map[key]strictyaml.Value)
	for i, m := range ms {
		g := &groups[i]
		d.checkProjectName(c, m, g.Project)
		if p := d.provider(m, g.Provider); p != nil {
			g.APIVersion = d.apiVersion(m, p, g.APIVersion)
		}
		ids := m.At("ids")
		if d.FailedAt(ids) {
			continue
		}
		if !ids.Given() {
			d.Fail(ids, "required: the list of job IDs")
			continue
		}
		for _, item := range d.Items(ids) {
			k := key{g.Provider, item.Resolved().Value}
			if f, twice := first[k]; twice {
				d.Fail(item, "job %s of provider %s is given twice, first as %s in line %d", strictyaml.Quote(k.id), strictyaml.Quote(k.provider), f.Path, f.Line)
			} else if k.id != "" {
				first[k] = item
			}
		}
	}
}

// checkReachable finds jobs whose project does not know where their provider is. In
// the configuration itself checkEndpoints does it, project by project.
func (d *decoder) checkReachable(c *Config, ms []strictyaml.Mapping, groups []Jobs) {
	for i, m := range ms {
		p := c.Project(groups[i].Project)
		if p != nil && d.find(groups[i].Provider) != nil && p.Endpoint(groups[i].Provider) == "" {
			d.Fail(m.At("provider"), "project %s has no endpoint for %s; put %s into its endpoints", strictyaml.Quote(p.Name), groups[i].Provider, groups[i].Provider)
		}
	}
}

func (d *decoder) checkProjectName(c *Config, m strictyaml.Mapping, name string) {
	at := m.At("project")
	if name == "" {
		if !d.FailedAt(at) {
			d.Fail(at, "required: the name of a project")
		}
		return
	}
	if c.Project(name) != nil {
		return
	}
	if d.projectUnnamed() {
		return // it may be the one that is meant
	}
	var names []string
	for _, p := range c.Projects {
		names = append(names, p.Name)
	}
	d.Fail(at, "no project has the name %s; %s", strictyaml.Quote(name), strictyaml.Suggestion(name, names))
}

// projectUnnamed reports whether something is wrong with the list of projects, or with
// the name of one.
func (d *decoder) projectUnnamed() bool {
	return d.unnamed || slices.ContainsFunc(d.projects, func(m strictyaml.Mapping) bool { return d.FailedAt(m.At("name")) })
}

// provider finds the provider of a group, and reports it if there is none.
func (d *decoder) provider(m strictyaml.Mapping, name string) *Provider {
	p := d.find(name)
	if p != nil {
		return p
	}
	var names []string
	for _, p := range d.providers {
		names = append(names, p.Name)
	}
	switch at := m.At("provider"); {
	case name != "":
		d.Fail(at, "unknown provider %s; %s", strictyaml.Quote(name), strictyaml.Suggestion(name, names))
	case !d.FailedAt(at):
		d.Fail(at, "required: one of %s", strings.Join(names, ", "))
	}
	return nil
}

func (d *decoder) find(name string) *Provider {
	for i := range d.providers {
		if d.providers[i].Name == name {
			return &d.providers[i]
		}
	}
	return nil
}

// apiVersion is the given version or the default one of the provider.
func (d *decoder) apiVersion(m strictyaml.Mapping, p *Provider, version string) string {
	at := m.At("api_version")
	switch {
	case len(p.APIVersions) == 0 && version != "":
		d.Fail(at, "provider %s has only one API; leave it out", p.Name)
	case len(p.APIVersions) == 0:
		return ""
	case version == "":
		return p.APIVersions[0]
	default:
		if wrong := strictyaml.OneOf(p.APIVersions...)(version); wrong != "" {
			d.Fail(at, "%s", wrong)
		}
	}
	return version
}

package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/job"
	"cloudjob_exporter/strictyaml"
)

// Discover watches the jobs that a list API shows. No two entries have the same
// project, provider, version, statuses and job types.
type Discover struct {
	Provider   string
	Project    string // the name of a project
	APIVersion string
	Interval   time.Duration // between two listings; by default that of polls, so that a listing answers for all its jobs
	MaxJobs    int           // the newest that are watched
	Since      time.Duration // jobs that began at most this long ago
	Statuses   []job.Status  // all if empty
	JobTypes   []string      // all if empty
	StuckAfter time.Duration // as in Jobs
}

var defaultDiscover = Discover{
	MaxJobs:    1000,
	Since:      24 * time.Hour,
	StuckAfter: 30 * time.Minute,
}

var discoverFields = strictyaml.Fields[Discover]{
	strictyaml.TextField("provider", func(x *Discover) *string { return &x.Provider }, nil),
	strictyaml.TextField("project", func(x *Discover) *string { return &x.Project }, nil),
	strictyaml.TextField("api_version", func(x *Discover) *string { return &x.APIVersion }, nil),
	strictyaml.DurationField("interval", func(x *Discover) *time.Duration { return &x.Interval }, atLeast(time.Second)),
	strictyaml.IntField("max_jobs", func(x *Discover) *int { return &x.MaxJobs }, between(1, 100_000)),
	strictyaml.DurationField("since", func(x *Discover) *time.Duration { return &x.Since }, positive),
	statusesField,
	strictyaml.TextsField("job_types", func(x *Discover) *[]string { return &x.JobTypes }, checkJobType),
	strictyaml.DurationField("stuck_after", func(x *Discover) *time.Duration { return &x.StuckAfter }, positive),
}

// statusesField takes the words that are statuses at all. Those of which the provider has
// none are for checkStatuses to find, which knows the provider.
var statusesField = strictyaml.Field[Discover]{
	Key: "statuses",
	Read: func(d *strictyaml.Decoder, v strictyaml.Value, x *Discover) {
		for _, item := range d.Items(v) {
			word, _ := d.Line(item)
			if status, ok := job.ParseStatus(word); ok {
				x.Statuses = append(x.Statuses, status)
			}
		}
	},
	Write: func(x *Discover) *yaml.Node {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, s := range x.Statuses {
			list.Content = append(list.Content, strictyaml.TextNode(s.String()))
		}
		return list
	},
}

var jobType = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

func checkJobType(s string) string {
	if jobType.MatchString(s) {
		return ""
	}
	return fmt.Sprintf("must be 1 to 128 characters out of A-Z a-z 0-9 . _ -, not %s", strictyaml.Quote(s))
}

func (d *decoder) checkDiscover(c *Config) {
	first := make(map[jobsKey]strictyaml.Value)
	for i, m := range d.discover {
		x := &c.Discover[i]
		if !m.At("interval").Given() {
			x.Interval = c.Poll.Interval
		}
		d.checkProjectName(c, m, x.Project)
		p := d.provider(m, x.Provider)
		if p == nil {
			continue
		}
		switch {
		case len(p.Discover) == 0:
			d.Fail(m.At("provider"), "provider %s has no API that lists jobs; %s", p.Name, d.discoverable())
			continue
		case x.APIVersion == "":
			x.APIVersion = p.Discover[0]
		case len(p.APIVersions) == 0 && x.APIVersion != "":
			d.apiVersion(m, p, x.APIVersion)
			continue
		case !slices.Contains(p.Discover, x.APIVersion):
			d.Fail(m.At("api_version"), "%s cannot list jobs; provider %s can with %s", strictyaml.Quote(x.APIVersion), p.Name, strings.Join(p.Discover, ", "))
			continue
		}
		d.checkStatuses(m, p.Statuses[x.APIVersion])
		if p.Untyped && len(x.JobTypes) > 0 {
			d.Fail(m.At("job_types"), "provider %s does not tell the type of a job; leave it out", p.Name)
		}
		d.checkTwice(m, x, first)
	}
}

// jobsKey is which jobs an entry asks for.
type jobsKey struct{ provider, project, apiVersion, statuses, jobTypes string }

// checkTwice finds entries that ask for the same jobs: what else they say could hold
// for one of them only.
func (d *decoder) checkTwice(m strictyaml.Mapping, x *Discover, first map[jobsKey]strictyaml.Value) {
	if d.FailedAt(m.At("project")) || !d.whole(m.At("statuses"), len(x.Statuses)) || !d.whole(m.At("job_types"), len(x.JobTypes)) {
		return
	}
	k := jobsKey{x.Provider, x.Project, x.APIVersion, unordered(words(x.Statuses)), unordered(x.JobTypes)}
	if f, twice := first[k]; twice {
		d.Fail(m.Value, "given twice, first as %s in line %d: project, provider, api_version, statuses and job_types are the same", f.Path, f.Line)
		return
	}
	first[k] = m.Value
}

// whole reports whether all of the list at v has been read, into so many elements.
func (d *decoder) whole(v strictyaml.Value, elements int) bool {
	return !d.FailedAt(v) && (!v.Given() || len(v.Resolved().Content) == elements)
}

func unordered(words []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(words))), " ")
}

func (d *decoder) checkStatuses(m strictyaml.Mapping, known []job.Status) {
	at := m.At("statuses")
	if !at.Given() || d.FailedAt(at) {
		return
	}
	ok := strictyaml.OneOf(words(known)...)
	for _, item := range d.Items(at) {
		if wrong := ok(item.Resolved().Value); wrong != "" && !d.FailedAt(item) {
			d.Fail(item, "%s", wrong)
		}
	}
}

// words returns the statuses as the status label has them.
func words(statuses []job.Status) []string {
	names := make([]string, len(statuses))
	for i, s := range statuses {
		names[i] = s.String()
	}
	return names
}

// discoverable says which providers can list jobs.
func (d *decoder) discoverable() string {
	var names []string
	for _, p := range d.providers {
		if len(p.Discover) > 0 {
			names = append(names, p.Name)
		}
	}
	switch len(names) {
	case 0:
		return "none has"
	case 1:
		return names[0] + " has"
	}
	return enumeration(names) + " have"
}

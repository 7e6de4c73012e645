package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Discover watches the jobs that a list API shows. No two entries have the same
// project, provider, version, statuses and job types.
type Discover struct {
	Provider   string
	Project    string // the name of a project
	APIVersion string
	Interval   time.Duration // between two listings
	MaxJobs    int           // the newest that are watched
	Since      time.Duration // jobs that began at most this long ago
	Statuses   []string      // in the words of the status label; all if empty
	JobTypes   []string      // all if empty
	StuckAfter time.Duration // as in Jobs
}

var defaultDiscover = Discover{
	Interval:   time.Minute,
	MaxJobs:    1000,
	Since:      24 * time.Hour,
	StuckAfter: 30 * time.Minute,
}

var discoverFields = fields[Discover]{
	textField("provider", func(x *Discover) *string { return &x.Provider }, nil),
	textField("project", func(x *Discover) *string { return &x.Project }, nil),
	textField("api_version", func(x *Discover) *string { return &x.APIVersion }, nil),
	durationField("interval", func(x *Discover) *time.Duration { return &x.Interval }, atLeast(time.Second)),
	integerField("max_jobs", func(x *Discover) *int { return &x.MaxJobs }, between(1, 100_000)),
	durationField("since", func(x *Discover) *time.Duration { return &x.Since }, positive),
	textsField("statuses", func(x *Discover) *[]string { return &x.Statuses }, anything),
	textsField("job_types", func(x *Discover) *[]string { return &x.JobTypes }, checkJobType),
	durationField("stuck_after", func(x *Discover) *time.Duration { return &x.StuckAfter }, positive),
}

// anything leaves the check to checkStatuses, which knows the provider.
func anything(string) string { return "" }

func checkJobType(s string) string {
	if jobID.MatchString(s) {
		return ""
	}
	return fmt.Sprintf("must be 1 to 128 characters out of A-Z a-z 0-9 . _ -, not %s", quote(s))
}

func (d *decoder) checkDiscover(c *Config) {
	first := make(map[jobsKey]value)
	for i, m := range d.discover {
		x := &c.Discover[i]
		d.checkProjectName(c, m, x.Project)
		p := d.provider(m, x.Provider)
		if p == nil {
			continue
		}
		switch {
		case len(p.Discover) == 0:
			d.fail(m.at("provider"), "provider %s has no API that lists jobs; %s", p.Name, d.discoverable())
			continue
		case x.APIVersion == "":
			x.APIVersion = p.Discover[0]
		case !slices.Contains(p.Discover, x.APIVersion):
			d.fail(m.at("api_version"), "%s cannot list jobs; provider %s can with %s", quote(x.APIVersion), p.Name, strings.Join(p.Discover, ", "))
			continue
		}
		d.checkStatuses(m, p.Statuses[x.APIVersion])
		d.checkTwice(m, x, first)
	}
}

// jobsKey is which jobs an entry asks for.
type jobsKey struct{ provider, project, apiVersion, statuses, jobTypes string }

// checkTwice finds entries that ask for the same jobs: what else they say could hold
// for one of them only.
func (d *decoder) checkTwice(m mapping, x *Discover, first map[jobsKey]value) {
	if d.failedAt(m.at("project")) || !d.whole(m.at("statuses"), x.Statuses) || !d.whole(m.at("job_types"), x.JobTypes) {
		return
	}
	k := jobsKey{x.Provider, x.Project, x.APIVersion, unordered(x.Statuses), unordered(x.JobTypes)}
	if f, twice := first[k]; twice {
		d.fail(m.value, "given twice, first as %s in line %d: project, provider, api_version, statuses and job_types are the same", f.path, f.line)
		return
	}
	first[k] = m.value
}

// whole tells whether all that the file says at v has been read into texts.
func (d *decoder) whole(v value, texts []string) bool {
	return !d.failedAt(v) && (!v.given() || len(v.resolved().Content) == len(texts))
}

func unordered(words []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(words))), " ")
}

func (d *decoder) checkStatuses(m mapping, known []string) {
	at := m.at("statuses")
	if !at.given() || d.failedAt(at) {
		return
	}
	ok := oneOf(known...)
	for _, item := range d.items(at) {
		if wrong := ok(item.resolved().Value); wrong != "" && !d.failedAt(item) {
			d.fail(item, "%s", wrong)
		}
	}
}

// discoverable says which providers can list jobs.
func (d *decoder) discoverable() string {
	var names []string
	for _, p := range d.providers {
		if len(p.Discover) > 0 {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return "none has"
	}
	return strings.Join(names, ", ") + " has"
}

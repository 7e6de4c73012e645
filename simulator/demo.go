package simulator

import (
	"slices"
	"time"
)

// Demo is a cloud with a life of its own, to look at: two projects in which
// jobs begin, fail, hang and leave. Its secrets are made up and open to all.
//
// At any time at least one job each of CFW and of ELB runs, has succeeded, and
// has failed. What there is follows from the start and the time alone, so a
// demo takes no more memory after a week than after a minute.
type Demo struct {
	Cloud   *Cloud
	streams []stream
	fixed   []Watch
	hanging Job
}

// Watch is a job for the exporter's configuration.
type Watch struct {
	Provider, Project string // "cfw" or "elb"; the project's name in the configuration
	APIVersion        string // "v1.0" or "v3"; empty for cfw
	ID                string
	StuckAfter        time.Duration
}

// Credentials are what the exporter's configuration needs for one project:
// user, password and domain, or access and secret key.
type Credentials struct {
	Project, ProjectID             string // the name in the configuration, and the cloud's ID
	Username, Password, DomainName string
	AccessKey, SecretKey           string
}

const (
	demoSeed = 10994
	// demoKeep is how long after its end a job is still watched.
	demoKeep = 5 * time.Minute
	// demoStuckAfter is longer than any job takes that does not hang.
	demoStuckAfter = 10 * time.Minute
	demoHangsSince = 12 * time.Minute // before the start: stuck from the first scrape on
	demoUser       = "demo-reader"
)

// DemoCredentials are those of the projects of every demo: one logs in with a
// password, the other signs its requests.
func DemoCredentials() []Credentials {
	return []Credentials{
		{
			Project: "shop-prod", ProjectID: "09bb24e6fe80d23d2fa2c010b53b418c",
			Username: demoUser, Password: "demo-password", DomainName: "OTC-EU-DE-00000000001000000000",
		},
		{
			Project: "shop-staging", ProjectID: "5dd3c0b24cdc4d31952c49589182a89d",
			AccessKey: "DEMOACCESSKEY0000001", SecretKey: "demo-secret-key-of-the-staging-project",
		},
	}
}

// NewDemo makes a demo that begins at start, with some jobs already over.
func NewDemo(start time.Time) *Demo {
	start = start.Truncate(time.Millisecond)
	c := New(Options{})
	c.counts.jobs = nil // jobs without end must not be counted one by one
	creds := DemoCredentials()
	for _, p := range creds {
		c.SetProject(Project{ID: p.ProjectID, Name: "eu-de_" + p.Project})
	}
	prod, staging := creds[0], creds[1]
	c.SetUser(User{
		ID: "9c1b2a3d4e5f60718293a4b5c6d7e8f9", Name: prod.Username, Domain: prod.DomainName,
		Password: prod.Password, Projects: []string{prod.ProjectID},
	})
	c.SetKey(Key{Access: staging.AccessKey, Secret: staging.SecretKey, Projects: []string{staging.ProjectID}})

	d := &Demo{
		Cloud: c,
		streams: []stream{
			{number: 1, start: start, api: CFW, project: prod, every: 40 * time.Second},
			{number: 2, start: start, api: ELBv3, project: prod, every: 30 * time.Second},
			{number: 3, start: start, api: ELBv1, project: staging, every: 35 * time.Second},
			{number: 4, start: start, api: CFW, project: staging, every: 60 * time.Second},
		},
		hanging: Job{
			API: CFW, ProjectID: prod.ProjectID, ID: "e7a1c0de-0000-4000-8000-00000000dead",
			Begin: start.Add(-demoHangsSince), Plan: CFW.Hangs(),
		},
	}
	d.fixed = []Watch{
		{Provider: "cfw", Project: prod.Project, ID: d.hanging.ID, StuckAfter: demoStuckAfter},
		{Provider: "elb", Project: staging.Project, APIVersion: "v1.0", ID: "ff80808200000000000000000000dead", StuckAfter: demoStuckAfter},
	}
	c.AddSource(d.jobs)
	return d
}

// jobs is everything that the cloud knows. It forgets a job a while after the
// last look at it.
func (d *Demo) jobs(now time.Time) []Job {
	jobs := []Job{d.hanging}
	for _, s := range d.streams {
		jobs = append(jobs, s.jobs(now, 2*demoKeep)...)
	}
	return jobs
}

// Watches are the jobs to watch at a time: those that have not been over for
// long, one that hangs, and one that the cloud does not know.
func (d *Demo) Watches(now time.Time) []Watch {
	watches := slices.Clone(d.fixed)
	for _, s := range d.streams {
		for _, j := range s.jobs(now, demoKeep) {
			watches = append(watches, Watch{
				Provider: string(j.API.Service()), Project: s.project.Project, APIVersion: s.api.version(),
				ID: j.ID, StuckAfter: demoStuckAfter,
			})
		}
	}
	return watches
}

// version is how the exporter's configuration names the API of a provider.
func (a API) version() string {
	switch a {
	case ELBv1:
		return "v1.0"
	case ELBv3:
		return "v3"
	default:
		return ""
	}
}

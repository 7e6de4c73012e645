package demo

import (
	"slices"
	"strings"
	"time"

	"cloudjob_exporter/simulator"
)

// population is a cloud with two projects in which jobs begin, fail, hang and
// go away.
//
// At any time at least one job each of CFW, ELB, ECS and RDS is running, has succeeded,
// and has failed. Which jobs exist depends on the start and the time alone, so a
// demo takes no more memory after a week than after a minute.
type population struct {
	cloud   *simulator.Cloud
	streams []stream
	fixed   []watch
	hanging simulator.Job
}

// watch is a job in the exporter's configuration.
type watch struct {
	provider, project string // the project's name in the configuration
	apiVersion        string // empty for a provider with one API
	id                string
	stuckAfter        time.Duration
}

// credential is what the exporter's configuration needs for one project: user,
// password and domain, or access key and secret key. All of it is made up.
type credential struct {
	project, projectID             string // the name in the configuration, and the cloud's ID
	username, password, domainName string
	accessKey, secretKey           string
}

const (
	seed = 10994
	// keep is how long a job is still watched after its end.
	keep = 5 * time.Minute
	// stuckAfter is longer than any job takes that does not hang.
	stuckAfter = 10 * time.Minute
	hangsSince = 12 * time.Minute // before the start: stuck from the first scrape on
)

// credentials returns those of the projects: one logs in with a password, the
// other signs its requests.
func credentials() []credential {
	return []credential{
		{
			project: "shop-prod", projectID: "09bb24e6fe80d23d2fa2c010b53b418c",
			username: "demo-reader", password: "demo-password", domainName: "OTC-EU-DE-00000000001000000000",
		},
		{
			project: "shop-staging", projectID: "5dd3c0b24cdc4d31952c49589182a89d",
			accessKey: "DEMOACCESSKEY0000001", secretKey: "demo-secret-key-of-the-staging-project",
		},
	}
}

// newPopulation returns a population that begins at start, with some jobs
// already over.
func newPopulation(start time.Time) *population {
	start = start.Truncate(time.Millisecond)
	c := simulator.New(simulator.Options{UncountedJobs: true})
	creds := credentials()
	for _, p := range creds {
		c.SetProject(simulator.Project{ID: p.projectID, Name: "eu-de_" + p.project})
	}
	prod, staging := creds[0], creds[1]
	c.SetUser(simulator.User{
		ID: "9c1b2a3d4e5f60718293a4b5c6d7e8f9", Name: prod.username, Domain: prod.domainName,
		Password: prod.password, Projects: []string{prod.projectID},
	})
	c.SetKey(simulator.Key{Access: staging.accessKey, Secret: staging.secretKey, Projects: []string{staging.projectID}})

	p := &population{
		cloud: c,
		streams: []stream{
			{number: 1, start: start, api: simulator.CFW, project: prod, every: 40 * time.Second},
			{number: 2, start: start, api: simulator.ELBv3, project: prod, every: 30 * time.Second, listed: true},
			{number: 3, start: start, api: simulator.ELBv1, project: staging, every: 35 * time.Second},
			{number: 4, start: start, api: simulator.CFW, project: staging, every: 60 * time.Second},
			{number: 5, start: start, api: simulator.ECS, project: prod, every: 40 * time.Second},
			{number: 6, start: start, api: simulator.RDS, project: staging, every: 38 * time.Second, listed: true},
		},
		hanging: simulator.Job{
			API: simulator.CFW, ProjectID: prod.projectID, ID: "e7a1c0de-0000-4000-8000-00000000dead",
			Begin: start.Add(-hangsSince), Plan: simulator.CFW.Hangs(),
		},
	}
	p.fixed = []watch{
		newWatch(simulator.CFW, prod, p.hanging.ID),
		newWatch(simulator.ELBv1, staging, "ff80808200000000000000000000dead"), // unknown to the cloud
	}
	c.AddSource(p.jobs)
	return p
}

// newWatch returns the watch of a job, by the names that the exporter's
// configuration has for the API.
func newWatch(api simulator.API, project credential, id string) watch {
	name, version, _ := strings.Cut(string(api), "/")
	return watch{provider: name, project: project.project, apiVersion: version, id: id, stuckAfter: stuckAfter}
}

// jobs returns everything that the cloud knows. It forgets a job some time after
// it was last watched.
func (p *population) jobs(now time.Time) []simulator.Job {
	jobs := []simulator.Job{p.hanging}
	for _, s := range p.streams {
		jobs = append(jobs, s.jobs(now, 2*keep)...)
	}
	return jobs
}

// watches returns the jobs to name at a time: those that have not been over for long
// and that no listing shows, one that hangs, and one that the cloud does not know.
func (p *population) watches(now time.Time) []watch {
	watches := slices.Clone(p.fixed)
	for _, s := range p.streams {
		if s.listed {
			continue
		}
		for _, j := range s.jobs(now, keep) {
			watches = append(watches, newWatch(s.api, s.project, j.ID))
		}
	}
	return watches
}

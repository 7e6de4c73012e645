package main

import (
	"fmt"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/provider"
)

// maxTwice is how many jobs that are there twice are named in the log at a time.
const maxTwice = 20

// merge makes one list of the jobs of several sources. Of a job that is there
// twice, the first counts.
type merge struct {
	jobs  []*job.Job
	from  map[job.Key]string
	twice []string // a text for each job of two sources
}

// add adds the jobs of a source. A source without a name may repeat what
// others have.
func (m *merge) add(source string, groups []config.Jobs) {
	if m.from == nil {
		m.from = map[job.Key]string{}
	}
	for _, g := range groups {
		api, ok := provider.Find(g.Provider, g.APIVersion)
		if !ok {
			continue // the configuration was checked against the same table
		}
		for _, id := range g.IDs {
			key := job.Key{Provider: g.Provider, ID: id}
			if first, ok := m.from[key]; ok {
				if source != "" {
					m.twice = append(m.twice, fmt.Sprintf("%s %s is in %s and in %s", g.Provider, id, first, source))
				}
				continue
			}
			m.from[key] = source
			m.jobs = append(m.jobs, &job.Job{
				Key:        key,
				Project:    g.Project,
				APIVersion: g.APIVersion,
				StuckAfter: g.StuckAfter,
				Statuses:   api.Statuses,
			})
		}
	}
}

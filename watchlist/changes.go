package watchlist

import (
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

// difference returns what changes for a source that named some groups of jobs, and
// names others now.
func difference(s poller.Source, before, after []config.Jobs) poller.Change {
	c := poller.Change{Source: s}
	if len(before) == 0 {
		c.Add = make([]*job.Job, 0, count(after))
	}
	old := make(map[job.Key]*config.Jobs)
	for i := range before {
		for _, id := range before[i].IDs {
			old[job.Key{Provider: before[i].Provider, ID: id}] = &before[i]
		}
	}
	for i := range after {
		g := &after[i]
		for _, id := range g.IDs {
			k := job.Key{Provider: g.Provider, ID: id}
			was, known := old[k]
			delete(old, k)
			if known && was.Project == g.Project && was.APIVersion == g.APIVersion && was.StuckAfter == g.StuckAfter {
				continue
			}
			j, err := provider.NewJob(g.Provider, g.APIVersion, g.Project, id, g.StuckAfter)
			if err != nil {
				continue // the configuration was checked against the same table
			}
			c.Add = append(c.Add, j)
		}
	}
	for k := range old {
		c.Remove = append(c.Remove, k)
	}
	return c
}

// count returns how many jobs groups have.
func count(groups []config.Jobs) (n int) {
	for _, g := range groups {
		n += len(g.IDs)
	}
	return n
}

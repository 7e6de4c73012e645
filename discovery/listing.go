package discovery

import (
	"slices"
	"time"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
)

// listing is what one listing has shown so far.
type listing struct {
	config.Discover
	name      string // of its task
	resources bool   // its rows are no answers about jobs
	since     time.Time
	shown     map[string]poller.Answer // the last one about each job, of those that the entry asks for
	order     []string                 // of these, as they were shown
}

// page takes in a page. It returns what that says about all jobs on it: some may be
// watched, though the entry does not ask for them.
func (l *listing) page(asked time.Time, jobs []provider.Listed) []poller.Answer {
	answers := make([]poller.Answer, 0, len(jobs))
	for _, j := range jobs {
		a := poller.Answer{
			Key: job.Key{Provider: l.Provider, ID: j.ID}, Project: l.Project, APIVersion: l.APIVersion,
			Report: j.Report, Asked: asked, Listing: l.name,
		}
		if !l.resources {
			answers = append(answers, a)
		}
		if !l.wants(j.Report) {
			continue
		}
		if _, again := l.shown[j.ID]; !again {
			l.order = append(l.order, j.ID)
		}
		l.shown[j.ID] = a
	}
	return answers
}

// wants reports whether the entry asks for a job.
func (l *listing) wants(r job.Report) bool {
	return (r.Begin.IsZero() || !r.Begin.Before(l.since)) && wanted(l.Statuses, r.Status) && wanted(l.JobTypes, r.Type)
}

// forget makes the listing one that has not shown a job.
func (l *listing) forget(id string) {
	delete(l.shown, id)
	l.order = slices.DeleteFunc(l.order, func(shown string) bool { return shown == id })
}

func wanted[V comparable](all []V, one V) bool {
	return len(all) == 0 || slices.Contains(all, one)
}

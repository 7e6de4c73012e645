package watchlist

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"cloudjob_exporter/jobfiles"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/strictyaml"
)

// maxFilesLogged is how many job files that have changed are logged at a time.
const maxFilesLogged = 20

// Start brings the first configuration into effect. Its error is one line; if more is
// wrong, the log has a line for each mistake.
func (l *List) Start() error {
	err := l.Load()
	switch {
	case err == nil:
		l.logLoaded("configuration loaded")
		return nil
	case strings.Contains(err.Error(), "\n"):
		l.logMistakes("configuration not loaded", err)
		return errors.New("configuration: there is more than one mistake in it")
	}
	return fmt.Errorf("configuration: %w", err)
}

// Reload brings the configuration into effect anew, and logs how that went, whoever
// asked for it. If anything in it is wrong, nothing changes.
func (l *List) Reload() error {
	if err := l.Load(); err != nil {
		l.logMistakes("reload failed, keeping the previous configuration", err)
		return err
	}
	l.logLoaded("configuration reloaded")
	return nil
}

// Load is Reload, but logs only the warnings. The error has a line for each mistake.
func (l *List) Load() error {
	l.loading.Lock()
	defer l.loading.Unlock()
	before := l.inForce()
	next := inForce{}
	var err error
	if next.Config, err = l.Read(); err == nil {
		next.clients, err = clientsOf(next.Config, before, l.UserAgent, l.metrics)
	}
	if err != nil {
		l.succeeded.Set(0)
		return err
	}
	if !strictyaml.SameWarnings(next.Warnings, before.Warnings) {
		for _, w := range next.Warnings {
			_ = level.Warn(l.Logger).Log("msg", "configuration", "warning", w.String())
		}
	}
	l.apply(before, next)
	l.succeeded.Set(1)
	l.succeededAt.SetToCurrentTime()
	return nil
}

// apply brings a configuration into effect.
func (l *List) apply(before, next inForce) {
	l.applying.Lock()
	defer l.applying.Unlock()
	before.clients.replacedBy(next.clients, l.metrics)
	l.mu.Lock()
	l.current = next
	l.mu.Unlock()

	projects := next.clients.projects()
	plan := poller.Plan{
		Settings: poller.Settings{
			Interval:    next.Poll.Interval,
			MaxStale:    next.Poll.MaxStale,
			Retention:   next.Poll.Retention,
			Concurrency: next.Poll.Concurrency,
			RateLimit:   l.Poller.Shard().Part(next.Poll.RateLimit),
		},
		Tasks:   l.found.Use(next.Config, projects),
		Changes: []poller.Change{difference(poller.Source{Name: "configuration"}, before.Jobs, next.Jobs)},
	}
	for name, p := range projects {
		plan.Projects = append(plan.Projects, poller.Project{Name: name, Fetcher: p})
	}
	l.registered.Use(next.Config)
	l.files.Use(next.JobFiles, next.Config)
	for _, f := range l.files.Changes() {
		plan.Changes = append(plan.Changes, ofFile(f))
	}
	plan.Changes = append(plan.Changes, l.registered.Changes()...)
	plan.Changes = append(plan.Changes, l.found.Changes()...)
	l.Poller.Apply(plan)
}

// refresh brings into effect what has changed in the sources that the configuration
// names.
func (l *List) refresh() {
	l.applying.Lock()
	defer l.applying.Unlock()
	var changes []poller.Change
	n := 0
	for _, f := range l.files.Changes() {
		c := ofFile(f)
		changes = append(changes, c)
		if f.Mended {
			continue // which is logged
		}
		if n++; n <= maxFilesLogged {
			_ = level.Info(l.Logger).Log("msg", "job file changed", "file", f.Name, "jobs", count(f.After), "added", len(c.Add), "removed", len(c.Remove))
		}
	}
	if more := n - maxFilesLogged; more > 0 {
		_ = level.Info(l.Logger).Log("msg", "more job files changed", "files", more)
	}
	changes = append(changes, l.registered.Changes()...)
	l.Poller.Watch(append(changes, l.found.Changes()...)...)
}

func ofFile(f jobfiles.Change) poller.Change {
	return difference(poller.Source{Rank: poller.JobFiles, Name: "job file " + f.Name}, f.Before, f.After)
}

// logLoaded logs what the configuration in force watches.
func (l *List) logLoaded(msg string) {
	c := l.inForce()
	files, jobs := l.files.Count()
	_ = log.With(level.Info(l.Logger), "msg", msg).Log("projects", len(c.Projects), "jobs", count(c.Jobs),
		"job_files", files, "job_file_jobs", jobs, "discover", len(c.Discover))
}

func (l *List) logMistakes(msg string, err error) {
	for mistake := range strings.SplitSeq(err.Error(), "\n") {
		_ = level.Error(l.Logger).Log("msg", msg, "err", mistake)
	}
}

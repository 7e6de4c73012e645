package config

import "slices"

// Allows reports whether a group of jobs that was valid under another configuration
// is so under this one: it knows the provider, the version and the project, and where
// the provider is.
func (c *Config) Allows(g Jobs) bool {
	project := c.Project(g.Project)
	at := slices.IndexFunc(c.providers, func(p Provider) bool { return p.Name == g.Provider })
	if project == nil || at < 0 || project.Endpoint(g.Provider) == "" {
		return false
	}
	versions := c.providers[at].APIVersions
	return len(versions) == 0 && g.APIVersion == "" || slices.Contains(versions, g.APIVersion)
}

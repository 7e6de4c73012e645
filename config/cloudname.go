package config

// keyPlace is where a key is.
type keyPlace struct {
	place
	path string
}

// cloudPlaces is where each cloud_name is.
func (d *decoder) cloudPlaces(c *Config) (places map[string]keyPlace) {
	for i, m := range d.projects {
		p := &c.Projects[i]
		if p.CloudName == "" {
			continue
		}
		if places == nil {
			places = make(map[string]keyPlace)
		}
		at := m.at("cloud_name")
		places[p.Name] = keyPlace{place{d.file, at.line}, at.path}
	}
	return places
}

// CloudNameError adds to err, which is about the entry of clouds.yaml that a
// project uses, where in the configuration the project names that entry.
func (c *Config) CloudNameError(project string, err error) error {
	at, ok := c.clouds[project]
	if !ok {
		return err
	}
	return Errors{{File: at.file, Line: at.line, Path: at.path, Text: err.Error(), cause: err}}
}

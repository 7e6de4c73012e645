package config

// cloudPlaces is where each cloud_name is, as an error without a text.
func (d *decoder) cloudPlaces(c *Config) (places map[string]Error) {
	for i, m := range d.projects {
		p := &c.Projects[i]
		if p.CloudName == "" {
			continue
		}
		if places == nil {
			places = make(map[string]Error)
		}
		at := m.at("cloud_name")
		places[p.Name] = Error{File: d.file, Line: at.line, Path: at.path}
	}
	return places
}

// CloudNameError adds to err, which is about the entry of clouds.yaml that a
// project uses, where in the configuration the project names that entry.
func (c *Config) CloudNameError(project string, err error) error {
	e, ok := c.clouds[project]
	if !ok {
		return err
	}
	e.Text, e.cause = err.Error(), err
	return Errors{&e}
}

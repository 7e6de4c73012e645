package grafana

// Column is one column of a table: a label of the series, or the value of one
// of the panel's queries.
type Column struct {
	Title    string
	Label    string // show this label, or
	Query    string // the value of the query with this name, "A" for the first
	Unit     string // of a value; a label is text
	Width    int    // in pixels; 0 is as wide as it gets
	Mappings []Mapping
	Gauge    []Threshold // draw the value as a bar from 0 to 1, with its number
	Colored  bool        // fill the cell with the colour of its mapping, beside the word
	Links    []DataLink
}

// DataLink opens from a cell. Its URL may use Grafana's variables, and other
// cells of the row as ${__data.fields["TITLE"]}.
type DataLink struct {
	Title string
	URL   string
	Blank bool // in a new tab
}

// field is the name of the column before it gets its title.
func (c Column) field(p Panel) string {
	switch {
	case c.Label != "":
		return c.Label
	case len(p.Queries) == 1:
		return "Value"
	default:
		return "Value #" + c.Query
	}
}

func (c Column) override() object {
	unit := c.Unit
	if c.Label != "" {
		// A job ID of digits only is still text, not 12 million.
		unit = "string"
	}
	props := []object{property("unit", unit)}
	if c.Width != 0 {
		props = append(props, property("custom.width", c.Width))
	}
	if c.Mappings != nil {
		props = append(props, property("mappings", mappings(c.Mappings)))
	}
	if c.Colored {
		props = append(props, property("custom.cellOptions", object{"type": "color-background", "mode": "basic"}))
	}
	if c.Gauge != nil {
		props = append(props,
			property("custom.cellOptions", object{"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}),
			property("thresholds", thresholds(c.Gauge)),
			property("min", 0), property("max", 1))
	}
	if c.Links != nil {
		props = append(props, property("links", each(c.Links, DataLink.object)))
	}
	return override("byName", c.Title, props...)
}

func (l DataLink) object() object {
	return object{"title": l.Title, "url": l.URL, "targetBlank": l.Blank}
}

// transformations make one table of all queries, join their rows on the labels
// that they share, and keep the columns that the panel names, in its order.
func (p Panel) transformations() []object {
	names, titles, order := []string{}, object{}, object{}
	for i, c := range p.Columns {
		names = append(names, c.field(p))
		titles[c.field(p)] = c.Title
		order[c.field(p)] = i
	}
	return []object{
		{"id": "merge", "options": object{}},
		{"id": "filterFieldsByName", "options": object{"include": object{"names": names}}},
		{"id": "organize", "options": object{
			"excludeByName": object{},
			"indexByName":   order,
			"renameByName":  titles,
		}},
	}
}

package grafana

// Kind is what a panel draws.
type Kind string

// The kinds of panels.
const (
	Stat          Kind = "stat"
	Table         Kind = "table"
	TimeSeries    Kind = "timeseries"
	StateTimeline Kind = "state-timeline"
)

// Panel is one panel. Of the fields below Queries, each is for the kinds that
// its comment names.
type Panel struct {
	Kind          Kind
	Title         string
	Description   string
	Width, Height int    // in Grafana's grid, which is 24 wide
	Unit          string // the id of one of Grafana's units
	Queries       []Query

	NoValue    string        // what to show instead of nothing
	Thresholds []Threshold   // stat: the colour of the value; time series: areas
	Mappings   []Mapping     // stat, state timeline: words for values
	Series     []SeriesColor // time series: colours of a closed set of series
	Max        float64       // time series: the least top of the axis; 0 is none
	Stacked    bool          // time series: areas on top of each other
	Columns    []Column      // table: from left to right; what is not named here is not shown
	SortBy     string        // table: the title of a column
	Ascending  bool          // table: smallest first
	Named      bool          // stat: shows the name of the series, not its value
}

// Query is one PromQL query of a panel.
type Query struct {
	Expr   string
	Legend string
	Color  string // time series: shades of this colour; empty is the panel's
	Dashed bool   // time series: a dashed line
}

// Threshold gives a colour to all values from From on. The first of a list
// has none below it, and its From is ignored.
type Threshold struct {
	From  float64
	Color string
}

// Mapping shows Text, in Color, where the value is Value.
type Mapping struct {
	Value string
	Text  string
	Color string // empty keeps the colour
}

// SeriesColor gives a colour to the series whose names match.
type SeriesColor struct {
	Pattern string // a regular expression
	Color   string
}

func (p Panel) object(id int, at position) object {
	o := object{
		"id":          id,
		"type":        p.Kind,
		"title":       p.Title,
		"description": p.Description,
		"datasource":  datasource(),
		"gridPos":     at,
		"targets":     p.targets(),
		"options":     p.options(),
		"fieldConfig": object{
			"defaults":  p.defaults(),
			"overrides": p.overrides(),
		},
	}
	if p.Kind == Table {
		o["transformations"] = p.transformations()
	}
	return o
}

func (p Panel) targets() []object {
	targets := make([]object, 0, len(p.Queries))
	for i, q := range p.Queries {
		t := object{
			"refId":        refID(i),
			"datasource":   datasource(),
			"editorMode":   "code",
			"expr":         q.Expr,
			"format":       "time_series",
			"instant":      p.now(),
			"range":        !p.now(),
			"legendFormat": q.Legend,
		}
		if p.Kind == Table {
			t["format"] = "table"
		}
		targets = append(targets, t)
	}
	return targets
}

// now reports whether the panel shows the present only, not the time range.
func (p Panel) now() bool { return p.Kind == Stat || p.Kind == Table }

// refID is the name of the i-th query of a panel.
func refID(i int) string { return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i : i+1] }

func (p Panel) defaults() object {
	d := object{
		"unit":       p.Unit,
		"mappings":   mappings(p.Mappings),
		"thresholds": thresholds(p.Thresholds),
		"color":      object{"mode": "thresholds"},
		"custom":     p.custom(),
	}
	if p.NoValue != "" {
		d["noValue"] = p.NoValue
	}
	if p.Kind == TimeSeries {
		d["color"] = shades(Blue)
		d["min"] = 0
		if p.Max != 0 {
			d["custom"].(object)["axisSoftMax"] = p.Max
		}
	}
	return d
}

func (p Panel) overrides() []object {
	out := []object{}
	for i, q := range p.Queries {
		var props []object
		if q.Color != "" {
			props = append(props, property("color", shades(q.Color)))
		}
		if q.Dashed {
			props = append(props, property("custom.lineStyle", object{"fill": "dash", "dash": []int{10, 10}}))
		}
		if props != nil {
			out = append(out, override("byFrameRefID", refID(i), props...))
		}
	}
	for _, s := range p.Series {
		out = append(out, override("byRegexp", "/"+s.Pattern+"/", property("color", shades(s.Color))))
	}
	for _, c := range p.Columns {
		out = append(out, c.override())
	}
	return out
}

func override(matcher, options string, properties ...object) object {
	return object{
		"matcher":    object{"id": matcher, "options": options},
		"properties": properties,
	}
}

func property(id string, value any) object { return object{"id": id, "value": value} }

func thresholds(list []Threshold) object {
	if len(list) == 0 {
		list = []Threshold{{Color: Blue}}
	}
	steps := make([]object, 0, len(list))
	for i, t := range list {
		step := object{"color": t.Color, "value": t.From}
		if i == 0 {
			step["value"] = nil
		}
		steps = append(steps, step)
	}
	return object{"mode": "absolute", "steps": steps}
}

// mappings have an index that keeps them in order in Grafana's legends.
func mappings(list []Mapping) []object {
	if len(list) == 0 {
		return []object{}
	}
	options := object{}
	for i, m := range list {
		o := object{"index": i, "text": m.Text}
		if m.Color != "" {
			o["color"] = m.Color
		}
		options[m.Value] = o
	}
	return []object{{"type": "value", "options": options}}
}

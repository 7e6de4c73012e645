package grafana

// The colours of Okabe and Ito, "Color Universal Design" (2008), which people
// with the common kinds of colour blindness can tell apart. No panel uses any
// other, and none says with colour alone what it does not also say in words.
const (
	Orange     = "#E69F00"
	SkyBlue    = "#56B4E9"
	Green      = "#009E73"
	Yellow     = "#F0E442"
	Blue       = "#0072B2"
	Vermillion = "#D55E00"
	Purple     = "#CC79A7"
)

// shades tells the series of an open set apart by lightness. Grafana's own
// palettes do it by hue, red and green among them.
func shades(color string) object { return object{"mode": "shades", "fixedColor": color} }

// options are how a kind of panel behaves.
func (p Panel) options() object {
	switch p.Kind {
	case Stat:
		mode := "auto"
		if p.Named {
			mode = "name"
		}
		return object{
			"colorMode":     "background_solid", // Grafana picks a text colour that can be read on it
			"graphMode":     "none",
			"justifyMode":   "auto",
			"orientation":   "auto",
			"textMode":      mode,
			"reduceOptions": object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},

			"percentChangeColorMode": "standard",
			"showPercentChange":      false,
			"wideLayout":             true,
		}
	case Table:
		return object{
			"cellHeight": "sm",
			"frameIndex": 0,
			"footer":     object{"show": false, "reducer": []string{"sum"}, "fields": "", "countRows": false},
			"showHeader": true,
			"sortBy":     []object{{"displayName": p.SortBy, "desc": !p.Ascending}},
		}
	case StateTimeline:
		return object{
			"alignValue":  "left",
			"legend":      legend("list"),
			"mergeValues": true,
			"perPage":     20, // from Grafana 11.2 on; before it shows all
			"rowHeight":   0.85,
			"showValue":   "auto", // the word stands in the bar wherever it fits
			"tooltip":     object{"mode": "single", "sort": "none"},
		}
	default:
		return object{
			"legend":  legend("table", "lastNotNull", "max"),
			"tooltip": object{"mode": "multi", "sort": "desc"},
		}
	}
}

func legend(mode string, calcs ...string) object {
	if calcs == nil {
		calcs = []string{}
	}
	return object{"calcs": calcs, "displayMode": mode, "placement": "bottom", "showLegend": true}
}

// custom are the settings of a field that only one kind of panel knows.
func (p Panel) custom() object {
	switch p.Kind {
	case StateTimeline:
		return object{"fillOpacity": 90, "lineWidth": 0, "spanNulls": false}
	case Table:
		return object{"align": "auto", "cellOptions": object{"type": "auto"}, "filterable": true, "inspect": false}
	case TimeSeries:
		fill, stacking, areas := 0, "none", "off"
		if p.Stacked {
			fill, stacking = 60, "normal"
		}
		if len(p.Thresholds) > 0 {
			areas = "line+area"
		}
		return object{
			"drawStyle":       "line",
			"fillOpacity":     fill,
			"lineWidth":       2,
			"showPoints":      "never",
			"spanNulls":       false, // a gap is a scrape that did not happen
			"stacking":        object{"group": "A", "mode": stacking},
			"thresholdsStyle": object{"mode": areas},
		}
	}
	return object{}
}

package grafana

import "strings"

// Variable is one drop-down at the top of a dashboard: the choice of a
// Prometheus, values of a label, or a fixed list.
type Variable struct {
	Name        string
	Label       string
	Description string

	Datasource bool     // choose among the Prometheus data sources; Query and Options are empty
	Query      string   // label_values(selector, label), loaded anew when the time range changes
	Options    []Option // a fixed list
	Single     bool     // exactly one option of a fixed list, instead of any number or all
}

// Option is one value of a fixed list.
type Option struct {
	Text  string // what people see; empty is the value itself
	Value string
}

func (v Variable) object() object {
	o := object{
		"description": v.Description,
		"hide":        0,
		"label":       v.Label,
		"name":        v.Name,
		"skipUrlSync": false,
	}
	switch {
	case v.Datasource:
		o["type"] = "datasource"
		o["query"] = "prometheus"
		o["regex"] = ""
		o["refresh"] = 1
		o["multi"] = false
		o["includeAll"] = false
		o["current"] = object{"selected": false, "text": "default", "value": "default"}
		o["options"] = []object{}
		return o
	case v.Query != "":
		o["type"] = "query"
		o["datasource"] = datasource()
		o["definition"] = v.Query
		o["query"] = object{"query": v.Query, "refId": "PrometheusVariableQueryEditor-VariableQuery"}
		o["regex"] = ""
		o["refresh"] = 2 // when the time range changes
		o["sort"] = 1    // alphabetical
		o["options"] = []object{}
	default:
		o["type"] = "custom"
		o["query"] = optionList(v.Options)
		o["options"] = each(v.Options, Option.object)
	}
	o["multi"] = !v.Single
	o["includeAll"] = !v.Single
	if v.Single {
		first := v.Options[0].object()
		first["selected"] = true
		o["current"] = first
		return o
	}
	o["allValue"] = ".+"
	o["current"] = object{"selected": true, "text": []string{"All"}, "value": []string{"$__all"}}
	return o
}

func (o Option) object() object {
	text := o.Text
	if text == "" {
		text = o.Value
	}
	return object{"selected": false, "text": text, "value": o.Value}
}

// optionList is the list as Grafana's editor writes it: "value" or "text : value".
func optionList(options []Option) string {
	items := make([]string, 0, len(options))
	for _, o := range options {
		if o.Text == "" {
			items = append(items, o.Value)
		} else {
			items = append(items, o.Text+" : "+o.Value)
		}
	}
	return strings.Join(items, ",")
}

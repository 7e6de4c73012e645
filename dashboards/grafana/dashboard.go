// Package grafana is the small part of Grafana's dashboard model that the
// dashboards of this repository need: panels as plain data, and the JSON that
// Grafana 10 to 12 imports.
package grafana

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// schemaVersion is that of Grafana 10.0. A newer Grafana migrates it when it
// loads the dashboard; an older one would not understand a newer schema.
const schemaVersion = 38

// object is a JSON object. Its keys are written in alphabetical order, so the
// same dashboard always gives the same bytes.
type object map[string]any

// Dashboard is one dashboard.
type Dashboard struct {
	UID         string // stable: links and alerts refer to it
	Title       string
	Description string
	Tags        []string
	From        string // how far back the dashboard looks at first, e.g. "now-6h"
	Refresh     string // how often it loads anew, e.g. "1m"
	Variables   []Variable
	Links       []Link
	Rows        []Row
}

// Row is a titled line of panels. They flow from left to right and wrap where
// the next one would not fit.
type Row struct {
	Title  string
	Panels []Panel
}

// Link stands in the top right corner of a dashboard and leads to all other
// dashboards with the tag, with the same time range and variables.
type Link struct {
	Tag     string
	Tooltip string
}

// JSON is the dashboard as a file that Grafana imports.
func (d Dashboard) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // PromQL is full of < and >
	enc.SetIndent("", "  ")
	if err := enc.Encode(d.object()); err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", d.UID, err)
	}
	return b.Bytes(), nil
}

func (d Dashboard) object() object {
	return object{
		"annotations":   object{"list": []object{builtInAnnotations()}},
		"description":   d.Description,
		"editable":      false,
		"graphTooltip":  1, // one crosshair in all panels
		"id":            nil,
		"links":         each(d.Links, Link.object),
		"liveNow":       false,
		"panels":        layout(d.Rows),
		"refresh":       d.Refresh,
		"schemaVersion": schemaVersion,
		"tags":          append([]string{}, d.Tags...),
		"templating":    object{"list": each(d.Variables, Variable.object)},
		"time":          object{"from": d.From, "to": "now"},
		"timepicker":    object{},
		"timezone":      "",
		"title":         d.Title,
		"uid":           d.UID,
		"version":       1,
		"weekStart":     "",
	}
}

func (l Link) object() object {
	return object{
		"asDropdown":  false,
		"icon":        "external link",
		"includeVars": true,
		"keepTime":    true,
		"tags":        []string{l.Tag},
		"targetBlank": false,
		"title":       "",
		"tooltip":     l.Tooltip,
		"type":        "dashboards",
		"url":         "",
	}
}

// builtInAnnotations is the entry that Grafana adds by itself if it is missing,
// which would make the stored dashboard differ from the file.
func builtInAnnotations() object {
	return object{
		"builtIn":    1,
		"datasource": object{"type": "grafana", "uid": "-- Grafana --"},
		"enable":     true,
		"hide":       true,
		"iconColor":  "#0072B2",
		"name":       "Annotations & Alerts",
		"type":       "dashboard",
	}
}

// datasource is the Prometheus that the user chose at the top.
func datasource() object {
	return object{"type": "prometheus", "uid": "${datasource}"}
}

// each is never nil: Grafana wants an empty list, not null.
func each[T any](in []T, f func(T) object) []object {
	out := make([]object, 0, len(in))
	for _, v := range in {
		out = append(out, f(v))
	}
	return out
}

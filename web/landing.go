package web

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed landing.html
var landingHTML string

// landingLink is a link of the landing page.
type landingLink struct{ Address, Text, Description string }

// newLanding makes the page at the root. Its links are relative, so that they
// work behind a proxy, whether it strips a path or not.
func newLanding(o Options, style string) (http.Handler, error) {
	links := []landingLink{
		{o.TelemetryPath, "Metrics", ""},
		{"/jobs", "Jobs", ""},
		{"/api/v1/jobs", "Jobs as JSON", ""},
		{"/config", "Configuration", "as loaded, without secrets"},
		{"/-/healthy", "Health", ""},
		{"/-/ready", "Readiness", ""},
	}
	if o.EnablePprof {
		links = append(links, landingLink{"/debug/pprof/", "Profiles", "of this process, from the Go runtime"})
	}
	for i := range links {
		links[i].Address = relative(links[i].Address)
	}
	var page bytes.Buffer
	err := template.Must(template.New("landing").Parse(landingHTML)).Execute(&page, struct {
		Version, Style string
		Links          []landingLink
	}{o.Version, relative(style), links})
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", pagePolicy)
		_, _ = w.Write(page.Bytes())
	}), err
}

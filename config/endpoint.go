package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/strictyaml"
)

// iam is the service that gives tokens, on every cloud.
const iam = "iam"

// cloudNames lists the clouds of the table.
func cloudNames() []string {
	var names []string
	for _, e := range endpointTable {
		if !slices.Contains(names, e.cloud) {
			names = append(names, e.cloud)
		}
	}
	return names
}

// regionNames lists the regions of a cloud that has no template for others.
func regionNames(cloud string) []string {
	var names []string
	for _, e := range endpointTable {
		if e.cloud == cloud && !slices.Contains(names, e.region) {
			names = append(names, e.region)
		}
	}
	return names
}

// Endpoint is the base URL of a service, "iam" or the name of a provider, without a
// slash at its end: what the configuration says, else what the cloud and region say. It
// is empty if neither does. That of iam always ends in /v3. A project that no
// configuration has does not know the hosts of the providers, and calls them by name.
func (p *Project) Endpoint(service string) string {
	base := strings.TrimRight(p.Endpoints[service], "/")
	if base == "" {
		base = p.templated(service)
	}
	if service == iam && base != "" && !strings.HasSuffix(base, "/v3") {
		base += "/v3"
	}
	return base
}

// exampleEndpoint is what the endpoint of a service looks like: in the project's own
// region, if that is known.
func (p *Project) exampleEndpoint(service string) string {
	own := Project{Cloud: p.Cloud, Region: p.Region, providers: p.providers}
	if example := own.Endpoint(service); example != "" {
		return example
	}
	return (&Project{Cloud: "otc", Region: "eu-de", providers: p.providers}).Endpoint(service)
}

// endsInVersion matches what people copy from the description of an API.
var endsInVersion = regexp.MustCompile(`^\w+://[^/]+/(.*/)?[vV][0-9]+(\.[0-9]+)*/*$`)

// endpointsField is a mapping whose keys depend on the providers.
func (d *decoder) endpointsField() strictyaml.Field[Project] {
	return strictyaml.Field[Project]{Key: "endpoints", Read: d.readEndpoints, Write: endpointsNode}
}

func (d *decoder) readEndpoints(_ *strictyaml.Decoder, v strictyaml.Value, p *Project) {
	known := []string{iam}
	for _, provider := range d.providers {
		known = append(known, provider.Name)
	}
	m, _ := d.Mapping(v, known)
	for _, service := range slices.Sorted(maps.Keys(m.Entries)) {
		at := m.Entries[service]
		if !at.Given() {
			continue
		}
		s, ok := d.Line(at)
		if !ok || s == "" {
			continue
		}
		if wrong := checkEndpoint(s, p.exampleEndpoint(service)); wrong != "" {
			d.Fail(at, "%s", wrong)
		} else if service != iam && endsInVersion.MatchString(s) {
			d.Warn(at, "ends in the version of an API; the exporter adds one, such as /v1.0/…, itself")
		}
		if p.Endpoints == nil {
			p.Endpoints = make(map[string]string)
		}
		p.Endpoints[service] = s
	}
}

func endpointsNode(p *Project) *yaml.Node {
	if len(p.Endpoints) == 0 {
		return nil
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, service := range slices.Sorted(maps.Keys(p.Endpoints)) {
		n.Content = append(n.Content, strictyaml.TextNode(service), strictyaml.TextNode(p.Endpoints[service]))
	}
	return n
}

// checkEndpoints makes sure that each project knows where the services are that it
// uses, and warns of those that are not encrypted.
func (d *decoder) checkEndpoints(c *Config) {
	used := make(map[string][]string) // services by project
	for _, j := range c.Jobs {
		used[j.Project] = append(used[j.Project], j.Provider)
	}
	for _, x := range c.Discover {
		used[x.Project] = append(used[x.Project], x.Provider)
	}
	for i, m := range d.projects {
		p := &c.Projects[i]
		if !d.FailedAt(m.At("cloud")) && !d.FailedAt(m.At("region")) && !d.FailedAt(m.At("endpoints")) {
			d.checkReach(m, p, d.unreachable(p, used[p.Name]))
		}
		d.warnOfPlainHTTP(m, p)
	}
}

// anyProvider stands for what a project must reach that only job files and probes use.
const anyProvider = "the providers that you use"

// unreachable lists the services that p needs and has no endpoint for. A project that
// only job files and probes use must reach at least one provider.
func (d *decoder) unreachable(p *Project, used []string) []string {
	var missing []string
	for _, provider := range d.providers {
		if p.Endpoint(provider.Name) == "" && (len(used) == 0 || slices.Contains(used, provider.Name)) {
			missing = append(missing, provider.Name)
		}
	}
	switch {
	case len(used) == 0 && len(missing) < len(d.providers):
		missing = nil
	case len(used) == 0 && len(missing) > 0:
		missing = []string{anyProvider}
	}
	if p.Auth() == AuthPassword && p.Endpoint(iam) == "" {
		missing = append(missing, iam)
	}
	return missing
}

func (d *decoder) checkReach(m strictyaml.Mapping, p *Project, missing []string) {
	if len(missing) == 0 {
		return
	}
	switch at := m.At("region"); {
	case p.Cloud == "":
		d.Fail(m.At("cloud"), "required, because endpoints lacks %s; one of %s", enumeration(missing), strings.Join(cloudNames(), ", "))
	case p.Region == "":
		d.Fail(at, "required, because cloud %s has an endpoint for each region", strictyaml.Quote(p.Cloud))
	case p.template() != "":
		at := m.At("endpoints")
		if !at.Given() {
			at = m.At("region")
		}
		d.Fail(at, "no endpoint is known for %s in region %s of cloud %s; put %s into endpoints",
			enumeration(missing), strictyaml.Quote(p.Region), strictyaml.Quote(p.Cloud), enumeration(missing))
	default:
		d.Fail(at, "cloud %s has no region %s, only %s; for another one, put %s into endpoints",
			strictyaml.Quote(p.Cloud), strictyaml.Quote(p.Region), enumeration(regionNames(p.Cloud)), enumeration(missing))
	}
}

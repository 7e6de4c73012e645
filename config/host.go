package config

import (
	"slices"
	"strings"
)

// Host is what the host of a provider is called in a region of a cloud.
type Host struct {
	Cloud  string
	Region string // empty: all others
	// Name takes the place of the provider's; one with a dot is the whole name. It is empty
	// where the service is not known to be: only the configuration can say then.
	Name string
}

// endpointTable is where the services of the clouds are, first match first; an empty
// region stands for all others. Sources: "Regions and Endpoints" of Open Telekom Cloud
// and of Huawei Cloud.
var endpointTable = [...]struct{ cloud, region, template string }{
	{"otc", "eu-de", "https://{host}.{region}.otc.t-systems.com"},
	{"otc", "eu-nl", "https://{host}.{region}.otc.t-systems.com"},
	{"otc", "eu-ch2", "https://{host}.{region}.sc.otc.t-systems.com"},
	{"huaweicloud", "", "https://{host}.{region}.myhuaweicloud.com"},
}

// iamHosts are where IAM is called otherwise, or is elsewhere.
var iamHosts = []Host{
	{Cloud: "otc", Region: "eu-ch2", Name: "iam-pub"},
	{Cloud: "huaweicloud", Region: "eu-west-101", Name: "iam.eu-west-101.myhuaweicloud.eu"},
}

// templated is the base URL of a service by its host in the cloud and region.
func (p *Project) templated(service string) string {
	template, host := p.template(), p.host(service)
	switch {
	case template == "" || host == "":
		return ""
	case strings.Contains(host, "."):
		return "https://" + host
	}
	return strings.NewReplacer("{host}", host, "{region}", p.Region).Replace(template)
}

// template is that of the project's cloud and region; empty if the table has none.
func (p *Project) template() string {
	if p.Region == "" {
		return ""
	}
	for _, e := range endpointTable {
		if e.cloud == p.Cloud && (e.region == p.Region || e.region == "") {
			return e.template
		}
	}
	return ""
}

// host is what a service is called in the project's cloud and region; empty if nobody
// can tell.
func (p *Project) host(service string) string {
	hosts := iamHosts
	if service != iam {
		i := slices.IndexFunc(p.providers, func(x Provider) bool { return x.Name == service })
		if i < 0 {
			return service
		}
		hosts = p.providers[i].Hosts
	}
	for _, h := range hosts {
		if h.Cloud == p.Cloud && (h.Region == p.Region || h.Region == "") {
			return h.Name
		}
	}
	return service
}

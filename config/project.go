package config

import (
	"fmt"
	"regexp"
	"slices"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/config/transport"
	"cloudjob_exporter/strictyaml"
)

// Project is a project at a cloud, and how to reach it. It has exactly one way to
// authenticate: what Auth says.
type Project struct {
	Name      string
	Cloud     string // "otc" or "huaweicloud"; may be empty if Endpoints says all
	Region    string
	ProjectID string
	// Endpoints is only what the configuration overrides, by service: iam, or the
	// name of a provider. Use Endpoint.
	Endpoints map[string]string

	AccessKey     string // AK/SK request signing
	SecretKey     secrets.Source
	SecurityToken secrets.Source // of temporary access keys only
	Username      string         // IAM user token
	Password      secrets.Source
	DomainName    string
	Token         secrets.Source // an X-Auth-Token that something else renews
	Metadata      bool           // the agency of the ECS that this runs on
	CloudName     string         // an entry of clouds.yaml

	Proxy transport.Proxy
	TLS   transport.TLS

	providers []Provider // what the hosts are called
}

func (d *decoder) projectFields() strictyaml.Fields[Project] {
	return slices.Concat(
		strictyaml.Fields[Project]{
			strictyaml.TextField("name", func(p *Project) *string { return &p.Name }, checkName),
			strictyaml.TextField("cloud", func(p *Project) *string { return &p.Cloud }, strictyaml.OneOf(cloudNames()...)),
			strictyaml.TextField("region", func(p *Project) *string { return &p.Region }, checkRegion),
			strictyaml.TextField("project_id", func(p *Project) *string { return &p.ProjectID }, checkProjectID),
			d.endpointsField(),
			secrets.KeyIDField("access_key", func(p *Project) *string { return &p.AccessKey }),
		},
		secrets.KeyFields("secret_key", func(p *Project) *secrets.Source { return &p.SecretKey }),
		secrets.KeyFields("security_token", func(p *Project) *secrets.Source { return &p.SecurityToken }),
		strictyaml.Fields[Project]{strictyaml.TextField("username", func(p *Project) *string { return &p.Username }, nil)},
		secrets.Fields("password", func(p *Project) *secrets.Source { return &p.Password }),
		strictyaml.Fields[Project]{strictyaml.TextField("domain_name", func(p *Project) *string { return &p.DomainName }, nil)},
		secrets.KeyFields("token", func(p *Project) *secrets.Source { return &p.Token }),
		strictyaml.Fields[Project]{
			strictyaml.BoolField("metadata", func(p *Project) *bool { return &p.Metadata }),
			strictyaml.TextField("cloud_name", func(p *Project) *string { return &p.CloudName }, nil),
		},
		transport.ProxyFields(func(p *Project) *transport.Proxy { return &p.Proxy }),
		strictyaml.Fields[Project]{transport.TLSField("tls_config", func(p *Project) *transport.TLS { return &p.TLS })},
	)
}

// Secrets are the secrets of a project that may stand in files.
func (p *Project) Secrets() []secrets.Source {
	return []secrets.Source{p.SecretKey, p.SecurityToken, p.Password, p.Token}
}

var (
	name      = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	region    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	projectID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

func checkName(s string) string {
	if name.MatchString(s) {
		return ""
	}
	return fmt.Sprintf("must be 1 to 64 characters out of A-Z a-z 0-9 . _ -, not %s", strictyaml.Quote(s))
}

func checkRegion(s string) string {
	if len(s) <= 63 && region.MatchString(s) {
		return ""
	}
	return fmt.Sprintf("%s is no region; one looks like eu-de or cn-north-4", strictyaml.Quote(s))
}

func checkProjectID(s string) string {
	if projectID.MatchString(s) {
		return ""
	}
	return fmt.Sprintf("must be 1 to 64 characters out of A-Z a-z 0-9 _ -, as a rule 32 hexadecimal digits, not %s", strictyaml.Quote(s))
}

// checkProjects checks each project by itself; where its services are is for
// checkEndpoints.
func (d *decoder) checkProjects(root strictyaml.Mapping, c *Config) {
	list := root.At("projects")
	elements := 0
	if list.Given() {
		elements = len(list.Resolved().Content)
	}
	if !d.FailedAt(list) && elements == 0 {
		d.Fail(list, "required: at least one project")
	}
	d.unnamed = d.FailedAt(list) || elements > len(d.projects)
	first := make(map[string]int)
	for i, m := range d.projects {
		p := &c.Projects[i]
		at := m.At("name")
		switch line, twice := first[p.Name]; {
		case p.Name == "" && !d.FailedAt(at):
			d.Fail(at, "required: what jobs and labels call the project")
		case p.Name != "" && twice:
			d.Fail(at, "the project in line %d has the name %s, too", line, strictyaml.Quote(p.Name))
		default:
			first[p.Name] = at.Line
		}
		if at := m.At("project_id"); p.ProjectID == "" && !d.FailedAt(at) {
			d.Fail(at, "required: the ID that the cloud gave the project")
		}
		d.checkAnchors(m)
		p.Proxy.Check(d.Decoder, m, d.lookupEnv)
		d.checkAuth(m, p)
		d.checkFiles(m, p)
		d.checkUsual(m, p)
	}
}

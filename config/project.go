package config

import (
	"fmt"
	"regexp"

	commoncfg "github.com/prometheus/common/config"
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
	SecretKey     SecretSource
	SecurityToken SecretSource // of temporary access keys only
	Username      string       // IAM user token
	Password      SecretSource
	DomainName    string
	Token         SecretSource // an X-Auth-Token that something else renews
	Metadata      bool         // the agency of the ECS that this runs on
	CloudName     string       // an entry of clouds.yaml

	// Proxy and TLS lack the secrets that a configuration may hold in clear: their types
	// are not safe to print. ProxyConfig and TLSConfig have everything.
	Proxy              commoncfg.ProxyConfig
	ProxyConnectHeader map[string][]Secret
	TLS                commoncfg.TLSConfig
	TLSKey             Secret // tls_config.key

	environmentProxies []Secret // the passwords of those that the environment names
}

var projectFields = join(
	fields[Project]{
		textField("name", func(p *Project) *string { return &p.Name }, checkName),
		textField("cloud", func(p *Project) *string { return &p.Cloud }, oneOf(cloudNames()...)),
		textField("region", func(p *Project) *string { return &p.Region }, checkRegion),
		textField("project_id", func(p *Project) *string { return &p.ProjectID }, checkProjectID),
		endpointsField,
		textField("access_key", func(p *Project) *string { return &p.AccessKey }, checkKeyText),
	},
	secretFields("secret_key", func(p *Project) *SecretSource { return &p.SecretKey }, (*decoder).secretKey),
	secretFields("security_token", func(p *Project) *SecretSource { return &p.SecurityToken }, (*decoder).secretKey),
	fields[Project]{textField("username", func(p *Project) *string { return &p.Username }, nil)},
	secretFields("password", func(p *Project) *SecretSource { return &p.Password }, (*decoder).secret),
	fields[Project]{textField("domain_name", func(p *Project) *string { return &p.DomainName }, nil)},
	secretFields("token", func(p *Project) *SecretSource { return &p.Token }, (*decoder).secretKey),
	fields[Project]{
		flagField("metadata", func(p *Project) *bool { return &p.Metadata }),
		textField("cloud_name", func(p *Project) *string { return &p.CloudName }, nil),
	},
	proxyFields,
	fields[Project]{tlsField},
)

func join[T any](parts ...fields[T]) fields[T] {
	var all fields[T]
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// secretFields is a key for a secret in clear, and one for a file.
func secretFields(key string, at func(*Project) *SecretSource, read func(*decoder, value) (Secret, bool)) fields[Project] {
	return fields[Project]{
		scalar(key, func(p *Project) *Secret { return &at(p).Value }, nil, read, secretNode),
		pathField(key+"_file", func(p *Project) *string { return &at(p).File }),
	}
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
	return fmt.Sprintf("must be 1 to 64 characters out of A-Z a-z 0-9 . _ -, not %s", quote(s))
}

func checkRegion(s string) string {
	if len(s) <= 63 && region.MatchString(s) {
		return ""
	}
	return fmt.Sprintf("%s is no region; one looks like eu-de or cn-north-4", quote(s))
}

func checkProjectID(s string) string {
	if projectID.MatchString(s) {
		return ""
	}
	return fmt.Sprintf("must be 1 to 64 characters out of A-Z a-z 0-9 _ -, as a rule 32 hexadecimal digits, not %s", quote(s))
}

// checkProjects checks each project by itself; where its services are is for
// checkEndpoints.
func (d *decoder) checkProjects(root mapping, c *Config) {
	if at := root.at("projects"); !d.failedAt(at) && (!at.given() || isEmptyList(at.resolved())) {
		d.fail(at, "required: at least one project")
	}
	first := make(map[string]int)
	for i, m := range d.projects {
		p := &c.Projects[i]
		at := m.at("name")
		switch line, twice := first[p.Name]; {
		case p.Name == "" && !d.failedAt(at):
			d.fail(at, "required: what jobs and labels call the project")
		case p.Name != "" && twice:
			d.fail(at, "the project in line %d has the name %s, too", line, quote(p.Name))
		default:
			first[p.Name] = at.line
		}
		if at := m.at("project_id"); p.ProjectID == "" && !d.failedAt(at) {
			d.fail(at, "required: the ID that the cloud gave the project")
		}
		d.checkTransport(m, p)
		d.checkAuth(m, p)
		d.checkFiles(m, p)
		d.checkUsual(m, p)
	}
}

package config

import (
	"regexp"
	"slices"
	"strings"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/config/transport"
	"cloudjob_exporter/strictyaml"
)

// huaweiRegions are those of Huawei Cloud's international site and of China, as its
// SDK and "Regions and Endpoints" list them. There may be new ones.
var huaweiRegions = []string{
	"ae-ad-1", "af-north-1", "af-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
	"cn-east-2", "cn-east-3", "cn-east-4", "cn-east-5", "cn-north-1", "cn-north-2", "cn-north-4", "cn-north-9", "cn-north-11", "cn-north-12",
	"cn-south-1", "cn-south-2", "cn-south-4", "cn-southwest-2", "cn-southwest-3", "eu-west-0", "eu-west-101", "la-north-2", "la-south-2",
	"me-east-1", "my-kualalumpur-1", "na-mexico-1", "ru-moscow-1", "ru-northwest-2", "sa-brazil-1", "tr-west-1",
}

var usualProjectID = regexp.MustCompile(`^[0-9A-Fa-f]{32}$`)

// checkUsual warns of values that may be, but look like a slip.
func (d *decoder) checkUsual(m strictyaml.Mapping, p *Project) {
	if at := m.At("project_id"); p.ProjectID != "" && !d.FailedAt(at) && !usualProjectID.MatchString(p.ProjectID) {
		d.Warn(at, "project IDs have 32 hexadecimal digits; %s looks like something else, such as the project's name", strictyaml.Quote(p.ProjectID))
	}
	if at := m.At("region"); p.Cloud == "huaweicloud" && p.Region != "" && !d.FailedAt(at) && !slices.Contains(huaweiRegions, p.Region) && d.templates(p) {
		d.Warn(at, "cloud %s has no region %s that this version knows; %s", strictyaml.Quote(p.Cloud), strictyaml.Quote(p.Region), strictyaml.Suggestion(p.Region, huaweiRegions))
	}
}

// templates reports whether an endpoint of p follows from its cloud and region.
func (d *decoder) templates(p *Project) bool {
	return slices.ContainsFunc(d.providers, func(x Provider) bool { return p.Endpoints[x.Name] == "" })
}

// checkUnused warns of what has no effect.
func (d *decoder) checkUnused(root strictyaml.Mapping, c *Config) {
	for i, m := range d.jobs {
		if len(c.Jobs[i].IDs) == 0 {
			d.Warn(m.At("ids"), "is empty, so this entry has no effect")
		}
	}
	if len(c.JobFiles) > 0 || d.registers {
		return // there may be jobs of any project
	}
	if len(c.Jobs) == 0 && len(c.Discover) == 0 {
		d.Warn(root.At("jobs"), "no jobs to watch: neither jobs nor job_files nor discover has an entry; only registration and /probe can add some")
		return
	}
	used := func(project string) bool {
		return slices.ContainsFunc(c.Jobs, func(j Jobs) bool { return j.Project == project }) ||
			slices.ContainsFunc(c.Discover, func(x Discover) bool { return x.Project == project })
	}
	for i, m := range d.projects {
		if name := c.Projects[i].Name; !used(name) {
			d.Warn(m.At("name"), "no entry of jobs or discover uses project %s; only registration and /probe can", strictyaml.Quote(name))
		}
	}
}

// checkFiles warns of secret files that cannot be used now.
func (d *decoder) checkFiles(m strictyaml.Mapping, p *Project) {
	for _, file := range []struct {
		key    string
		source secrets.Source
	}{{"secret_key", p.SecretKey}, {"security_token", p.SecurityToken}, {"password", p.Password}, {"token", p.Token}} {
		if file.source.File == "" || file.source.Value.Reveal() != "" {
			continue
		}
		at, source := m.At(file.key+"_file"), secrets.Source{File: Absolute(file.source.File)}
		text, err := source.Read()
		if err != nil {
			d.Warn(at, "%s", err)
			continue
		}
		if mistake := secrets.CheckKey(text); mistake != "" && file.key != "password" {
			d.Warn(at, "secret file %s %s", source.File, mistake)
		}
	}
}

func (d *decoder) warnOfPlainHTTP(m strictyaml.Mapping, p *Project) {
	var plain []string
	for _, provider := range append([]Provider{{Name: iam}}, d.providers...) {
		if url := p.Endpoints[provider.Name]; transport.PlainHTTP(url) {
			plain = append(plain, provider.Name)
		}
	}
	if len(plain) > 0 {
		slices.Sort(plain)
		d.Warn(m.At("endpoints"), "%s: not encrypted (http://), so that others can read and change what is sent there", strings.Join(plain, ", "))
	}
}

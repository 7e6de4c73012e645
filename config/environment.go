package config

import (
	"fmt"
	"strings"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/strictyaml"
)

// variables is a set of environment variables that together authenticate. Each that is
// needed has one name or several, of which the first that is set counts.
type variables struct {
	need     [][]string
	optional string
	keys     bool // all of them are keys or tokens
	fill     func(p *Project, values []string, optional string)
}

// environment is the sets in the order in which they are tried: the names of the
// vendor's examples, of its SDKs, of its Terraform provider, and of OpenStack.
var environment = [...]variables{
	{need: [][]string{{"CLOUD_SDK_AK"}, {"CLOUD_SDK_SK"}}, keys: true, fill: fillAccessKey},
	{need: [][]string{{"HUAWEICLOUD_SDK_AK"}, {"HUAWEICLOUD_SDK_SK"}}, optional: "HUAWEICLOUD_SDK_SECURITY_TOKEN", keys: true, fill: fillAccessKey},
	{need: [][]string{{"HW_ACCESS_KEY"}, {"HW_SECRET_KEY"}}, optional: "HW_SECURITY_TOKEN", keys: true, fill: fillAccessKey},
	{need: [][]string{{"OS_ACCESS_KEY"}, {"OS_SECRET_KEY"}}, optional: "OS_SECURITY_TOKEN", keys: true, fill: fillAccessKey},
	{need: [][]string{{"OS_USERNAME"}, {"OS_PASSWORD"}, {"OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME"}}, fill: fillPassword},
	{need: [][]string{{"OS_TOKEN"}}, keys: true, fill: fillToken},
}

func fillAccessKey(p *Project, v []string, securityToken string) {
	p.AccessKey, p.SecretKey.Value, p.SecurityToken.Value = v[0], secrets.New(v[1]), secrets.New(securityToken)
}

func fillPassword(p *Project, v []string, _ string) {
	p.Username, p.Password.Value, p.DomainName = v[0], secrets.New(v[1]), v[2]
}

func fillToken(p *Project, v []string, _ string) { p.Token.Value = secrets.New(v[0]) }

// authenticateFromEnvironment gives p the first set that is complete. Of sets that are
// not it warns, because somebody meant them.
func (d *decoder) authenticateFromEnvironment(m strictyaml.Mapping, p *Project) {
	at := strictyaml.Value{Line: m.Line, Path: m.Path}
	var halves, sets []string
	for _, set := range environment {
		values, missing, found := d.look(set)
		if missing == nil {
			set.fill(p, values, d.variable(set.optional))
			d.checkVariables(at, set, append(found, set.optional))
			break
		}
		if found != nil {
			halves = append(halves, fmt.Sprintf("the environment has %s, but not %s", enumeration(found), enumeration(missing)))
		}
		sets = append(sets, set.String())
	}
	if p.Auth() != AuthNone {
		for _, half := range halves {
			d.WarnOnce(at, "%s: not used", half)
		}
		return
	}
	d.Fail(at, "no way to authenticate: give access_key and secret_key_file; or username, password_file and domain_name; or token_file; or metadata: true; or cloud_name; "+
		"or in the environment %s%s", strings.Join(sets, "; or "), strings.Join(append([]string{""}, halves...), "; "))
}

// look gives the values of a set, and the names of those it found and did not find.
func (d *decoder) look(set variables) (values, missing, found []string) {
	for _, names := range set.need {
		before := len(values)
		for _, name := range names {
			if v := d.variable(name); v != "" {
				values, found = append(values, v), append(found, name)
				break
			}
		}
		if len(values) == before {
			missing = append(missing, strings.Join(names, " or "))
		}
	}
	return values, missing, found
}

// variable is empty if the variable is not set: nobody has an empty credential. What
// is wrong with one that is set is for checkVariables to say.
func (d *decoder) variable(name string) string {
	raw := d.rawVariable(name)
	if text, mistake := strictyaml.CleanText(raw); mistake == "" {
		return text
	}
	return raw
}

func (d *decoder) rawVariable(name string) string {
	if name == "" {
		return ""
	}
	raw, _ := d.lookupEnv(name)
	return raw
}

// checkVariables reports what is wrong with the variables that are used.
func (d *decoder) checkVariables(at strictyaml.Value, set variables, names []string) {
	for _, name := range names {
		text, mistake := strictyaml.CleanText(d.rawVariable(name))
		if mistake == "" && set.keys {
			mistake = secrets.CheckKey(text)
		}
		if mistake != "" {
			d.Fail(at, "environment variable %s %s", name, mistake)
		}
	}
}

// String names what the set needs.
func (s variables) String() string {
	names := make([]string, len(s.need))
	for i, n := range s.need {
		names[i] = strings.Join(n, " or ")
	}
	return enumeration(names)
}

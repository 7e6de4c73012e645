package clouds

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"cloudjob_exporter/cloud/sanitize"
	"cloudjob_exporter/config"
	"cloudjob_exporter/config/transport"
)

// regionPlaceholder stands in an auth_url for the region.
const regionPlaceholder = "{region_name}"

// endpoint is the base URL of IAM: auth_url, else what the project has, else that
// of the built-in profile.
func (r *reader) endpoint(p *config.Project) string {
	e := r.entry
	if v := e.find("auth_url"); v.Given() {
		text, err := v.text()
		if err != nil {
			r.fail(err)
			return ""
		}
		region := cmp.Or(e.region, p.Region)
		if region == "" && strings.Contains(text, regionPlaceholder) {
			r.fail(v.errorf("has %s in it, but neither the entry has a region_name nor the project a region", regionPlaceholder))
			return ""
		}
		base, wrong := iamBase(strings.ReplaceAll(text, regionPlaceholder, region))
		if wrong != "" {
			r.fail(v.errorf("%s", wrong))
		}
		return base
	}
	switch base := p.Endpoint(serviceIAM); {
	case base != "":
		return base
	case e.known && e.profile.Resolved().Value == builtInProfile:
		base = e.profileEndpoint()
		if base == "" {
			r.fail(e.profile.errorf("%s has no such region as the entry has; without it, auth_url is required, because the project has no endpoint for iam", builtInProfile))
		}
		return base
	case e.profile.Given() && !e.known:
		r.fail(e.profile.errorf("%s is neither built in, as %s is, nor in clouds-public.yaml; without it, auth_url is required, because the project has no endpoint for iam",
			strconv.Quote(sanitize.Message(e.profile.Resolved().Value)), builtInProfile))
	default:
		r.fail(e.lacks("auth_url", "required, because the project has no endpoint for iam"))
	}
	return ""
}

// iamBase returns the base URL of version 3 of IAM, which an auth_url may or may
// not have at its end; or else what is wrong. It never quotes the URL, which may
// have a password in it.
func iamBase(authURL string) (base, wrong string) {
	const example = "must be a whole URL, like https://iam.eu-de.otc.t-systems.com/v3"
	authURL = strings.TrimRight(strings.TrimSpace(authURL), "/")
	u, err := url.Parse(authURL)
	switch {
	case strings.Contains(authURL, "@"): // in a path, too: it may be the end of a password with a / in it
		return "", "must not have a user or password in it; credentials have keys of their own"
	case err != nil, strings.ContainsAny(authURL, "?#"), u.Scheme != "http" && u.Scheme != "https", !transport.ValidHost(u):
		return "", example
	}
	switch last := u.Path[strings.LastIndexByte(u.Path, '/')+1:]; {
	case last == "v3":
		return authURL, ""
	case last == "v2", strings.HasPrefix(last, "v2."):
		return "", "is for version 2 of the Identity API; version 3 is required, as in https://iam.eu-de.otc.t-systems.com/v3"
	case strings.HasSuffix(u.Path, "/auth/tokens"), strings.HasSuffix(u.Path, "/v3/auth"):
		return "", "must end in /v3, without the /auth or /auth/tokens behind it"
	}
	return authURL + "/v3", ""
}

// warnings are clauses about what the entry has and the exporter does not use, and
// about what is not encrypted.
func (r *reader) warnings(p *config.Project, method, endpoint string) (clauses []string) {
	e := r.entry
	clauses = append(clauses, r.clauses...)
	if id := r.text("project_id", "tenant_id"); id != "" && id != p.ProjectID {
		clauses = append(clauses, "project_id is another one than that of the project, which the exporter uses")
	}
	if method == methodPasscode {
		clauses = append(clauses, "passcode can be used once, so the exporter cannot log in again when its token expires")
	}
	if transport.PlainHTTP(endpoint) && e.find("auth_url").Given() {
		clauses = append(clauses, "auth_url is not encrypted, so others can read the credentials")
	}
	if p.TLS == (transport.TLS{}) {
		clauses = append(clauses, e.ignoredTLS()...)
	}
	return clauses
}

// ignoredTLS are clauses about the TLS settings of the entry that would change
// something, but have no effect here.
func (e *entry) ignoredTLS() (clauses []string) {
	for _, ignored := range []struct{ key, value, use string }{
		{"cacert", "", "ca_file"},
		{"cert", "", "cert_file"},
		{"key", "", "key_file"},
		{"verify", "false", "insecure_skip_verify"},
		{"insecure", "true", "insecure_skip_verify"},
	} {
		v := e.top[ignored.key]
		if v.Given() && (ignored.value == "" || strings.EqualFold(v.Resolved().Value, ignored.value)) {
			clauses = append(clauses, ignored.key+" has no effect; use tls_config."+ignored.use+" of the project")
		}
	}
	return clauses
}

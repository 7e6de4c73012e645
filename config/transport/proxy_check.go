package transport

import (
	"strings"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/strictyaml"
)

// Check reports what the keys say together, m being the mapping that p was read from. It
// does not use Validate of prometheus/common, which names keys that are not known here.
func (p *Proxy) Check(d *strictyaml.Decoder, m strictyaml.Mapping, lookupEnv func(string) (string, bool)) {
	proxied := p.URL != nil || d.FailedAt(m.At("proxy_url"))
	switch {
	case p.FromEnvironment && proxied:
		d.Fail(m.At("proxy_from_environment"), "proxy_url is given, too, in line %d; keep one of them", m.At("proxy_url").Line)
	case p.FromEnvironment && p.NoProxy != "":
		d.Fail(m.At("no_proxy"), "only works with proxy_url; with proxy_from_environment the variable NO_PROXY says it")
	case !proxied && p.NoProxy != "":
		d.Fail(m.At("no_proxy"), "only works with proxy_url")
	case !proxied && !p.FromEnvironment && len(p.ConnectHeader) > 0:
		d.Fail(m.At("proxy_connect_header"), "only works with proxy_url or proxy_from_environment")
	}

	if p.FromEnvironment {
		p.checkEnvironment(d, m.At("proxy_from_environment"), lookupEnv)
	}
}

// proxyVariables are the variables that name a proxy. If both spellings of one are set, the
// lower-case one counts, but both are checked: the other one may count again tomorrow.
var proxyVariables = [...]string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"}

// checkEnvironment checks the variables that name the proxies, and keeps their
// passwords in mind. Without this, a URL that cannot be parsed would be passed over,
// and one that is not escaped would show in errors as the name of a host.
func (p *Proxy) checkEnvironment(d *strictyaml.Decoder, at strictyaml.Value, lookupEnv func(string) (string, bool)) {
	for _, name := range proxyVariables {
		s, _ := lookupEnv(name)
		if s == "" {
			continue
		}
		if !strings.Contains(s, "://") { // which net/http takes, too
			s = "http://" + s
		}
		u, mistake := parseProxyURL(s)
		switch {
		case mistake != "":
			d.Fail(at, "environment variable %s: %s", name, mistake)
		case u.User != nil:
			p.environment = append(p.environment, secrets.New(proxySecret(u)), secrets.New(proxyAuthorization(u)))
		}
	}
}

package config

import (
	"strings"

	commoncfg "github.com/prometheus/common/config"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/strictyaml"
)

// proxyFields are keys of a project, not of a mapping of their own.
var proxyFields = strictyaml.Fields[Project]{
	strictyaml.ScalarField("proxy_url", func(p *Project) *commoncfg.URL { return &p.Proxy.ProxyURL }, nil, readProxyURL, proxyURLNode),
	strictyaml.TextField("no_proxy", func(p *Project) *string { return &p.Proxy.NoProxy }, checkNoProxy),
	strictyaml.BoolField("proxy_from_environment", func(p *Project) *bool { return &p.Proxy.ProxyFromEnvironment }),
	{Key: "proxy_connect_header", Read: readConnectHeader, Write: connectHeaderNode},
}

// ProxySecrets is what opens the proxy, in clear and as it is sent, so that it can be
// kept out of what a proxy makes others print.
func (p *Project) ProxySecrets() []string {
	var all []string
	if u := p.Proxy.ProxyURL.URL; u != nil && u.User != nil {
		all = append(all, proxySecret(u), proxyAuthorization(u))
	}
	for _, s := range p.environmentProxies {
		all = append(all, s.Reveal())
	}
	for _, values := range p.ProxyConnectHeader {
		for _, v := range values {
			all = append(all, v.Reveal())
		}
	}
	return all
}

// ProxyConfig is all about the proxy, with the headers. It is a copy: its method Proxy
// remembers a function in it, with which two equal projects would no longer be equal.
func (p *Project) ProxyConfig() commoncfg.ProxyConfig {
	c := p.Proxy
	if len(p.ProxyConnectHeader) > 0 {
		c.ProxyConnectHeader = make(commoncfg.ProxyHeader, len(p.ProxyConnectHeader))
	}
	for name, values := range p.ProxyConnectHeader {
		for _, v := range values {
			c.ProxyConnectHeader[name] = append(c.ProxyConnectHeader[name], commoncfg.Secret(v.Reveal()))
		}
	}
	return c
}

// checkTransport checks what the keys say together. It does not use Validate of
// prometheus/common, which names keys that are not known here.
func (d *decoder) checkTransport(m strictyaml.Mapping, p *Project) {
	proxied := p.Proxy.ProxyURL.URL != nil || d.FailedAt(m.At("proxy_url"))
	switch fromEnv := p.Proxy.ProxyFromEnvironment; {
	case fromEnv && proxied:
		d.Fail(m.At("proxy_from_environment"), "proxy_url is given, too, in line %d; keep one of them", m.At("proxy_url").Line)
	case fromEnv && p.Proxy.NoProxy != "":
		d.Fail(m.At("no_proxy"), "only works with proxy_url; with proxy_from_environment the variable NO_PROXY says it")
	case !proxied && p.Proxy.NoProxy != "":
		d.Fail(m.At("no_proxy"), "only works with proxy_url")
	case !proxied && !fromEnv && len(p.ProxyConnectHeader) > 0:
		d.Fail(m.At("proxy_connect_header"), "only works with proxy_url or proxy_from_environment")
	}

	if p.Proxy.ProxyFromEnvironment {
		d.checkProxiesOfEnvironment(m.At("proxy_from_environment"), p)
	}
}

// proxyVariables are the variables that name a proxy. If both spellings of one are set, the
// lower-case one counts, but both are checked: the other one may count again tomorrow.
var proxyVariables = [...]string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"}

// checkProxiesOfEnvironment checks the variables that name the proxies, and keeps
// their passwords in mind. Without this, a URL that cannot be parsed would be passed
// over, and one that is not escaped would show in errors as the name of a host.
func (d *decoder) checkProxiesOfEnvironment(at strictyaml.Value, p *Project) {
	for _, name := range proxyVariables {
		s := d.rawVariable(name)
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
			p.environmentProxies = append(p.environmentProxies, secrets.New(proxySecret(u)), secrets.New(proxyAuthorization(u)))
		}
	}
}

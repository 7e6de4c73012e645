// Package transport has what a configuration says about connections: the proxy, and
// TLS. It reads the keys, finds what is wrong with them, certificates that cannot be
// used included, and makes of them what net/http needs.
package transport

import (
	"fmt"
	"io"
	"net/url"

	commoncfg "github.com/prometheus/common/config"

	"cloudjob_exporter/config/secrets"
)

// Proxy is how to reach a server. It prints its secrets as <secret>.
type Proxy struct {
	URL             *url.URL // nil is none
	NoProxy         string   // hosts that are reached without it
	FromEnvironment bool     // HTTP_PROXY, HTTPS_PROXY and NO_PROXY say it instead
	ConnectHeader   map[string][]secrets.Text

	environment []secrets.Text // the passwords of those that the environment names
}

// Secrets is what opens the proxy, in clear and as it is sent, so that it can be kept
// out of what a proxy makes others print.
func (p *Proxy) Secrets() []string {
	var all []string
	if p.URL != nil && p.URL.User != nil {
		all = append(all, proxySecret(p.URL), proxyAuthorization(p.URL))
	}
	for _, s := range p.environment {
		all = append(all, s.Reveal())
	}
	for _, values := range p.ConnectHeader {
		for _, v := range values {
			all = append(all, v.Reveal())
		}
	}
	return all
}

// Config is all of it in the type of prometheus/common, which is not safe to print. It
// is a new one each time: its method Proxy remembers a function in it.
func (p *Proxy) Config() commoncfg.ProxyConfig {
	c := commoncfg.ProxyConfig{
		ProxyURL: commoncfg.URL{URL: p.URL}, NoProxy: p.NoProxy, ProxyFromEnvironment: p.FromEnvironment,
	}
	if len(p.ConnectHeader) > 0 {
		c.ProxyConnectHeader = make(commoncfg.ProxyHeader, len(p.ConnectHeader))
	}
	for name, values := range p.ConnectHeader {
		for _, v := range values {
			c.ProxyConnectHeader[name] = append(c.ProxyConnectHeader[name], commoncfg.Secret(v.Reveal()))
		}
	}
	return c
}

// Format prints the keys for every verb: url.URL would show its password.
func (p Proxy) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, proxyFields.Line(&p)) }

package config

import (
	"slices"
	"strings"

	commoncfg "github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/strictyaml"
)

// proxyFields are keys of a project, not of a mapping of their own.
var proxyFields = strictyaml.Fields[Project]{
	strictyaml.ScalarField("proxy_url", func(p *Project) *commoncfg.URL { return &p.Proxy.ProxyURL }, nil, readProxyURL, proxyURLNode),
	strictyaml.TextField("no_proxy", func(p *Project) *string { return &p.Proxy.NoProxy }, nil),
	strictyaml.BoolField("proxy_from_environment", func(p *Project) *bool { return &p.Proxy.ProxyFromEnvironment }),
	{Key: "proxy_connect_header", Read: readConnectHeader, Write: connectHeaderNode},
}

// tlsField has the keys of prometheus/common, but for those that need a secret manager.
var tlsField = strictyaml.Field[Project]{
	Key: "tls_config",
	Read: func(d *strictyaml.Decoder, v strictyaml.Value, p *Project) {
		if m, ok := tlsFields.Read(d, v, p); ok {
			checkTLSFiles(d, m, p)
		}
	},
	Write: func(p *Project) *yaml.Node {
		if n := tlsFields.Node(p); len(n.Content) > 0 {
			return n
		}
		return nil
	},
}

var tlsFields = strictyaml.Fields[Project]{
	strictyaml.LinesField("ca", func(p *Project) *string { return &p.TLS.CA }, onlyCertificates),
	strictyaml.PathField("ca_file", func(p *Project) *string { return &p.TLS.CAFile }),
	strictyaml.LinesField("cert", func(p *Project) *string { return &p.TLS.Cert }, onlyCertificates),
	strictyaml.PathField("cert_file", func(p *Project) *string { return &p.TLS.CertFile }),
	strictyaml.ScalarField("key", func(p *Project) *Secret { return &p.TLSKey }, nil, readSecretLines, secretNode),
	strictyaml.PathField("key_file", func(p *Project) *string { return &p.TLS.KeyFile }),
	strictyaml.TextField("server_name", func(p *Project) *string { return &p.TLS.ServerName }, nil),
	strictyaml.BoolField("insecure_skip_verify", func(p *Project) *bool { return &p.TLS.InsecureSkipVerify }),
	strictyaml.ScalarField("min_version", func(p *Project) *commoncfg.TLSVersion { return &p.TLS.MinVersion }, nil, readTLSVersion, tlsVersionNode),
	strictyaml.ScalarField("max_version", func(p *Project) *commoncfg.TLSVersion { return &p.TLS.MaxVersion }, nil, readTLSVersion, tlsVersionNode),
}

// onlyCertificates keeps a key out of what is shown in clear.
func onlyCertificates(pem string) string {
	if strings.Contains(pem, "PRIVATE KEY-----") {
		return "must hold certificates only; a private key belongs into key, or key_file"
	}
	return ""
}

// TLSConfig is all of tls_config, with the key. It is a copy.
func (p *Project) TLSConfig() commoncfg.TLSConfig {
	t := p.TLS
	t.Key = commoncfg.Secret(p.TLSKey.Reveal())
	return t
}

// MaxTLSFileSize is the size in bytes of the largest file of tls_config that is read. A
// bundle of all public authorities has less than 1 MiB.
const MaxTLSFileSize = 4 << 20

// TLSFiles are the files that tls_config names.
func (p *Project) TLSFiles() []string {
	return slices.DeleteFunc([]string{p.TLS.CAFile, p.TLS.CertFile, p.TLS.KeyFile}, func(file string) bool { return file == "" })
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

	at := m.At("tls_config")
	if !at.Given() || d.FailedAt(at) {
		return
	}
	for _, part := range [...]struct{ name, inline, file string }{
		{"ca", p.TLS.CA, p.TLS.CAFile},
		{"cert", p.TLS.Cert, p.TLS.CertFile},
		{"key", p.TLSKey.Reveal(), p.TLS.KeyFile},
	} {
		if part.inline != "" && part.file != "" {
			d.Fail(at, "%s and %s_file are both given; keep one of them", part.name, part.name)
		}
	}
	switch cert, key := p.TLS.Cert+p.TLS.CertFile, p.TLSKey.Reveal()+p.TLS.KeyFile; {
	case cert != "" && key == "":
		d.Fail(at, "a client certificate needs key_file, or key")
	case cert == "" && key != "":
		d.Fail(at, "the key of a client certificate needs cert_file, or cert")
	}
	if p.TLS.MaxVersion != 0 && p.TLS.MaxVersion < p.TLS.MinVersion {
		d.Fail(at, "max_version must not be older than min_version")
	}
}

// checkProxiesOfEnvironment checks the variables that name the proxies, and keeps
// their passwords in mind. Without this, a URL that cannot be parsed would be passed
// over, and one that is not escaped would show in errors as the name of a host.
func (d *decoder) checkProxiesOfEnvironment(at strictyaml.Value, p *Project) {
	for _, names := range [...][2]string{{"HTTP_PROXY", "http_proxy"}, {"HTTPS_PROXY", "https_proxy"}} {
		name := names[0]
		s, _ := d.lookupEnv(name)
		if s == "" {
			name = names[1]
			s, _ = d.lookupEnv(name)
		}
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
			p.environmentProxies = append(p.environmentProxies, NewSecret(proxySecret(u)), NewSecret(proxyAuthorization(u)))
		}
	}
}

// openable returns why a file of tls_config cannot be read.
func openable(path string) error {
	_, err := ReadRegular(path, MaxTLSFileSize)
	return err
}

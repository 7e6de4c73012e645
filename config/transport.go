package config

import (
	"encoding/base64"
	"slices"
	"strings"

	commoncfg "github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"
)

// proxyFields are keys of a project, not of a mapping of their own.
var proxyFields = fields[Project]{
	scalar("proxy_url", func(p *Project) *commoncfg.URL { return &p.Proxy.ProxyURL }, nil, (*decoder).proxyURL, proxyURLNode),
	textField("no_proxy", func(p *Project) *string { return &p.Proxy.NoProxy }, nil),
	flagField("proxy_from_environment", func(p *Project) *bool { return &p.Proxy.ProxyFromEnvironment }),
	{"proxy_connect_header", readConnectHeader, connectHeaderNode},
}

// tlsField has the keys of prometheus/common, but for those that need a secret manager.
var tlsField = field[Project]{
	key:  "tls_config",
	read: func(d *decoder, v value, p *Project) { tlsFields.read(d, v, p) },
	write: func(p *Project) *yaml.Node {
		if n := tlsFields.node(p); len(n.Content) > 0 {
			return n
		}
		return nil
	},
}

var tlsFields = fields[Project]{
	textField("ca", func(p *Project) *string { return &p.TLS.CA }, onlyCertificates),
	pathField("ca_file", func(p *Project) *string { return &p.TLS.CAFile }),
	textField("cert", func(p *Project) *string { return &p.TLS.Cert }, onlyCertificates),
	pathField("cert_file", func(p *Project) *string { return &p.TLS.CertFile }),
	scalar("key", func(p *Project) *Secret { return &p.TLSKey }, nil, (*decoder).secret, secretNode),
	pathField("key_file", func(p *Project) *string { return &p.TLS.KeyFile }),
	textField("server_name", func(p *Project) *string { return &p.TLS.ServerName }, nil),
	flagField("insecure_skip_verify", func(p *Project) *bool { return &p.TLS.InsecureSkipVerify }),
	scalar("min_version", func(p *Project) *commoncfg.TLSVersion { return &p.TLS.MinVersion }, nil, (*decoder).tlsVersion, tlsVersionNode),
	scalar("max_version", func(p *Project) *commoncfg.TLSVersion { return &p.TLS.MaxVersion }, nil, (*decoder).tlsVersion, tlsVersionNode),
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
		name := u.User.Username()
		password, ok := u.User.Password()
		secret := password
		if !ok {
			secret = name
		}
		whole := base64.RawStdEncoding.EncodeToString([]byte(name + ":" + password))
		all = append(all, secret, whole) // which is what Proxy-Authorization has
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
func (d *decoder) checkTransport(m mapping, p *Project) {
	proxied := p.Proxy.ProxyURL.URL != nil || d.failedAt(m.at("proxy_url"))
	switch fromEnv := p.Proxy.ProxyFromEnvironment; {
	case fromEnv && proxied:
		d.fail(m.at("proxy_from_environment"), "proxy_url is given, too, in line %d; keep one of them", m.at("proxy_url").line)
	case fromEnv && p.Proxy.NoProxy != "":
		d.fail(m.at("no_proxy"), "only works with proxy_url; with proxy_from_environment the variable NO_PROXY says it")
	case !proxied && p.Proxy.NoProxy != "":
		d.fail(m.at("no_proxy"), "only works with proxy_url")
	case !proxied && !fromEnv && len(p.ProxyConnectHeader) > 0:
		d.fail(m.at("proxy_connect_header"), "only works with proxy_url or proxy_from_environment")
	}

	at := m.at("tls_config")
	if !at.given() || d.failedAt(at) {
		return
	}
	for _, part := range [...]struct{ name, inline, file string }{
		{"ca", p.TLS.CA, p.TLS.CAFile},
		{"cert", p.TLS.Cert, p.TLS.CertFile},
		{"key", p.TLSKey.Reveal(), p.TLS.KeyFile},
	} {
		if part.inline != "" && part.file != "" {
			d.fail(at, "%s and %s_file are both given; keep one of them", part.name, part.name)
		}
	}
	switch cert, key := p.TLS.Cert+p.TLS.CertFile, p.TLSKey.Reveal()+p.TLS.KeyFile; {
	case cert != "" && key == "":
		d.fail(at, "a client certificate needs key_file, or key")
	case cert == "" && key != "":
		d.fail(at, "the key of a client certificate needs cert_file, or cert")
	}
	if p.TLS.InsecureSkipVerify {
		d.warn("project %s: certificates are not verified (insecure_skip_verify), so that others can pass for the cloud, and read the credentials", quote(p.Name))
	}
	if p.TLS.MaxVersion != 0 && p.TLS.MaxVersion < p.TLS.MinVersion {
		d.fail(at, "max_version must not be older than min_version")
	}
}

// place is a line of a file.
type place struct {
	file string
	line int
}

// tlsPlaces is where each tls_config is.
func (d *decoder) tlsPlaces(c *Config) map[string]place {
	var places map[string]place
	for i, m := range d.projects {
		p := &c.Projects[i]
		if p.TLSConfig() == (commoncfg.TLSConfig{}) {
			continue
		}
		if places == nil {
			places = make(map[string]place)
		}
		places[p.Name] = place{d.file, m.at("tls_config").line}
	}
	return places
}

// TLSError says where in the file the tls_config of a project is, which cannot be
// used: its certificates are read when a client is made, and err is why that failed.
func (c *Config) TLSError(project string, err error) error {
	at, ok := c.tls[project]
	if !ok {
		return err
	}
	return Errors{{File: at.file, Line: at.line, Text: err.Error(), cause: err}}
}

// checkFiles warns of files that cannot be read now.
func (d *decoder) checkFiles(p *Project) {
	for _, s := range p.Secrets() {
		if s.File == "" || s.Value.Reveal() != "" {
			continue
		}
		if _, err := s.Read(); err != nil {
			d.warn("project %s: %s", quote(p.Name), err)
		}
	}
	for _, file := range p.TLSFiles() {
		if _, err := ReadRegular(file, MaxTLSFileSize); err != nil {
			d.warn("project %s: file of tls_config: %s", quote(p.Name), err)
		}
	}
}

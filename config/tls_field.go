package config

import (
	"slices"
	"strings"

	commoncfg "github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/strictyaml"
)

// tlsField has the keys of prometheus/common, but for those that need a secret manager.
var tlsField = strictyaml.Field[Project]{
	Key: "tls_config",
	Read: func(d *strictyaml.Decoder, v strictyaml.Value, p *Project) {
		if m, ok := tlsFields.Read(d, v, p); ok {
			checkTLS(d, m, p)
			checkCertificates(d, m, p)
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
	secrets.LinesField("key", func(p *Project) *secrets.Text { return &p.TLSKey }),
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

// TLSFiles are the files that tls_config names.
func (p *Project) TLSFiles() []string {
	return slices.DeleteFunc([]string{p.TLS.CAFile, p.TLS.CertFile, p.TLS.KeyFile}, func(file string) bool { return file == "" })
}

// checkTLS checks what the keys say together, and warns of what is not safe.
func checkTLS(d *strictyaml.Decoder, m strictyaml.Mapping, p *Project) {
	for _, part := range [...]struct{ name, inline, file string }{
		{"ca", p.TLS.CA, p.TLS.CAFile},
		{"cert", p.TLS.Cert, p.TLS.CertFile},
		{"key", p.TLSKey.Reveal(), p.TLS.KeyFile},
	} {
		if part.inline != "" && part.file != "" {
			d.Fail(m.Value, "%s and %s_file are both given; keep one of them", part.name, part.name)
		}
	}
	switch cert, key := p.TLS.Cert+p.TLS.CertFile, p.TLSKey.Reveal()+p.TLS.KeyFile; {
	case cert != "" && key == "":
		d.Fail(m.Value, "a client certificate needs key_file, or key")
	case cert == "" && key != "":
		d.Fail(m.Value, "the key of a client certificate needs cert_file, or cert")
	}
	if p.TLS.MaxVersion != 0 && p.TLS.MaxVersion < p.TLS.MinVersion {
		d.Fail(m.Value, "max_version must not be older than min_version")
	}
	if p.TLS.InsecureSkipVerify {
		d.Warn(m.At("insecure_skip_verify"), "certificates are not verified, so that others can pass for the cloud and read the credentials")
	}
}

// checkCertificates reports each certificate and key that cannot be used, unless
// something else is wrong with tls_config. Messages show absolute paths.
func checkCertificates(d *strictyaml.Decoder, m strictyaml.Mapping, p *Project) {
	wrong := func(key string) bool { return d.FailedAt(m.At(key)) }
	if d.FailedAt(m.Value) || slices.ContainsFunc(tlsFields.Keys(), wrong) {
		return
	}
	settings := p.tlsSettings()
	for _, path := range []*string{&settings.CAFile, &settings.CertFile, &settings.KeyFile} {
		if *path != "" {
			*path = Absolute(*path)
		}
	}
	_, mistakes := newTLSConfig(settings)
	for _, mistake := range mistakes {
		d.Fail(m.At(mistake.key), "%s", mistake)
	}
}

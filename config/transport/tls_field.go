package transport

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	commoncfg "github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/strictyaml"
)

// TLSField is a mapping with the keys that every Prometheus component has, but for those
// that need a secret manager. A certificate or key that cannot be used is an error.
func TLSField[T any](key string, at func(*T) *TLS) strictyaml.Field[T] {
	return strictyaml.Field[T]{
		Key: key,
		Read: func(d *strictyaml.Decoder, v strictyaml.Value, x *T) {
			if m, ok := tlsFields.Read(d, v, at(x)); ok {
				at(x).check(d, m)
				at(x).checkCertificates(d, m)
			}
		},
		Write: func(x *T) *yaml.Node {
			if n := tlsFields.Node(at(x)); len(n.Content) > 0 {
				return n
			}
			return nil
		},
	}
}

var tlsFields = strictyaml.Fields[TLS]{
	strictyaml.LinesField("ca", func(t *TLS) *string { return &t.CA }, onlyCertificates),
	strictyaml.PathField("ca_file", func(t *TLS) *string { return &t.CAFile }),
	strictyaml.LinesField("cert", func(t *TLS) *string { return &t.Cert }, onlyCertificates),
	strictyaml.PathField("cert_file", func(t *TLS) *string { return &t.CertFile }),
	secrets.LinesField("key", func(t *TLS) *secrets.Text { return &t.Key }),
	strictyaml.PathField("key_file", func(t *TLS) *string { return &t.KeyFile }),
	strictyaml.TextField("server_name", func(t *TLS) *string { return &t.ServerName }, nil),
	strictyaml.BoolField("insecure_skip_verify", func(t *TLS) *bool { return &t.InsecureSkipVerify }),
	strictyaml.ScalarField("min_version", func(t *TLS) *commoncfg.TLSVersion { return &t.MinVersion }, nil, readTLSVersion, tlsVersionNode),
	strictyaml.ScalarField("max_version", func(t *TLS) *commoncfg.TLSVersion { return &t.MaxVersion }, nil, readTLSVersion, tlsVersionNode),
}

// onlyCertificates keeps a key out of what is shown in clear.
func onlyCertificates(pem string) string {
	if strings.Contains(pem, "PRIVATE KEY-----") {
		return "must hold certificates only; a private key belongs into key, or key_file"
	}
	return ""
}

// check checks what the keys say together, and warns of what is not safe.
func (t *TLS) check(d *strictyaml.Decoder, m strictyaml.Mapping) {
	for _, part := range [...]struct{ name, inline, file string }{
		{"ca", t.CA, t.CAFile},
		{"cert", t.Cert, t.CertFile},
		{"key", t.Key.Reveal(), t.KeyFile},
	} {
		if part.inline != "" && part.file != "" {
			d.Fail(m.Value, "%s and %s_file are both given; keep one of them", part.name, part.name)
		}
	}
	switch cert, key := t.Cert+t.CertFile, t.Key.Reveal()+t.KeyFile; {
	case cert != "" && key == "":
		d.Fail(m.Value, "a client certificate needs key_file, or key")
	case cert == "" && key != "":
		d.Fail(m.Value, "the key of a client certificate needs cert_file, or cert")
	}
	if t.MaxVersion != 0 && t.MaxVersion < t.MinVersion {
		d.Fail(m.Value, "max_version must not be older than min_version")
	}
	if t.InsecureSkipVerify {
		d.Warn(m.At("insecure_skip_verify"), "certificates are not verified, so that others can pass for the cloud and read the credentials")
	}
}

// checkCertificates reports each certificate and key that cannot be used, unless
// something else is wrong with tls_config. Messages show absolute paths.
func (t *TLS) checkCertificates(d *strictyaml.Decoder, m strictyaml.Mapping) {
	wrong := func(key string) bool { return d.FailedAt(m.At(key)) }
	if d.FailedAt(m.Value) || slices.ContainsFunc(tlsFields.Keys(), wrong) {
		return
	}
	shown := *t
	for _, path := range []*string{&shown.CAFile, &shown.CertFile, &shown.KeyFile} {
		if whole, err := filepath.Abs(*path); err == nil && *path != "" {
			*path = whole
		}
	}
	_, mistakes := shown.load()
	for _, mistake := range mistakes {
		d.Fail(m.At(mistake.key), "%s", mistake)
	}
}

func readTLSVersion(d *strictyaml.Decoder, v strictyaml.Value) (commoncfg.TLSVersion, bool) {
	s, ok := d.Line(v)
	if !ok {
		return 0, false
	}
	version, ok := commoncfg.TLSVersions[s]
	if !ok {
		d.Fail(v, "%s", strictyaml.OneOf(slices.Sorted(maps.Keys(commoncfg.TLSVersions))...)(s))
	}
	return version, ok
}

func tlsVersionNode(version commoncfg.TLSVersion) *yaml.Node {
	if version == 0 {
		return nil
	}
	return strictyaml.TextNode(version.String())
}

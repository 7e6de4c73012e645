package transport

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/strictyaml"
)

var proxyFields = strictyaml.Fields[Proxy]{
	strictyaml.ScalarField("proxy_url", func(p *Proxy) **url.URL { return &p.URL }, nil, readProxyURL, proxyURLNode),
	strictyaml.TextField("no_proxy", func(p *Proxy) *string { return &p.NoProxy }, checkNoProxy),
	strictyaml.BoolField("proxy_from_environment", func(p *Proxy) *bool { return &p.FromEnvironment }),
	{Key: "proxy_connect_header", Read: readConnectHeader, Write: connectHeaderNode},
}

// ProxyFields are the keys about a proxy, as every Prometheus component has them. They
// stand beside other keys of a T, in no mapping of their own; see Proxy.Check.
func ProxyFields[T any](at func(*T) *Proxy) strictyaml.Fields[T] {
	fields := make(strictyaml.Fields[T], len(proxyFields))
	for i, f := range proxyFields {
		fields[i] = strictyaml.Field[T]{
			Key:   f.Key,
			Read:  func(d *strictyaml.Decoder, v strictyaml.Value, t *T) { f.Read(d, v, at(t)) },
			Write: func(t *T) *yaml.Node { return f.Write(at(t)) },
		}
	}
	return fields
}

// readProxyURL never quotes the URL, which may have a password in it.
func readProxyURL(d *strictyaml.Decoder, v strictyaml.Value) (*url.URL, bool) {
	if !d.CheckSecret(v) {
		return nil, false
	}
	s, ok := d.Line(v)
	if !ok || s == "" {
		return nil, ok
	}
	u, mistake := parseProxyURL(strings.Replace(s, secrets.Hidden, url.PathEscape(secrets.Hidden), 1)) // as proxyURLNode writes it
	if mistake != "" {
		d.Fail(v, "%s", mistake)
		return nil, false
	}
	return u, true
}

// proxyURLNode hides the password, or a user without one, which is as secret: a token.
func proxyURLNode(u *url.URL) *yaml.Node {
	if u == nil {
		return nil
	}
	shown := *u
	if shown.User != nil {
		if password, _ := shown.User.Password(); password != "" {
			shown.User = url.UserPassword(shown.User.Username(), secrets.Hidden)
		} else {
			shown.User = url.User(secrets.Hidden)
		}
	}
	return strictyaml.TextNode(strings.Replace(shown.String(), url.PathEscape(secrets.Hidden), secrets.Hidden, 1))
}

var (
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$")
	headerValue = regexp.MustCompile(`^[\t\x20-\x7e\x80-\x{10ffff}]*$`)
)

// readConnectHeader reads a mapping of header names to lists of secrets.
func readConnectHeader(d *strictyaml.Decoder, v strictyaml.Value, p *Proxy) {
	m, _ := d.Mapping(v, nil)
	for _, key := range slices.Sorted(maps.Keys(m.Entries)) {
		at := m.Entries[key]
		if !headerName.MatchString(key) {
			d.Fail(at, "not a name that a header may have")
			continue
		}
		if !at.Given() {
			continue
		}
		for _, item := range d.Items(at) {
			if !d.CheckSecret(item) {
				continue
			}
			s, ok := d.Text(item)
			if !ok {
				continue
			}
			s = strictyaml.TrimLineEnd(s)
			if !headerValue.MatchString(s) {
				d.Fail(item, "not a value that a header may have")
				continue
			}
			if p.ConnectHeader == nil {
				p.ConnectHeader = make(map[string][]secrets.Text)
			}
			p.ConnectHeader[key] = append(p.ConnectHeader[key], secrets.New(s))
		}
	}
}

func connectHeaderNode(p *Proxy) *yaml.Node {
	if len(p.ConnectHeader) == 0 {
		return nil
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, key := range slices.Sorted(maps.Keys(p.ConnectHeader)) {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, v := range p.ConnectHeader[key] {
			list.Content = append(list.Content, strictyaml.TextNode(v.String()))
		}
		n.Content = append(n.Content, strictyaml.TextNode(key), list)
	}
	return n
}

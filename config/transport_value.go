package config

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	commoncfg "github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/strictyaml"
)

// readProxyURL never quotes the URL, which may have a password in it.
func readProxyURL(d *strictyaml.Decoder, v strictyaml.Value) (commoncfg.URL, bool) {
	if !d.CheckSecret(v) {
		return commoncfg.URL{}, false
	}
	s, ok := d.Line(v)
	if !ok || s == "" {
		return commoncfg.URL{}, ok
	}
	u, mistake := parseProxyURL(strings.Replace(s, secrets.Hidden, url.PathEscape(secrets.Hidden), 1)) // as proxyURLNode writes it
	if mistake != "" {
		d.Fail(v, "%s", mistake)
		return commoncfg.URL{}, false
	}
	return commoncfg.URL{URL: u}, true
}

// proxyURLNode hides the password, or a user without one, which is as secret: a token.
func proxyURLNode(u commoncfg.URL) *yaml.Node {
	if u.URL == nil {
		return nil
	}
	shown := *u.URL
	if shown.User != nil {
		if password, _ := shown.User.Password(); password != "" {
			shown.User = url.UserPassword(shown.User.Username(), secrets.Hidden)
		} else {
			shown.User = url.User(secrets.Hidden)
		}
	}
	return strictyaml.TextNode(strings.Replace(shown.String(), url.PathEscape(secrets.Hidden), secrets.Hidden, 1))
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

var (
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$")
	headerValue = regexp.MustCompile(`^[\t\x20-\x7e\x80-\x{10ffff}]*$`)
)

// readConnectHeader reads a mapping of header names to lists of secrets.
func readConnectHeader(d *strictyaml.Decoder, v strictyaml.Value, p *Project) {
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
			if p.ProxyConnectHeader == nil {
				p.ProxyConnectHeader = make(map[string][]secrets.Text)
			}
			p.ProxyConnectHeader[key] = append(p.ProxyConnectHeader[key], secrets.New(s))
		}
	}
}

func connectHeaderNode(p *Project) *yaml.Node {
	if len(p.ProxyConnectHeader) == 0 {
		return nil
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, key := range slices.Sorted(maps.Keys(p.ProxyConnectHeader)) {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, v := range p.ProxyConnectHeader[key] {
			list.Content = append(list.Content, strictyaml.TextNode(v.String()))
		}
		n.Content = append(n.Content, strictyaml.TextNode(key), list)
	}
	return n
}

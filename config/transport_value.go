package config

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	commoncfg "github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"
)

// secret reads a secret of one line. No message shows it.
func (d *decoder) secret(v value) (Secret, bool) {
	s, ok := d.line(v)
	return NewSecret(s), ok
}

// secretKey reads a key or token.
func (d *decoder) secretKey(v value) (Secret, bool) {
	s, ok := d.line(v)
	if mistake := checkKeyText(s); mistake != "" {
		d.fail(v, "%s", mistake)
		return Secret{}, false
	}
	return NewSecret(s), ok
}

// secretLines reads a secret of any number of lines.
func (d *decoder) secretLines(v value) (Secret, bool) {
	s, ok := d.text(v)
	return NewSecret(s), ok
}

func secretNode(s Secret) *yaml.Node { return textNodeUnlessEmpty(s.String()) }

// proxyURL never quotes the URL, which may have a password in it.
func (d *decoder) proxyURL(v value) (commoncfg.URL, bool) {
	s, ok := d.line(v)
	if !ok || s == "" {
		return commoncfg.URL{}, ok
	}
	u, mistake := parseProxyURL(strings.Replace(s, hidden, url.PathEscape(hidden), 1)) // as proxyURLNode writes it
	if mistake != "" {
		d.fail(v, "%s", mistake)
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
			shown.User = url.UserPassword(shown.User.Username(), hidden)
		} else {
			shown.User = url.User(hidden)
		}
	}
	return textNode(strings.Replace(shown.String(), url.PathEscape(hidden), hidden, 1))
}

func (d *decoder) tlsVersion(v value) (commoncfg.TLSVersion, bool) {
	s, ok := d.line(v)
	if !ok {
		return 0, false
	}
	version, ok := commoncfg.TLSVersions[s]
	if !ok {
		d.fail(v, "%s", oneOf(slices.Sorted(maps.Keys(commoncfg.TLSVersions))...)(s))
	}
	return version, ok
}

func tlsVersionNode(version commoncfg.TLSVersion) *yaml.Node {
	if version == 0 {
		return nil
	}
	return textNode(version.String())
}

var (
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$")
	headerValue = regexp.MustCompile(`^[\t\x20-\x7e\x80-\x{10ffff}]*$`)
)

// readConnectHeader reads a mapping of header names to lists of secrets.
func readConnectHeader(d *decoder, v value, p *Project) {
	m, _ := d.mapping(v, nil)
	for _, key := range slices.Sorted(maps.Keys(m.entries)) {
		at := m.entries[key]
		if !headerName.MatchString(key) {
			d.fail(at, "not a name that a header may have")
			continue
		}
		if !at.given() {
			continue
		}
		for _, item := range d.items(at) {
			s, ok := d.text(item)
			if !ok {
				continue
			}
			s = withoutLineEnd(s)
			if !headerValue.MatchString(s) {
				d.fail(item, "not a value that a header may have")
				continue
			}
			if p.ProxyConnectHeader == nil {
				p.ProxyConnectHeader = make(map[string][]Secret)
			}
			p.ProxyConnectHeader[key] = append(p.ProxyConnectHeader[key], NewSecret(s))
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
			list.Content = append(list.Content, textNode(v.String()))
		}
		n.Content = append(n.Content, textNode(key), list)
	}
	return n
}

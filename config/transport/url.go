package transport

import (
	"encoding/base64"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// proxySchemes are those that net/http can reach a proxy by.
var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

const howToEscape = "in user and password write %2F for /, %40 for @, %3A for :, %3F for ?, %23 for # and %25 for %"

// parseProxyURL returns what is wrong with the URL of a proxy, without a word of it:
// what looks like a path or a host may be the end of a password that is not escaped.
func parseProxyURL(s string) (u *url.URL, mistake string) {
	_, rest, _ := strings.Cut(s, "://")
	authority, behind := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, behind = rest[:i], rest[i:]
	}
	u, err := url.Parse(s)
	switch {
	case strings.Contains(behind, "@") || strings.Count(authority, "@") > 1:
		return nil, "user and password are not escaped; " + howToEscape
	case err != nil && strings.Contains(authority, "@"):
		return nil, "must be a whole URL, like http://user:password@proxy.example:3128; " + howToEscape
	case err != nil, !slices.Contains(proxySchemes, u.Scheme), !ValidHost(u):
		return nil, "must be a whole URL, like http://proxy.example:3128; it may begin with " + strings.Join(proxySchemes, ", ")
	case behind != "" && behind != "/":
		return nil, "a proxy has no path, ? or #, only a host and a port, like http://proxy.example:3128; " + howToEscape
	}
	return u, ""
}

// proxySecret is what of the URL of a proxy nobody may see: the password, or a user
// without one, which is a token.
func proxySecret(u *url.URL) string {
	if password, _ := u.User.Password(); password != "" {
		return password
	}
	return u.User.Username()
}

// proxyAuthorization is the user and password as the header Proxy-Authorization has
// them (RFC 7617), without padding.
func proxyAuthorization(u *url.URL) string {
	password, _ := u.User.Password()
	return base64.RawStdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password))
}

// checkNoProxy never quotes the hosts: what has a password in it was meant for proxy_url.
func checkNoProxy(s string) (mistake string) {
	if strings.Contains(s, "@") || strings.Contains(s, "://") {
		return "must be a list of hosts, domains or networks, like .example.com,10.0.0.0/8, not a URL, and without a user or password"
	}
	return ""
}

// ValidHost reports whether a URL names a host, and a port that there can be if it
// names one.
func ValidHost(u *url.URL) bool {
	if u.Port() == "" {
		return u.Hostname() != "" && !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.Atoi(u.Port())
	return u.Hostname() != "" && err == nil && port > 0 && port < 1<<16
}

// PlainHTTP reports whether what is sent to a URL can be read on the way: it begins
// with http:, and leads to another host than this one.
func PlainHTTP(rawURL string) bool {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "http" {
		return false
	}
	host, _, _ := strings.Cut(u.Hostname(), "%") // a zone
	if strings.EqualFold(host, "localhost") {
		return false
	}
	address, err := netip.ParseAddr(host)
	return err != nil || !net.IP(address.AsSlice()).IsLoopback()
}

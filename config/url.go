package config

import (
	"net/url"
	"strings"

	"cloudjob_exporter/config/transport"
)

// checkEndpoint never quotes the URL, which may have a password in it. The example
// is a URL that would be right.
func checkEndpoint(s, example string) (mistake string) {
	u, err := url.Parse(s)
	switch {
	case strings.Contains(s, "@"):
		return "must not have a user or password in it; credentials have keys of their own"
	case strings.ContainsAny(s, "?#"):
		return "must not have a ? or # in it; it is the base of all paths"
	case err != nil, u.Scheme != "http" && u.Scheme != "https", !transport.ValidHost(u):
		return "must be a whole URL, like " + example
	}
	return ""
}

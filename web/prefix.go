package web

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	pathpkg "path"
	"strconv"
	"strings"
)

// ParseExternalURL returns the URL under which the exporter is reachable from
// outside. As in Prometheus, that is an http or https URL, host:port, or a path
// alone, and slashes at the end do not count. No error repeats the text, which
// may hold a password.
func ParseExternalURL(text string) (*url.URL, error) {
	if startsOrEndsWithQuote(text) {
		return nil, errors.New("must not begin or end with a quote")
	}
	u, err := parseExternalURL(text)
	switch {
	case err != nil:
		return nil, errors.New("must be an http or https URL, host:port, or a path")
	case u.User != nil:
		return nil, errors.New("must not contain a user name or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(text, "#"):
		return nil, errors.New("must not have a query or a fragment")
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return u, nil
}

// parseExternalURL tells the three forms apart by what is before the first slash.
func parseExternalURL(text string) (*url.URL, error) {
	before, _, _ := strings.Cut(text, "/")
	switch {
	case strings.Contains(text, "://"):
	case strings.HasPrefix(text, "//"):
		return nil, errors.New("no scheme")
	case strings.HasPrefix(text, "/"):
		return url.Parse(text)
	case strings.Contains(before, ":"):
		if _, port, err := net.SplitHostPort(before[strings.LastIndex(before, "@")+1:]); err != nil || port == "" {
			return nil, errors.New("no port")
		}
		text = "http://" + text
	default:
		return url.Parse("/" + text)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || !validPort(u.Port()) {
		return nil, errors.New("no http URL")
	}
	return u, nil
}

// validPort reports whether a port is left out, or a number that a port can have.
func validPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

func startsOrEndsWithQuote(s string) bool {
	return strings.Trim(s, `"'`) != s
}

// RoutePrefix returns the prefix of all routes: "/" and the text without the
// slashes around it, or "" for no prefix.
func RoutePrefix(text string) (string, error) {
	trimmed := strings.Trim(text, "/")
	if trimmed == "" {
		return "", nil
	}
	prefix := "/" + trimmed
	if pathpkg.Clean(prefix) != prefix || strings.ContainsFunc(prefix, special) {
		return "", errors.New(`must be a path like /jobs, without "//", "..", spaces and any of ?#%{}`)
	}
	return prefix, nil
}

// routes puts everything that is served under a prefix.
type routes struct {
	mux    *http.ServeMux
	prefix string
}

// newRoutes also leads those who ask for / or leave out the slash at the end to
// the prefix.
func newRoutes(prefix string) routes {
	r := routes{http.NewServeMux(), prefix}
	if prefix != "" {
		home := http.RedirectHandler((&url.URL{Path: prefix + "/"}).EscapedPath(), http.StatusFound)
		r.mux.Handle("GET /{$}", home)
		r.mux.Handle("GET "+prefix, home)
	}
	return r
}

// handle registers a handler for a pattern of a method and a path.
func (r routes) handle(pattern string, h http.Handler) {
	method, path, _ := strings.Cut(pattern, " ")
	r.mux.Handle(method+" "+r.prefix+path, h)
}

// handleStripped is for handlers that must not see the prefix.
func (r routes) handleStripped(pattern string, h http.Handler) {
	r.handle(pattern, http.StripPrefix(r.prefix, h))
}

// redirectRelative redirects to a path relative to the request's. Unlike
// http.Redirect it does not make it absolute, so that it stays right behind a
// proxy that strips a path.
func redirectRelative(location string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusMovedPermanently)
	})
}

// relative returns a path as a link of a page that is at the root or right below it.
func relative(path string) string { return "." + path }

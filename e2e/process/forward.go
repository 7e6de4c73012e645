package process

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
)

// Forward returns an address of the test's own that leads to the program. Who
// goes on asking there after the program has ended gets a 502, and never an
// answer of another program that has taken over the port.
func (p *Process) Forward() (address string) {
	p.t.Helper()
	return Forward(p.t, func() *Process { return p })
}

// Forward is Process.Forward for a program that is restarted: the address leads to
// the one that current returns at each request.
func Forward(t T, current func() *Process) (address string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := current()
		proxy := &httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: p.Address}) },
			Transport: &http.Transport{DisableKeepAlives: true},
			ErrorLog:  log.New(io.Discard, "", 0),
			ModifyResponse: func(*http.Response) error {
				if p.ended() {
					return http.ErrServerClosed
				}
				return nil
			},
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

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
	to, err := url.Parse(p.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport: &http.Transport{DisableKeepAlives: true},
		ErrorLog:  log.New(io.Discard, "", 0),
		ModifyResponse: func(*http.Response) error {
			if p.ended() {
				return http.ErrServerClosed
			}
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	p.t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

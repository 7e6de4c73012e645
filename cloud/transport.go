package cloud

import (
	"io"
	"net"
	"net/http"
	"time"

	"cloudjob_exporter/cloud/sanitize"
	"cloudjob_exporter/config"
)

const (
	// maxBody is the longest answer that is read, after decompression.
	maxBody = 1 << 20
	// maxHeader bounds the header of an answer; the tokens of IAM come in one, and
	// have up to 32 KiB.
	maxHeader = 256 << 10
)

const errTooLarge = sanitize.OwnError("the answer is longer than 1 MiB")

// newTransport builds the connections of one project: at most one for each call
// in flight, kept alive, with the project's proxy and TLS settings.
func newTransport(p *config.Project, concurrency int) (*http.Transport, error) {
	proxy := p.Proxy.Config()
	tlsConfig, err := p.TLS.Config()
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		Proxy:                  proxy.Proxy(),
		ProxyConnectHeader:     proxy.GetProxyConnectHeader(),
		DialContext:            (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        tlsConfig,
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
		MaxConnsPerHost:        concurrency,
		MaxIdleConnsPerHost:    concurrency,
		MaxResponseHeaderBytes: maxHeader,
		IdleConnTimeout:        90 * time.Second,
		ExpectContinueTimeout:  time.Second,
	}, nil
}

// newHTTPClient makes a client of one service on a shared transport. It follows
// no redirect, so that no credential ever does, and reads no endless body.
func newHTTPClient(base http.RoundTripper, r *recorder, service string) *http.Client {
	return &http.Client{
		Transport: limited{observed{base, r, service}},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// limited makes a body that is too long an error of its reader, and takes away
// where a redirect leads.
type limited struct{ next http.RoundTripper }

func (l limited) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(req)
	if err == nil {
		left := maxBody
		if resp.ContentLength > maxBody {
			left = -1
		}
		resp.Body = &limitedBody{resp.Body, left}
		// net/http quotes one that it cannot parse, though it is not to follow it.
		resp.Header.Del("Location")
	}
	return resp, err
}

type limitedBody struct {
	io.ReadCloser
	left int // bytes that may still come; below 0: too many came
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	b.left -= n
	if b.left < 0 {
		return n - 1, errTooLarge
	}
	return n, err
}

// Package cloud is an authenticated HTTP client for one project of Huawei Cloud
// or Open Telekom Cloud: an IAM token, a signature with AK/SK, or a token that
// somebody else renews; and errors that say why a call failed.
package cloud

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"cloudjob_exporter/config"
)

// What else than a provider is called.
const (
	serviceIAM      = "iam"
	serviceMetadata = "metadata"
)

// Options are what the clients of all projects have in common.
type Options struct {
	Timeout     time.Duration // of one HTTP call
	Concurrency int           // calls in flight
	UserAgent   string
	Metrics     *Metrics

	// Transport takes the place of the network, for tests; nil: the network.
	Transport http.RoundTripper
	// MetadataURL takes the place of the ECS metadata service's address; empty:
	// http://169.254.169.254.
	MetadataURL string
}

// Client calls the APIs of one project. It may be used by any number of
// goroutines at once.
type Client struct {
	project   *config.Project
	files     [sha256.Size]byte // of what its files held when the client was made
	options   Options
	transport http.RoundTripper
	recorder  *recorder
	auth      authenticator
	iam       *iam
	metadata  *metadata

	mu       sync.Mutex
	services map[string]*service
}

// service is one API's endpoint, and what was learnt about it.
type service struct {
	endpoint string
	http     *http.Client
	gate     gate
}

// New makes the client of a project. It calls nothing, and fails only if a file of
// tls_config has changed for the worse since the configuration was read, or if the
// project has no way to authenticate.
func New(p *config.Project, o Options) (*Client, error) {
	c := &Client{project: p, files: filesSum(p), options: o, transport: o.Transport, services: map[string]*service{}}
	if c.transport == nil {
		t, err := newTransport(p, o.Concurrency)
		if err != nil {
			return nil, fmt.Errorf("project %q: tls_config: %w", p.Name, err)
		}
		c.transport = t
	}
	c.recorder = o.Metrics.recorder(p.Name)
	c.iam = &iam{
		http:    newHTTPClient(c.transport, c.recorder, serviceIAM),
		timeout: o.Timeout, userAgent: o.UserAgent, proxySecrets: p.ProxySecrets,
	}
	direct := o.Transport
	if direct == nil {
		direct = &http.Transport{DisableKeepAlives: true} // a link-local address: no proxy, one call an hour
	}
	c.metadata = &metadata{
		http:    newHTTPClient(direct, c.recorder, serviceMetadata),
		timeout: o.Timeout, url: cmp.Or(o.MetadataURL, metadataURL),
	}
	var err error
	c.auth, err = newAuthenticator(p, c)
	return c, err
}

// ProjectID is the ID that the paths of the project's APIs contain.
func (c *Client) ProjectID() string { return c.project.ProjectID }

// Format prints the project's name for every verb of fmt: the settings of its
// proxy are secrets, too.
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "client of project %q", c.project.Name) }

// Get fetches a path of a service (a provider's name) and returns the body of a
// 200. Every other outcome is an *Error, but for a ctx that is canceled. The
// path must be escaped already.
func (c *Client) Get(ctx context.Context, serviceName, path string, query url.Values) ([]byte, error) {
	body, err := c.authenticated(ctx, c.service(serviceName), serviceName, path, query)
	if cause := ctx.Err(); err != nil && errors.Is(cause, context.Canceled) {
		return nil, cause // the caller gave up; the cloud did not fail
	}
	if err != nil {
		return nil, AsError(serviceName, err)
	}
	return body, nil
}

// authenticated makes the call once the service's gate lets it through, and once
// more with another credential if the first is refused and there is another. A
// login is not the gate's business: it has a pause of its own.
func (c *Client) authenticated(ctx context.Context, s *service, name, path string, query url.Values) (body []byte, err error) {
	if err := s.gate.shut(); err != nil {
		return nil, err
	}
	used, err := c.auth.credential(ctx, credential{})
	if err != nil {
		return nil, err
	}
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return nil, err
	}
	body, err = c.do(ctx, s, name, path, query, used)
	if verdictOf(body, err) == refused {
		fresh, loginErr := c.auth.credential(ctx, used)
		switch {
		case loginErr != nil:
			return nil, leave(undecided, loginErr)
		case fresh != used:
			body, err = c.do(ctx, s, name, path, query, fresh)
		}
	}
	return body, leave(verdictOf(body, err), err)
}

// do makes one HTTP call.
func (c *Client) do(ctx context.Context, s *service, name, path string, query url.Values, cred credential) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.endpoint+path, nil)
	if err != nil {
		return nil, err
	}
	req.URL.RawQuery = query.Encode()
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json") // mandatory in the CFW API reference of OTC
	req.Header.Set("User-Agent", c.options.UserAgent)
	cred.apply(req, c.project.ProjectID)

	secrets := append(cred.secrets(), c.project.ProxySecrets()...)
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, AsError(name, sanitizeError(err, secrets))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // how a connection ends that is given up depends on the protocol
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		e := answerError(name, resp, body, secrets...) // as far as the body came
		e.fromService = fromService(e, body)
		return nil, e
	case err != nil:
		e := AsError(name, sanitizeError(err, secrets))
		e.StatusCode = resp.StatusCode
		return nil, e
	}
	return redact(body, secrets), nil
}

func (c *Client) service(name string) *service {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.services[name]
	if !ok {
		s = &service{
			endpoint: c.project.Endpoint(name),
			http:     newHTTPClient(c.transport, c.recorder, name),
		}
		c.services[name] = s
	}
	return s
}

// Close lets go of the connections that are idle. Calls that are under way are
// not disturbed; their contexts end them.
func (c *Client) Close() {
	(&http.Client{Transport: c.transport}).CloseIdleConnections()
}

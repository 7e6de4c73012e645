// Package cloud is an authenticated HTTP client for one project of Huawei Cloud
// or Open Telekom Cloud: an IAM token, a signature with AK/SK, or a token that
// somebody else renews; and errors that say why a call failed.
//
//	Get ── credential ── gate ── request ──> cloud
//	        │                                  │
//	        ├── from a file, as it is          └── body, sanitized ──> read
//	        └── lease: login, metadata             or Error, sanitized
//
// A credential is what one call proves itself with. A lease is one that is fetched, lasts
// for a while, and is fetched again. A verdict is what the outcome of a call says about the
// credential.
//
// Packages below this one read clouds.yaml (clouds), hold back calls with a credential that
// may be refused (gate), take secrets out of what a server sent (sanitize), and sign
// requests (signature).
package cloud

import (
	"bytes"
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

	"cloudjob_exporter/cloud/gate"
	"cloudjob_exporter/cloud/sanitize"
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
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

	gate     gate.Gate
	mu       sync.Mutex
	services map[string]*service
}

// service is one API's endpoint, and what was learnt about it.
type service struct {
	endpoint string
	http     *http.Client
	door     *gate.Door[credential]
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
		timeout: o.Timeout, userAgent: o.UserAgent, proxySecrets: p.Proxy.Secrets,
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

// Get fetches a path of a service (a provider's name) and lets read have the body of
// a 200, which returns an error if that is not what the API documents. Every other
// outcome is an *Error, but for a ctx that is canceled. The path must be escaped
// already.
func (c *Client) Get(ctx context.Context, serviceName, path string, query url.Values, read func(body []byte) error) error {
	return c.call(ctx, serviceName, request{http.MethodGet, path, query, nil}, read)
}

// Post sends a body of JSON to a path, for the APIs that list with POST. Otherwise it is
// like Get.
func (c *Client) Post(ctx context.Context, serviceName, path string, body []byte, read func(body []byte) error) error {
	return c.call(ctx, serviceName, request{http.MethodPost, path, nil, body}, read)
}

// request is what is asked of a service. It may be sent more than once.
type request struct {
	method, path string
	query        url.Values
	body         []byte
}

func (c *Client) call(ctx context.Context, serviceName string, r request, read func(body []byte) error) error {
	s := c.service(serviceName)
	if s.endpoint == "" { // the configuration names none for what only probes ask for
		return &Error{Reason: job.NotPublished, Service: serviceName, Message: "the project has no endpoint for it; put it into the project's endpoints"}
	}
	err := c.authenticated(ctx, s, func(s *service, with credential) error {
		body, err := c.do(ctx, s, serviceName, r, with)
		if err != nil {
			return err
		}
		return read(body)
	})
	if cause := ctx.Err(); err != nil && errors.Is(cause, context.Canceled) {
		return cause // the caller gave up; the cloud did not fail
	}
	if err != nil {
		return AsError(serviceName, err)
	}
	return nil
}

// authenticated makes a call once the service's door lets it through, and once more
// with another credential if the first is refused and there is another. A login is not
// the door's business: it has a pause of its own.
func (c *Client) authenticated(ctx context.Context, s *service, call func(*service, credential) error) error {
	if err := s.door.Shut(); err != nil {
		return err
	}
	with, err := c.auth.credential(ctx, credential{})
	if err != nil {
		return err
	}
	release, err := s.door.Enter(ctx, with)
	if err != nil {
		return err
	}
	err = call(s, with)
	if verdictOf(err) == gate.Refused {
		fresh, loginErr := c.auth.credential(ctx, with)
		switch {
		case loginErr != nil:
			return release(with, gate.Undecided, loginErr)
		case !fresh.Equal(with):
			with = fresh
			err = call(s, with)
		}
	}
	return release(with, verdictOf(err), err)
}

// do makes one HTTP call.
func (c *Client) do(ctx context.Context, s *service, name string, r request, cred credential) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.method, s.endpoint+r.path, bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	req.URL.RawQuery = r.query.Encode()
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json") // mandatory in the CFW API reference of OTC
	req.Header.Set("User-Agent", c.options.UserAgent)
	cred.apply(req, r.body, c.project.ProjectID)

	secrets := append(cred.secrets(), c.project.Proxy.Secrets()...)
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, AsError(name, sanitize.Error(err, secrets))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // how a connection ends that is given up depends on the protocol
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		e := answerError(name, resp, body, secrets...) // as far as the body came
		e.fromService = fromService(e)
		return nil, e
	case err != nil:
		e := AsError(name, sanitize.Error(err, secrets))
		e.StatusCode = resp.StatusCode
		return nil, e
	}
	return sanitize.Body(body, secrets), nil
}

func (c *Client) service(name string) *service {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.services[name]
	if !ok {
		s = &service{
			endpoint: c.project.Endpoint(name),
			http:     newHTTPClient(c.transport, c.recorder, name),
			door:     gate.NewDoor[credential](&c.gate, heldBack),
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

package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"cloudjob_exporter/cloud/sanitize"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
)

// metadataURL is where an ECS finds its metadata service.
const metadataURL = "http://169.254.169.254"

// metadata reads the temporary key of the agency of the ECS that this runs on
// ("Metadata Obtaining", Elastic Cloud Server User Guide). The key lasts for an
// hour, and a new one is there 10 min before.
type metadata struct {
	http    *http.Client
	timeout time.Duration
	url     string
}

// fetch asks in the way of IMDSv2, and in that of version 1 where the service
// knows no session tokens.
func (m *metadata) fetch(ctx context.Context) (credential, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()

	session, err := m.session(ctx)
	if err != nil {
		return credential{}, time.Time{}, err
	}
	header := http.Header{}
	if session != "" {
		header.Set("X-Metadata-Token", session)
	}
	r, err := m.do(ctx, http.MethodGet, "/openstack/latest/securitykey", header)
	if err != nil {
		return credential{}, time.Time{}, err
	}
	if r.status != http.StatusOK {
		return credential{}, time.Time{}, r.error("no security key")
	}
	var answer struct {
		Credential struct {
			Access, Secret, SecurityToken string
			ExpiresAt                     time.Time `json:"expires_at"`
		}
	}
	c := &answer.Credential
	if json.Unmarshal(r.body, &answer) != nil || c.Access == "" || c.Secret == "" || c.ExpiresAt.IsZero() {
		return credential{}, time.Time{}, &Error{
			Reason: job.BadResponse, Service: serviceMetadata, Message: "the answer holds no security key",
		}
	}
	return credential{
		accessKey: c.Access, secretKey: secrets.New(c.Secret), securityToken: secrets.New(c.SecurityToken),
	}, c.ExpiresAt, nil
}

// session opens a session of IMDSv2; it is empty where there is only version 1.
func (m *metadata) session(ctx context.Context) (string, error) {
	r, err := m.do(ctx, http.MethodPut, "/meta-data/latest/api/token",
		http.Header{"X-Metadata-Token-Ttl-Seconds": {"60"}})
	if err != nil {
		return "", err
	}
	switch r.status {
	case http.StatusOK:
		return strings.TrimSpace(string(r.body)), nil
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusServiceUnavailable:
		return "", nil
	}
	return "", r.error("no session token")
}

// reply is a whole answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// error is about a status other than 200. A service that is in trouble, or asks for
// fewer calls, says nothing about the agency; one that refuses does.
func (r *reply) error(missing string) *Error {
	e := &Error{Reason: statusReason(r.status), Service: serviceMetadata, StatusCode: r.status, Message: missing}
	if r.status >= 400 && (e.Reason == job.NotFound || e.Reason == job.Forbidden || e.Reason == job.BadResponse) {
		e.Reason = job.Auth
	}
	if e.Reason == job.Auth {
		e.Message += "; has the ECS an agency?"
	}
	if e.Overloaded() {
		e.RetryAfter = retryAfter(r.header.Get("Retry-After"), time.Now())
	}
	return e
}

// do makes a call and reads the whole answer.
func (m *metadata) do(ctx context.Context, method, path string, header http.Header) (*reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, m.url+path, nil)
	if err != nil {
		return nil, fmt.Errorf("metadata service: %w", err)
	}
	req.Header = header
	resp, err := m.http.Do(req)
	if err != nil {
		return nil, AsError(serviceMetadata, sanitize.Error(err, nil))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, AsError(serviceMetadata, sanitize.Error(err, nil))
	}
	return &reply{resp.StatusCode, resp.Header, body}, nil
}

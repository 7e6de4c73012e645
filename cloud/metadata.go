package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

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
	status, body, err := m.do(ctx, http.MethodGet, "/openstack/latest/securitykey", header)
	if err != nil {
		return credential{}, time.Time{}, err
	}
	if status != http.StatusOK {
		return credential{}, time.Time{}, &Error{
			Reason: job.Auth, Service: serviceMetadata, StatusCode: status, Message: "no security key; has the ECS an agency?",
		}
	}
	var answer struct {
		Credential struct {
			Access, Secret, SecurityToken string
			ExpiresAt                     time.Time `json:"expires_at"`
		}
	}
	c := &answer.Credential
	if json.Unmarshal(body, &answer) != nil || c.Access == "" || c.Secret == "" || c.ExpiresAt.IsZero() {
		return credential{}, time.Time{}, &Error{
			Reason: job.BadResponse, Service: serviceMetadata, Message: "the answer holds no security key",
		}
	}
	return credential{accessKey: c.Access, secretKey: c.Secret, securityToken: c.SecurityToken}, c.ExpiresAt, nil
}

// session opens a session of IMDSv2; it is empty where there is only version 1.
func (m *metadata) session(ctx context.Context) (string, error) {
	status, body, err := m.do(ctx, http.MethodPut, "/meta-data/latest/api/token",
		http.Header{"X-Metadata-Token-Ttl-Seconds": {"60"}})
	switch {
	case err != nil:
		return "", err
	case status == http.StatusOK:
		return strings.TrimSpace(string(body)), nil
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status == http.StatusServiceUnavailable:
		return "", nil
	}
	return "", &Error{
		Reason: job.Auth, Service: serviceMetadata, StatusCode: status, Message: "no session token",
	}
}

func (m *metadata) do(ctx context.Context, method, path string, header http.Header) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, m.url+path, nil)
	if err != nil {
		return 0, nil, fmt.Errorf("metadata service: %w", err)
	}
	req.Header = header
	resp, err := m.http.Do(req)
	if err != nil {
		return 0, nil, AsError(serviceMetadata, told(err, nil))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, AsError(serviceMetadata, told(err, nil))
	}
	return resp.StatusCode, body, nil
}

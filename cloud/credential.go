package cloud

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"cloudjob_exporter/cloud/signature"
	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
)

const headerToken = "X-Auth-Token" //nolint:gosec // the name of a header

// credential is what one call proves itself with: a token, or a key to sign with.
type credential struct {
	accessKey                       string
	token, secretKey, securityToken secrets.Text
}

// Equal reports whether two credentials are the same.
func (c credential) Equal(o credential) bool { return reflect.DeepEqual(c, o) }

// apply puts the credential on a request, which must not change afterwards.
func (c credential) apply(req *http.Request, body []byte, projectID string) {
	if token := c.token.Reveal(); token != "" {
		req.Header.Set(headerToken, token)
		return
	}
	req.Header.Set(signature.HeaderProject, projectID)
	if token := c.securityToken.Reveal(); token != "" {
		req.Header.Set(signature.HeaderSecurityToken, token)
	}
	signature.Sign(req, body, c.accessKey, c.secretKey.Reveal(), time.Now())
}

// secrets are what must not be seen of it, in clear.
func (c credential) secrets() []string {
	return []string{c.token.Reveal(), c.secretKey.Reveal(), c.securityToken.Reveal()}
}

// authenticator gives the credential for a call.
type authenticator interface {
	// credential may call the cloud for one, once for all who wait. refused is
	// a credential that was just answered with 401 (zero: none): another is
	// given if one can be had, else the same again.
	credential(ctx context.Context, refused credential) (credential, error)
}

// newAuthenticator chooses the way that the project's configuration names.
func newAuthenticator(p *config.Project, c *Client) (authenticator, error) {
	switch p.Auth() {
	case config.AuthAccessKey:
		return accessKey{p.AccessKey, p.SecretKey, p.SecurityToken}, nil
	case config.AuthToken:
		return givenToken{p.Token}, nil
	case config.AuthPassword:
		return &lease{service: serviceIAM, fetch: c.iam.passwordLogin(p)}, nil
	case config.AuthCloudName:
		return &lease{service: serviceIAM, fetch: c.iam.cloudsLogin(p)}, nil
	case config.AuthMetadata:
		return &lease{service: serviceMetadata, fetch: c.metadata.fetch}, nil
	}
	return nil, fmt.Errorf("project %q: no way to authenticate", p.Name)
}

// accessKey signs with a key whose secrets are read anew for each call.
type accessKey struct {
	id            string
	secret, token secrets.Source
}

func (a accessKey) credential(context.Context, credential) (credential, error) {
	c := credential{accessKey: a.id}
	var err error
	if c.secretKey, err = readSecret("secret_key", a.secret); err != nil {
		return credential{}, err
	}
	if !a.token.IsZero() {
		if c.securityToken, err = readSecret("security_token", a.token); err != nil {
			return credential{}, err
		}
	}
	return c, nil
}

// givenToken is an X-Auth-Token that something else renews.
type givenToken struct{ token secrets.Source }

func (g givenToken) credential(context.Context, credential) (credential, error) {
	token, err := readSecret("token", g.token)
	return credential{token: token}, err
}

// readSecret reads a secret of the configuration; without it there is no
// authentication, so that is the reason of its error.
func readSecret(key string, s secrets.Source) (secrets.Text, error) {
	secret, err := s.Read()
	if err != nil {
		return secrets.Text{}, &Error{Reason: job.Auth, Service: key, Err: err}
	}
	return secrets.New(secret), nil
}

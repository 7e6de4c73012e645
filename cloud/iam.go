package cloud

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"

	"cloudjob_exporter/cloud/sanitize"
	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
	"cloudjob_exporter/strictyaml"
)

// iam logs in at an identity service (Keystone v3: POST {endpoint}/auth/tokens).
type iam struct {
	http      *http.Client
	timeout   time.Duration
	userAgent string
	// proxySecrets gives those that are not for IAM, but may be in an error.
	proxySecrets func() []string
}

// fetch is how a lease gets a credential and the time of its expiry.
type fetch = func(context.Context) (credential, time.Time, error)

// passwordLogin logs in by the project's user name and password.
func (i *iam) passwordLogin(p *config.Project) fetch {
	return func(ctx context.Context) (credential, time.Time, error) {
		password, err := readSecret("password", p.Password)
		if err != nil {
			return credential{}, time.Time{}, err
		}
		return i.login(ctx, p.Endpoint(serviceIAM), &tokens.AuthOptions{
			Username:   p.Username,
			Password:   password.Reveal(),
			DomainName: p.DomainName,
			Scope:      tokens.Scope{ProjectID: p.ProjectID},
		})
	}
}

// login asks for a token once. Its errors hold no secret: the library's own,
// which may quote what was sent, are not passed on.
func (i *iam) login(ctx context.Context, endpoint string, o *tokens.AuthOptions) (credential, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, i.timeout)
	defer cancel()

	provider := &gophercloud.ProviderClient{HTTPClient: *i.http}
	answers := &whole{next: i.http.Transport}
	provider.HTTPClient.Transport = answers
	provider.UserAgent.Prepend(i.userAgent)
	var token *tokens.Token
	err := strictyaml.Guard(func() (err error) {
		token, err = tokens.Create(ctx, &gophercloud.ServiceClient{
			ProviderClient: provider,
			Endpoint:       endpoint + "/",
		}, o).ExtractToken()
		return err
	})

	inClear := append([]string{o.Password, o.Passcode, o.TokenID, o.ApplicationCredentialSecret}, i.proxySecrets()...)
	var answer gophercloud.ErrUnexpectedResponseCode
	switch {
	case errors.As(err, &answer):
		e := answerError(serviceIAM,
			&http.Response{StatusCode: answer.Actual, Header: answer.ResponseHeader}, answer.Body, inClear...)
		if e.Reason == job.NotFound {
			e.Reason = job.NotPublished // what was not found is no job, but the way to log in
		}
		return credential{}, time.Time{}, e
	case err != nil && !answers.sent && ctx.Err() == nil: // the library refuses what it should send
		return credential{}, time.Time{}, &Error{Reason: job.Auth, Service: serviceIAM, Err: sanitize.Error(err, inClear)}
	case err != nil && !answers.came:
		return credential{}, time.Time{}, AsError(serviceIAM, sanitize.Error(err, inClear))
	case err != nil: // the library's error is about what came
		return credential{}, time.Time{}, &Error{
			Reason: job.BadResponse, Service: serviceIAM, Message: "the answer holds no token",
		}
	case token.ID == "" || token.ExpiresAt.IsZero():
		return credential{}, time.Time{}, &Error{
			Reason: job.BadResponse, Service: serviceIAM, Message: "a token without X-Subject-Token or expires_at",
		}
	}
	return credential{token: secrets.New(token.ID)}, token.ExpiresAt, nil
}

// whole reads the answer to one login to its end before the library sees it,
// which stops after the JSON object, and gives the same error for a connection
// that broke and for JSON that is cut.
type whole struct {
	next http.RoundTripper
	sent bool // there was a request
	came bool // there was an answer, and all of it came
}

func (w *whole) RoundTrip(req *http.Request) (*http.Response, error) {
	w.sent = true
	resp, err := w.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 { // a refusal counts, however much of its body comes
		w.came = true
		return resp, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	w.came = true
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

package cloud

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// roundTrip is a network in a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return r(req) }

// says is an answer with a body and, in pairs, headers.
func says(status int, body string, header ...string) roundTrip {
	return func(req *http.Request) (*http.Response, error) {
		resp := &http.Response{
			StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
		}
		for i := 0; i < len(header); i += 2 {
			resp.Header.Set(header[i], header[i+1])
		}
		return resp, nil
	}
}

func breaks(err error) roundTrip {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// never answers, like a server that got the request and then hangs.
func never(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// dialing makes a client on a network in a function.
func dialing(t *testing.T, network roundTrip, auth func(*config.Project)) *Client {
	t.Helper()
	p := &config.Project{
		Name: "prod", ProjectID: testProject,
		Endpoints: map[string]string{"iam": "https://iam.test/v3", "cfw": "https://cfw.test"},
	}
	auth(p)
	c, err := New(p, Options{
		Timeout: 10 * time.Second, Concurrency: 4, UserAgent: "test", Transport: network,
		Metrics: NewMetrics(prometheus.NewPedanticRegistry()), MetadataURL: "http://metadata.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func code(code string) string { return `{"error_code":"` + code + `","error_msg":"no"}` }

// TestHowLongALoginWaitsAfterAFailure fails each login three times, each as soon as it
// may be made again.
func TestHowLongALoginWaitsAfterAFailure(t *testing.T) {
	const (
		page = "<html><body>Sign in to the guest network</body></html>"
		m    = time.Minute
	)
	var (
		none  = [3]time.Duration{}
		short = [3]time.Duration{m, m, m}
		long  = [3]time.Duration{m, 2 * m, 4 * m}

		missing  = filepath.Join(t.TempDir(), "none")
		password = withPassword("pass-word")
		agency   = func(p *config.Project) { p.Metadata = true }
		noFile   = func(p *config.Project) {
			withPassword("")(p)
			p.Password = secrets.Source{File: missing}
		}
		folder = func(p *config.Project) {
			withPassword("")(p)
			p.Password = secrets.Source{File: filepath.Dir(missing)}
		}
	)
	t.Setenv("OS_CLIENT_CONFIG_FILE", missing)
	refusedCertificate := &net.OpError{Op: "remote error", Err: x509.UnknownAuthorityError{}}
	for name, test := range map[string]struct {
		auth    func(*config.Project)
		network roundTrip
		pauses  [3]time.Duration
		reason  job.Reason
	}{
		"401":                            {password, says(401, ""), long, job.Auth},
		"401 with a code":                {password, says(401, code("IAM.0062")), long, job.Auth},
		"401, Keystone's shape":          {password, says(401, `{"error":{"code":401,"message":"no"}}`), long, job.Auth},
		"401, locked":                    {password, says(401, code("IAM.0061")), long, job.Auth},
		"400 with a code that refuses":   {password, says(400, code("IAM.0062")), long, job.Auth},
		"403":                            {password, says(403, ""), long, job.Forbidden},
		"403, no access to the project":  {password, says(403, code("IAM.0003")), long, job.Forbidden},
		"403 with a code that refuses":   {password, says(403, code("IAM.0067")), long, job.Auth},
		"401 with a page":                {password, says(401, page), long, job.Auth},
		"403 with a page":                {password, says(403, page), long, job.Forbidden},
		"400":                            {password, says(400, code("IAM.0011")), short, job.BadResponse},
		"404":                            {password, says(404, ""), short, job.NotPublished},
		"404, not published":             {password, says(404, code("APIG.0101")), short, job.NotPublished},
		"404 with a page":                {password, says(404, page), short, job.NotPublished},
		"405":                            {password, says(405, ""), short, job.BadResponse},
		"407":                            {password, says(407, page), short, job.Network},
		"408":                            {password, says(408, ""), short, job.Timeout},
		"429":                            {password, says(429, ""), short, job.RateLimited},
		"429 with a code":                {password, says(429, code("IAM.0012")), short, job.RateLimited},
		"429 with Retry-After":           {password, says(429, "", "Retry-After", "240"), [3]time.Duration{4 * m, 4 * m, 4 * m}, job.RateLimited},
		"429 with a short Retry-After":   {password, says(429, "", "Retry-After", "3"), short, job.RateLimited},
		"500":                            {password, says(500, ""), short, job.ServerError},
		"500 with the gateway's 429":     {password, says(500, code("APIG.0308")), short, job.RateLimited},
		"502 with a page":                {password, says(502, page), short, job.ServerError},
		"503":                            {password, says(503, ""), short, job.ServerError},
		"503, IAM is unavailable":        {password, says(503, code("APIG.0613")), short, job.ServerError},
		"503 with Retry-After":           {password, says(503, "", "Retry-After", "120"), [3]time.Duration{2 * m, 2 * m, 2 * m}, job.ServerError},
		"504":                            {password, says(504, ""), short, job.ServerError},
		"301":                            {password, says(301, "", "Location", "https://elsewhere.test"), short, job.BadResponse},
		"a login page of the network":    {password, says(200, page), short, job.BadResponse},
		"201 with a page":                {password, says(201, page), short, job.BadResponse},
		"201 without a token":            {password, says(201, `{"token":{"expires_at":"2099-01-01T00:00:00.000000Z"}}`), short, job.BadResponse},
		"a certificate of another":       {password, breaks(x509.UnknownAuthorityError{}), short, job.Network},
		"our certificate is refused":     {password, breaks(refusedCertificate), short, job.Network},
		"no such host":                   {password, breaks(&net.DNSError{Err: "no such host", Name: "iam.test", IsNotFound: true}), short, job.Network},
		"refused by the proxy":           {password, breaks(&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("Forbidden")}), short, job.Network},
		"nothing comes":                  {password, never, short, job.Timeout},
		"a password file that is late":   {noFile, never, none, job.Auth},
		"a password file that is none":   {folder, never, none, job.Auth},
		"no clouds.yaml":                 {func(p *config.Project) { p.CloudName = "otc" }, never, none, job.Auth},
		"metadata: no agency":            {agency, says(404, ""), short, job.Auth},
		"metadata: 400":                  {agency, says(400, ""), short, job.Auth},
		"metadata: 401":                  {agency, says(401, ""), short, job.Auth},
		"metadata: 403":                  {agency, says(403, ""), short, job.Auth},
		"metadata: 408":                  {agency, says(408, ""), short, job.Timeout},
		"metadata: 429":                  {agency, says(429, ""), short, job.RateLimited},
		"metadata: 429 with Retry-After": {agency, says(429, "", "Retry-After", "120"), [3]time.Duration{2 * m, 2 * m, 2 * m}, job.RateLimited},
		"metadata: 500":                  {agency, says(500, ""), short, job.ServerError},
		"metadata: 502":                  {agency, says(502, page), short, job.ServerError},
		"metadata: 503":                  {agency, says(503, ""), short, job.ServerError},
		"metadata: 302":                  {agency, says(302, "", "Location", "http://login.test"), short, job.BadResponse},
		"metadata: a login page":         {agency, says(200, page), short, job.BadResponse},
		"metadata: nothing comes":        {agency, never, short, job.Timeout},
		"metadata: no route":             {agency, breaks(&net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errors.New("no route to host"))}), short, job.Network},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				client := dialing(t, func(req *http.Request) (*http.Response, error) {
					calls++
					return test.network(req)
				}, test.auth)
				for i, pause := range test.pauses {
					e := want(t, get(client), test.reason)
					if e.RetryAfter != pause {
						t.Errorf("failure %d: to be tried again in %v, want %v", i+1, e.RetryAfter, pause)
					}
					if pause > time.Second { // held back until its very end
						before := calls
						time.Sleep(pause - time.Second)
						want(t, get(client), test.reason)
						if calls != before {
							t.Errorf("failure %d: tried again before the end of the pause", i+1)
						}
						time.Sleep(time.Second)
					}
				}
				if test.pauses == none && calls != 0 {
					t.Errorf("%d calls without a credential", calls)
				}
			})
		})
	}
}

func TestAPasswordFileThatIsLateServesAtTheNextPoll(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		client := newClient(t, c, func(p *config.Project) {
			withPassword("")(p)
			p.Password = secrets.Source{File: file}
		})
		want(t, get(client), job.Auth)
		if err := os.WriteFile(file, []byte("pass-word\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		want(t, get(client), "")
	})
}

// TestAFileThatIsGoneDoesNotTakeAGoodToken: the token serves until it expires, and each
// poll looks for the file once.
func TestAFileThatIsGoneDoesNotTakeAGoodToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetched := 0
		var failure error
		l := newLease(&fetched, func() (credential, time.Duration, error) {
			return credential{token: secrets.New("t")}, time.Hour, failure
		})
		ask := func() error {
			_, err := l.credential(context.Background(), credential{})
			return err
		}
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		failure = &Error{Reason: job.Auth, Service: "password", Err: errors.New("secret file: gone")}
		time.Sleep(50 * time.Minute)
		for range 3 {
			if err := ask(); err != nil {
				t.Errorf("the token is good: %v", err)
			}
		}
		if fetched != 4 {
			t.Errorf("%d fetches, want the first and one for each poll", fetched)
		}
		time.Sleep(10 * time.Minute)
		want(t, ask(), job.Auth)
	})
}

// TestALocalFailureDoesNotEndTheCountOfRefusals: IAM counts on.
func TestALocalFailureDoesNotEndTheCountOfRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetched := 0
		var failure *Error
		l := newLease(&fetched, func() (credential, time.Duration, error) { return credential{}, 0, failure })
		for _, step := range []struct {
			failure *Error
			pause   time.Duration
		}{
			{&Error{Reason: job.Auth, Service: serviceIAM, StatusCode: 401}, time.Minute},
			{&Error{Reason: job.Auth, Service: "password"}, 0},
			{&Error{Reason: job.ServerError, Service: serviceIAM, StatusCode: 500}, time.Minute},
			{&Error{Reason: job.Auth, Service: serviceIAM, StatusCode: 401}, 2 * time.Minute},
		} {
			failure = step.failure
			_, err := l.credential(context.Background(), credential{})
			if e := want(t, err, failure.Reason); e.RetryAfter != step.pause {
				t.Errorf("%v: tried again in %v, want %v", failure, e.RetryAfter, step.pause)
			}
			time.Sleep(step.pause)
		}
	})
}

package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"cloudjob_exporter/config"
	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testProject = "09bb24e6fe80d23d2fa2c010b53b418c"
	testJob     = "f588ce71-e26c-400d-8981-f854355f6849"
	jobPath     = "/v3/" + testProject + "/jobs/" + testJob
)

// newCloud makes a cloud with one job, a user, and a key.
func newCloud(t *testing.T, o simulator.Options) *simulator.Cloud {
	t.Helper()
	c := simulator.New(o)
	t.Cleanup(c.Close)
	c.SetProject(simulator.Project{ID: testProject, Name: "eu-de_shop"})
	c.SetUser(simulator.User{ID: "u", Name: "reader", Domain: "OTC", Password: "pass-word", Projects: []string{testProject}})
	c.SetKey(simulator.Key{Access: "AK", Secret: "secret-key", Projects: []string{testProject}})
	c.AddJob(simulator.Job{
		API: simulator.CFW, ProjectID: testProject, ID: testJob,
		Begin: time.Now().Add(-time.Hour), Plan: simulator.CFW.Hangs(),
	})
	return c
}

// The ways to authenticate that need no preparation.
func withPassword(password string) func(*config.Project) {
	return func(p *config.Project) {
		p.Username, p.DomainName = "reader", "OTC"
		p.Password = secrets.Source{Value: secrets.New(password)}
	}
}

func withKey(secret secrets.Source) func(*config.Project) {
	return func(p *config.Project) { p.AccessKey, p.SecretKey = "AK", secret }
}

func secret(s string) secrets.Source {
	return secrets.Source{Value: secrets.New(s)}
}

// newClient makes a client of the cloud that needs no network.
func newClient(t *testing.T, c http.Handler, auth func(*config.Project)) *Client {
	t.Helper()
	p := &config.Project{
		Name: "prod", ProjectID: testProject,
		Endpoints: map[string]string{"iam": "https://iam.test/v3", "cfw": "https://cfw.test", "elb": "https://elb.test"},
	}
	auth(p)
	client, err := New(p, Options{
		Timeout: 10 * time.Second, Concurrency: 4, UserAgent: "test",
		Metrics:     NewMetrics(prometheus.NewPedanticRegistry()),
		Transport:   &simulator.Transport{Handler: c},
		MetadataURL: "http://metadata.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func get(c *Client) error {
	_, err := bodyOf(c, context.Background(), "cfw")
	return err
}

// bodyOf returns the body of a 200 about the job, if it is an object.
func bodyOf(c *Client, ctx context.Context, service string) (body []byte, err error) { //nolint:revive // as that of Get
	err = c.Get(ctx, service, jobPath, nil, func(b []byte) error {
		var object map[string]any
		if json.Unmarshal(b, &object) != nil {
			return &Error{Reason: job.BadResponse, Service: service, StatusCode: http.StatusOK}
		}
		body = b
		return nil
	})
	return body, err
}

// want fails unless the error has this reason; empty: unless there is none.
func want(t *testing.T, err error, reason job.Reason) *Error {
	t.Helper()
	var e *Error
	if err != nil && !errors.As(err, &e) {
		t.Fatalf("got an error of another type: %v", err)
	}
	if got := map[bool]job.Reason{true: ""}[e == nil]; e == nil && got != reason || e != nil && e.Reason != reason {
		t.Fatalf("got %v, want reason %q", err, reason)
	}
	return e
}

func TestWaysToAuthenticate(t *testing.T) {
	tokenFile := filepath.Join(t.TempDir(), "token")
	for name, auth := range map[string]func(*simulator.Cloud) func(*config.Project){
		"password": func(*simulator.Cloud) func(*config.Project) { return withPassword("pass-word") },
		"key":      func(*simulator.Cloud) func(*config.Project) { return withKey(secret("secret-key")) },
		"temporary key": func(c *simulator.Cloud) func(*config.Project) {
			c.SetKey(simulator.Key{
				Access: "AK", Secret: "sk2", SecurityToken: "st", Expires: time.Now().Add(time.Hour), Projects: []string{testProject},
			})
			return func(p *config.Project) {
				withKey(secret("sk2"))(p)
				p.SecurityToken = secret("st")
			}
		},
		"token": func(c *simulator.Cloud) func(*config.Project) {
			token := c.IssueToken(testProject)
			return func(p *config.Project) { p.Token = secret(token) }
		},
		"token file": func(c *simulator.Cloud) func(*config.Project) {
			if err := os.WriteFile(tokenFile, []byte(c.IssueToken(testProject)+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return func(p *config.Project) { p.Token = secrets.Source{File: tokenFile} }
		},
		"metadata service": func(c *simulator.Cloud) func(*config.Project) {
			c.SetAgency(testProject)
			return func(p *config.Project) { p.Metadata = true }
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud(t, simulator.Options{})
				client := newClient(t, c, auth(c))
				body, err := bodyOf(client, t.Context(), "cfw")
				if err != nil || len(body) == 0 {
					t.Fatalf("got %q, %v", body, err)
				}
			})
		})
	}
}

func TestOldMetadataService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{MetadataV1Only: true})
		c.SetAgency(testProject)
		want(t, get(newClient(t, c, func(p *config.Project) { p.Metadata = true })), "")
	})
}

func TestTheKeyOfAnAgencyIsRenewedBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		c.SetAgency(testProject)
		client := newClient(t, c, func(p *config.Project) { p.Metadata = true })
		for range 24 * 60 {
			want(t, get(client), "")
			time.Sleep(time.Minute)
		}
		if n := c.Calls(simulator.ServiceMetadata); n > 2*60 {
			t.Errorf("%d calls of the metadata service in a day", n)
		}
	})
}

func TestServerWithoutAgency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := want(t, get(newClient(t, newCloud(t, simulator.Options{}), func(p *config.Project) { p.Metadata = true })), job.Auth)
		if e.Service != "metadata" || e.RetryAfter != time.Minute {
			t.Errorf("got %+v", e)
		}
	})
}

// TestAServiceWithoutAnEndpointIsNotCalled: a probe may be for any provider.
func TestAServiceWithoutAnEndpointIsNotCalled(t *testing.T) {
	c := newCloud(t, simulator.Options{})
	client := newClient(t, c, withPassword("pass-word"))
	err := client.Get(t.Context(), "gaussdb", jobPath, nil, func([]byte) error { return nil })
	e := want(t, err, job.NotPublished)
	if text := "gaussdb: the project has no endpoint for it; put it into the project's endpoints"; e.Error() != text {
		t.Errorf("got %s, want %s", e, text)
	}
	if n := c.Calls(simulator.ServiceIAM); n != 0 {
		t.Errorf("%d logins", n)
	}
}

func TestOneLoginServesAllPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		c.Inject(simulator.Fault{Service: simulator.ServiceIAM, Latency: time.Second})
		client := newClient(t, c, withPassword("pass-word"))
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if err := get(client); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n, _ := c.Logins(); n != 1 {
			t.Errorf("%d logins", n)
		}
	})
}

func TestATokenIsRenewedBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{TokenLifetime: 24 * time.Hour})
		client := newClient(t, c, withPassword("pass-word"))
		for range 7 * 24 * 12 {
			want(t, get(client), "")
			time.Sleep(5 * time.Minute)
		}
		if n, _ := c.Logins(); n < 7 || n > 8 {
			t.Errorf("%d logins in a week", n)
		}
	})
}

func TestAClockThatIsOffDoesNotMakeEveryPollLogIn(t *testing.T) {
	for _, off := range []time.Duration{-time.Hour, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t, simulator.Options{TokenLifetime: 30 * time.Minute})
			c.Inject(simulator.Fault{Skew: off})
			client := newClient(t, c, withPassword("pass-word"))
			for range 360 {
				want(t, get(client), "")
				time.Sleep(10 * time.Second)
			}
			if n, _ := c.Logins(); n > 90 {
				t.Errorf("%d logins in an hour at a clock that is off by %v", n, off)
			}
		})
	}
}

func TestATokenThatIsStillGoodServesWhileItCannotBeRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{TokenLifetime: time.Hour})
		client := newClient(t, c, withPassword("pass-word"))
		want(t, get(client), "")
		c.Inject(simulator.Fault{Service: simulator.ServiceIAM, Status: 500})
		for range 59 {
			time.Sleep(time.Minute)
			want(t, get(client), "")
		}
		time.Sleep(2 * time.Minute)
		e := want(t, get(client), job.ServerError)
		if e.RetryAfter <= 0 || e.RetryAfter > time.Minute {
			t.Errorf("the login is to be tried again in %v", e.RetryAfter)
		}
		c.ClearFaults()
		time.Sleep(time.Minute)
		want(t, get(client), "")
	})
}

func TestARevokedTokenForcesOneLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		client := newClient(t, c, withPassword("pass-word"))
		want(t, get(client), "")
		c.RevokeTokens()
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if err := get(client); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n, _ := c.Logins(); n != 2 {
			t.Errorf("%d logins, want the first and one more", n)
		}
	})
}

func TestACodeThatRefusesATokenForcesOneLogin(t *testing.T) {
	for _, test := range []struct {
		status int
		code   string
		logins int
	}{
		{400, "Common.0013", 2}, // the combined API
		{403, "IAM.0067", 2},
		{400, "Common.0011", 1}, // no such job
		{403, "APIG.0302", 1},   // may not
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t, simulator.Options{})
			client := newClient(t, c, withPassword("pass-word"))
			c.Inject(simulator.Fault{
				Service: simulator.ServiceCFW, Times: 1, Status: test.status,
				Body: fmt.Appendf(nil, `{"error":{"code":%q,"message":"no"}}`, test.code),
			})
			if err := get(client); (err == nil) != (test.logins == 2) {
				t.Errorf("%d %s: got %v", test.status, test.code, err)
			}
			if n, _ := c.Logins(); n != test.logins {
				t.Errorf("%d %s: %d logins, want %d", test.status, test.code, n, test.logins)
			}
		})
	}
}

func TestAWrongPasswordForAnHourMakesAtMostSevenLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{LoginFailures: 1000})
		client := newClient(t, c, withPassword("wrong"))
		for range 3600 {
			e := want(t, get(client), job.Auth)
			if e.RetryAfter <= 0 || e.RetryAfter > 15*time.Minute {
				t.Fatalf("RetryAfter is %v", e.RetryAfter)
			}
			time.Sleep(time.Second)
		}
		if n := c.Calls(simulator.ServiceIAM); n > 7 {
			t.Errorf("%d logins", n)
		}
		if n := c.Calls(simulator.ServiceCFW); n != 0 {
			t.Errorf("%d calls without a login", n)
		}
	})
}

func TestAWrongKeyIsNotTriedOftenEnoughToLockIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		client := newClient(t, c, withKey(secret("wrong")))
		for range 3600 {
			var wg sync.WaitGroup
			for range 16 {
				wg.Go(func() { _ = get(client) })
			}
			wg.Wait()
			time.Sleep(time.Second)
		}
		if n := c.Calls(simulator.ServiceCFW); n > 7 {
			t.Errorf("%d calls with a wrong key in an hour", n)
		}
	})
}

func TestAKeyThatIsCorrectedInItsFileServesAfterThePause(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sk")
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, newCloud(t, simulator.Options{}), withKey(secrets.Source{File: file}))
		e := want(t, get(client), job.Auth)
		if e.Service != "secret_key" {
			t.Errorf("a missing file is blamed on %q", e.Service)
		}
		write("wrong")
		want(t, get(client), job.Auth)
		write("secret-key")
		time.Sleep(time.Minute)
		want(t, get(client), "")
	})
}

func TestATokenInAFileIsReadAgainAfter401(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		write := func() {
			if err := os.WriteFile(file, []byte(c.IssueToken(testProject)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		client := newClient(t, c, func(p *config.Project) { p.Token = secrets.Source{File: file} })
		write()
		want(t, get(client), "")
		c.RevokeTokens()
		want(t, get(client), job.Auth)
		write()
		time.Sleep(time.Minute)
		want(t, get(client), "")
	})
}

func TestACallerWhoGivesUpDoesNotSpoilTheLoginOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		c.Inject(simulator.Fault{Service: simulator.ServiceIAM, Latency: 5 * time.Second})
		client := newClient(t, c, withPassword("pass-word"))
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := bodyOf(client, ctx, "cfw"); !errors.Is(err, context.Canceled) {
				t.Errorf("who gave up got %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if err := get(client); err != nil {
				t.Errorf("who waited got %v", err)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
	})
}

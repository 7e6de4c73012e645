package cloud

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"cloudjob_exporter/cloud/signature"
	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// leaks fails if a secret is in anything that an error or a client prints.
func leaks(t *testing.T, values []any, secrets ...string) {
	t.Helper()
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			text := fmt.Sprintf(verb, v)
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("%s of %T shows %q: %s", verb, v, secret, text)
				}
			}
		}
	}
}

func TestAnAnswerThatEchoesTheCredentialDoesNotLeakIt(t *testing.T) {
	for name, auth := range map[string]func(*config.Project){
		"MIItoken": func(p *config.Project) { p.Token = secret("MIItoken") },
		"secret-key": func(p *config.Project) {
			withKey(secret("secret-key"))(p)
			p.SecurityToken = secret("security-token")
		},
	} {
		t.Run(name, func(t *testing.T) {
			echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = fmt.Fprintf(w, `{"error_code":%q,"error_msg":"you sent %s and mean secret-key"}`,
					r.Header.Get(headerToken)+r.Header.Get(signature.HeaderSecurityToken), r.Header.Get(headerToken)+r.Header.Get(signature.HeaderSecurityToken))
			})
			client := newClient(t, echo, auth)
			err := get(client)
			want(t, err, job.BadResponse)
			if !strings.Contains(err.Error(), "<secret>") {
				t.Errorf("the echo is not in %v", err)
			}
			leaks(t, []any{err, client}, name, "security-token")
		})
	}
}

func TestAnIAMThatEchoesThePasswordDoesNotLeakIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		c.Inject(simulator.Fault{Service: simulator.ServiceIAM, Status: 400, Body: []byte(`{"error":{"code":400,"message":"bad: pass-word"}}`)})
		client := newClient(t, c, withPassword("pass-word"))
		err := get(client)
		want(t, err, job.BadResponse)
		leaks(t, []any{err, client}, "pass-word")
	})
}

func TestATokenThatWasGotIsInNothingThatIsPrinted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t, simulator.Options{})
		client := newClient(t, c, withPassword("pass-word"))
		want(t, get(client), "")
		token := c.LastHeader(simulator.ServiceCFW).Get(headerToken)
		if token == "" {
			t.Fatal("no token was sent")
		}
		leaks(t, []any{client, client.auth, client.auth.(*lease).current}, token, "pass-word")
	})
}

func TestCanceledIsNoCloudError(t *testing.T) {
	if !errors.Is(AsError("cfw", http.ErrServerClosed), http.ErrServerClosed) {
		t.Error("the cause is lost")
	}
}

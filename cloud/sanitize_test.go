package cloud

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"cloudjob_exporter/config"
	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// TestMessagesAreShownWithoutSecrets: what is shown neither holds a secret, nor tells by
// a gap which word is one.
func TestMessagesAreShownWithoutSecrets(t *testing.T) {
	const strong, quoted = "Tr0ub4dor&3", `Tr0u"b4\dor`
	inJSON, err := json.Marshal(strong)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ secret, message, want string }{
		// A secret that is none by chance is cut out.
		{strong, "you sent Tr0ub4dor&3, which is wrong", "you sent <secret>, which is wrong"},
		{strong, "limit:10", "limit:10"},
		{strong, "you sent " + base64.StdEncoding.EncodeToString([]byte(strong)), "you sent <secret>"},
		{strong, "you sent " + base64.RawURLEncoding.EncodeToString([]byte(strong)), "you sent <secret>"},
		{"MIItokenMIItokenMIItoken", "you sent MIItokenMIItokenMIItoken", "you sent <secret>"},
		// Where it is escaped, nothing is left to be guessed.
		{strong, "GET /?p=" + url.QueryEscape(strong), ""},
		{strong, "GET /?p=Tr0ub4dor%263", ""},
		{strong, "GET /?p=%54r0ub4dor%263", ""},
		{strong, "GET /?p=" + url.QueryEscape(url.QueryEscape(strong)), ""},
		{"Tr0ub4dor 3", "GET /?p=Tr0ub4dor+3", ""},
		{strong, "you sent " + string(inJSON), ""},
		{strong, `you sent \u0054r0ub4dor\u00263`, ""},
		{quoted, `you sent Tr0u\"b4\\dor`, ""},
		{"Tr0ub/4dor", `you sent Tr0ub\/4dor`, ""},
		{strong, "<b>Tr0ub4dor&amp;3</b>", ""},
		// A short one, and a word, may be there by chance.
		{"geheim1", "the password geheim1 is wrong", ""},
		{"geheim1", "the password is wrong", "the password is wrong"},
		{"geheim1", "you sent " + base64.StdEncoding.EncodeToString([]byte("geheim1")), ""},
		{"password", "The password is wrong, has expired or is locked.", ""},
		{"default", "The default domain is not allowed.", ""},
		{"Username", "Username is missing.", ""},
		{"FORBIDDEN", "FORBIDDEN", ""},
		{"unauthorized", "you are unauthorized", ""},
		{"password", "The user is disabled.", "The user is disabled."},
		{"4711", "limit:4711", ""},
		// One of up to three bytes is no secret.
		{"1", "limit:10 per 1 second", "limit:10 per 1 second"},
		{"10", "limit:10", "limit:10"},
		{"abc", "abcabc", "abcabc"},
		{"", "limit:10", "limit:10"},
	} {
		got := sanitize(test.message, test.secret)
		if got != test.want {
			t.Errorf("%q in %q: got %q, want %q", test.secret, test.message, got, test.want)
		}
	}
}

// TestSecretsAreLookedForTogether: all of the call's are looked for.
func TestSecretsAreLookedForTogether(t *testing.T) {
	for _, test := range []struct {
		secrets    []string
		text, want string
	}{
		{[]string{"secret-1", "secret-1-and-more"}, "secret-1-and-more and secret-1", "<secret> and <secret>"},
		{[]string{"1", "secret-1"}, "1 secret-1", "1 <secret>"},
		{[]string{"secret", "Tr0ub4dor"}, "you sent Tr0ub4dor", "you sent <secret>"},
		{[]string{"secret", "Tr0ub4dor"}, "you sent secret Tr0ub4dor", ""},
	} {
		if got := sanitize(test.text, test.secrets...); got != test.want {
			t.Errorf("%q in %q: got %q, want %q", test.secrets, test.text, got, test.want)
		}
	}
}

// TestCodesGiveReasonsWhateverTheSecrets: a reason is looked up before anything is cut.
func TestCodesGiveReasonsWhateverTheSecrets(t *testing.T) {
	own := map[string]job.Reason{"Common.0011": job.NotFound}
	for _, test := range []struct {
		code, secret string
		reason       job.Reason
		shown        string
	}{
		{"Common.0011", "1", job.NotFound, "Common.0011"},
		{"Common.0011", "0011", job.NotFound, "Common.0011"},
		{"Common.0011", "Common", job.NotFound, "Common.0011"},
		{"Common.0011", "Common.0011", job.NotFound, "Common.0011"},
		{"APIG.0308", "0308", job.RateLimited, "APIG.0308"},
		{"APIG.0308", "APIG.0308", job.RateLimited, "APIG.0308"},
		{"ELB.8902", "8902", job.BadResponse, ""},
		{"ELB.8902", "8", job.BadResponse, "ELB.8902"},
		{"geheim1", "geheim1", job.BadResponse, ""},
		{"Tr0ub4dor&3", "Tr0ub4dor&3", job.BadResponse, "<secret>"},
		{strings.Repeat("x", 500), "1", job.BadResponse, strings.Repeat("x", 64) + "…"},
	} {
		body, err := json.Marshal(map[string]string{"error_code": test.code, "error_msg": "no"})
		if err != nil {
			t.Fatal(err)
		}
		e := answerError("elb", &http.Response{StatusCode: 400}, body, test.secret).ByCode(own)
		if e.Reason != test.reason || e.Code != test.shown {
			t.Errorf("%.20s and the secret %s: got %s, code %q", test.code, test.secret, e.Reason, e.Code)
		}
		if _, documented := own[test.code]; !documented && e.Reason == job.BadResponse {
			leaks(t, []any{e}, "geheim1", "Tr0ub4dor&3")
		}
	}
}

// TestARefusedLoginSaysTheSameWhateverThePassword: IAM speaks of "the username or
// password", and any of these words may be the password.
func TestARefusedLoginSaysTheSameWhateverThePassword(t *testing.T) {
	for shape, want := range map[simulator.IAMErrorShape]string{
		simulator.IAMErrorCodes:  "iam answered 401 (IAM.0062): wrong user name or password",
		simulator.IAMErrorObject: "iam answered 401 (401): The username or password is wrong.",
	} {
		for _, password := range []string{"wrong", "password", "username", "The", "geheim1", "Tr0ub4dor&3", "IAM.0062", "0062"} {
			synctest.Test(t, func(t *testing.T) {
				err := get(newClient(t, newCloud(t, simulator.Options{IAMErrors: shape}), withPassword(password)))
				if err == nil || err.Error() != want {
					t.Errorf("with the password %s: got %v, want %s", password, err, want)
				}
			})
		}
	}
}

func TestWhatIAMSaysToARefusedLogin(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{code("IAM.0061"), "iam answered 401 (IAM.0061): the account is locked after too many failed logins"},
		{code("IAM.0066"), "iam answered 401 (IAM.0066): the token has expired"},
		{code("IAM.0067"), "iam answered 401 (IAM.0067): the token is not valid"},
		{`{"error":{"code":401,"message":"Your password must be changed."}}`, "iam answered 401 (401): the credentials were refused"},
		{`{"error":{"code":401,"message":"The user must log in at the console first."}}`, "iam answered 401 (401): The user must log in at the console first."},
		{`{"error":{"code":401,"message":"The request you have made requires authentication."}}`, "iam answered 401 (401): The request you have made requires authentication."},
		{``, "iam answered 401: the credentials were refused"},
		{`<html>`, "iam answered 401: a web page instead of an answer"},
	} {
		synctest.Test(t, func(t *testing.T) {
			err := get(dialing(t, says(401, test.body), withPassword("password")))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// TestErrorsOfTheNetwork: what this machine says is shown whatever the secrets; what a
// server or proxy may have said is not.
func TestErrorsOfTheNetwork(t *testing.T) {
	system := os.NewSyscallError("connect", syscall.ECONNREFUSED)
	for _, test := range []struct {
		err          error
		secret, want string
	}{
		{&net.OpError{Op: "dial", Net: "tcp", Err: system}, "connect", "dial tcp: connect: connection refused"},
		{&net.DNSError{Err: "no such host", Name: "iam.test"}, "host", "lookup iam.test: no such host"},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, "authority", "tls: failed to verify certificate: x509: certificate signed by unknown authority"},
		{fmt.Errorf("%w", errTooLarge), "answer", "the answer is longer than 1 MiB"},
		{errors.New(`net/http: malformed HTTP response "geheim1"`), "geheim1", "the connection failed"},
		{errors.New(`net/http: malformed HTTP response "Tr0ub4dor"`), "Tr0ub4dor", `net/http: malformed HTTP response "<secret>"`},
		{&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("geheim1 is wrong")}, "geheim1", "the connection failed"},
		{&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("Forbidden")}, "geheim1", "proxyconnect tcp: Forbidden"},
	} {
		err := sanitizeError(&url.Error{Op: "Get", URL: "https://iam.test/v3", Err: test.err}, []string{test.secret})
		want := `Get "https://iam.test/v3": ` + test.want
		if test.want == droppedCause {
			want = droppedCause
		}
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
		if !errors.Is(err, test.err) {
			t.Errorf("%v: the cause is lost", err)
		}
	}
}

// TestAProxyThatEchoesItsHeaderDoesNotLeakIt: the header has the user and the password
// in base64.
func TestAProxyThatEchoesItsHeaderDoesNotLeakIt(t *testing.T) {
	for _, password := range []string{"proxy-password", "geheim1", "password"} {
		header := base64.StdEncoding.EncodeToString([]byte("me:" + password))
		address, err := url.Parse(answer(t, "HTTP/1.1 407 you sent TOKEN\r\n\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		address.User = url.UserPassword("me", password)
		client, _ := dial(t, "https://cfw.invalid", func(p *config.Project) {
			p.Token = secret(longToken)
			p.Proxy.URL = address
		})
		err = get(client)
		want(t, err, job.Network)
		leaks(t, []any{err, client}, header, strings.TrimRight(header, "="))
	}
}

package sanitize

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
)

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
		{fmt.Errorf("%w", OwnError("the answer is longer than 1 MiB")), "answer", "the answer is longer than 1 MiB"},
		{errors.New(`net/http: malformed HTTP response "geheim1"`), "geheim1", "the connection failed"},
		{errors.New(`net/http: malformed HTTP response "Tr0ub4dor"`), "Tr0ub4dor", `net/http: malformed HTTP response "<secret>"`},
		{&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("geheim1 is wrong")}, "geheim1", "the connection failed"},
		{&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("Forbidden")}, "geheim1", "proxyconnect tcp: Forbidden"},
	} {
		err := Error(&url.Error{Op: "Get", URL: "https://iam.test/v3", Err: test.err}, []string{test.secret})
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

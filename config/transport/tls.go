package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	commoncfg "github.com/prometheus/common/config"

	"cloudjob_exporter/config/secrets"
	"cloudjob_exporter/regular"
	"cloudjob_exporter/strictyaml"
)

// MaxFileSize is the size in bytes of the largest certificate or key file that is read. A
// bundle of all public authorities has less than 1 MiB.
const MaxFileSize = 4 << 20

// TLS is how a server proves who it is, and the client, too. Of each part, either itself
// or its file is given.
type TLS struct {
	CA, CAFile     string // what the server's certificate is checked with; the system's if neither is given
	Cert, CertFile string // of the client
	Key            secrets.Text
	KeyFile        string

	ServerName             string // if it is another one than that of the URL
	InsecureSkipVerify     bool
	MinVersion, MaxVersion commoncfg.TLSVersion // 0 is the default of crypto/tls
}

// Files are the files that it names.
func (t *TLS) Files() []string {
	return slices.DeleteFunc([]string{t.CAFile, t.CertFile, t.KeyFile}, func(file string) bool { return file == "" })
}

// tlsError is why a part cannot be used.
type tlsError struct {
	key string // of tls_config
	err error  // names the file, and never quotes it
}

func (e *tlsError) Error() string { return e.err.Error() }

func (e *tlsError) Unwrap() error { return e.err }

// Config returns it ready for use. It reads the certificates anew, and again at each
// handshake that asks for one of the client, so that a certificate that is renewed in its
// file serves without a reload. As TLSField has read them, too, there is an error only if
// a file has changed since.
func (t *TLS) Config() (*tls.Config, error) {
	made, mistakes := t.load()
	if err := joinTLS(mistakes); err != nil {
		return nil, err
	}
	return made, nil
}

// load reads the files, and finds all that cannot be used. What it returns keeps a copy
// of t.
//
// It reads the files itself, because prometheus/common waits for a pipe, or for a mount
// that does not answer, however long that takes.
func (t TLS) load() (made *tls.Config, mistakes []*tlsError) {
	made = &tls.Config{
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.InsecureSkipVerify, //nolint:gosec // the user's to say, and warned of
		MinVersion:         uint16(t.MinVersion),
		MaxVersion:         uint16(t.MaxVersion),
	}
	var mistake *tlsError
	if made.RootCAs, mistake = t.authorities(); mistake != nil {
		mistakes = append(mistakes, mistake)
	}
	if t.Cert != "" || t.CertFile != "" {
		_, wrong := t.clientCertificate()
		mistakes = append(mistakes, wrong...)
		made.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, mistakes := t.clientCertificate()
			return pair, joinTLS(mistakes)
		}
	}
	return made, mistakes
}

// authorities returns the certificates that that of a server is checked with, nil for
// the system's.
func (t *TLS) authorities() (*x509.CertPool, *tlsError) {
	if t.CA == "" && t.CAFile == "" {
		return nil, nil
	}
	key := tlsKey("ca", t.CAFile)
	pem, err := inFile(t.CA, t.CAFile)
	if err != nil {
		return nil, &tlsError{key, fmt.Errorf("unable to read CA cert: %w", err)}
	}
	pool, usable := x509.NewCertPool(), false
	err = strictyaml.Guard(func() error {
		usable = pool.AppendCertsFromPEM([]byte(pem))
		return nil
	})
	if err != nil || !usable {
		return nil, &tlsError{key, fmt.Errorf("unable to use specified CA cert %s", described(t.CAFile))}
	}
	return pool, nil
}

// clientCertificate reads a client certificate and its key. Its errors quote neither.
func (t *TLS) clientCertificate() (_ *tls.Certificate, mistakes []*tlsError) {
	certKey := tlsKey("cert", t.CertFile)
	cert, err := inFile(t.Cert, t.CertFile)
	if err != nil {
		mistakes = append(mistakes, &tlsError{certKey, fmt.Errorf("unable to read specified client cert: %w", err)})
	}
	key, err := inFile(t.Key.Reveal(), t.KeyFile)
	if err != nil {
		mistakes = append(mistakes, &tlsError{tlsKey("key", t.KeyFile), fmt.Errorf("unable to read specified client key: %w", err)})
	}
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	var pair tls.Certificate
	err = strictyaml.Guard(func() (err error) {
		pair, err = tls.X509KeyPair([]byte(cert), []byte(key))
		return err
	})
	if err != nil {
		return nil, []*tlsError{{certKey, fmt.Errorf("unable to use specified client cert (%s) & key (%s): %w",
			described(t.CertFile), described(t.KeyFile), err)}}
	}
	return &pair, nil
}

// inFile returns what stands in a file, or else inline.
func inFile(inline, file string) (string, error) {
	if file == "" {
		return inline, nil
	}
	data, err := regular.Read(file, MaxFileSize)
	return string(data), err
}

// tlsKey returns the key that says where something is: in a file, or inline.
func tlsKey(inline, file string) string {
	if file == "" {
		return inline
	}
	return inline + "_file"
}

func described(file string) string {
	if file == "" {
		return "inline"
	}
	return file
}

func joinTLS(mistakes []*tlsError) error {
	all := make([]error, len(mistakes))
	for i, m := range mistakes {
		all[i] = m
	}
	return errors.Join(all...)
}

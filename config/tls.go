package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	commoncfg "github.com/prometheus/common/config"

	"cloudjob_exporter/regular"
	"cloudjob_exporter/strictyaml"
)

// MaxTLSFileSize is the size in bytes of the largest file of tls_config that is read. A
// bundle of all public authorities has less than 1 MiB.
const MaxTLSFileSize = 4 << 20

// tlsError is why a key of tls_config cannot be used.
type tlsError struct {
	key string
	err error // names the file, and never quotes it
}

func (e *tlsError) Error() string { return e.err.Error() }

func (e *tlsError) Unwrap() error { return e.err }

// TLSConfig returns what tls_config says, ready for use. It reads the certificates anew,
// and again at each handshake that asks for one of the client, so that a certificate that
// is renewed in its file serves without a reload. As Parse has read them, too, there is an
// error only if a file has changed since.
func (p *Project) TLSConfig() (*tls.Config, error) {
	made, mistakes := newTLSConfig(p.tlsSettings())
	if err := joinTLS(mistakes); err != nil {
		return nil, err
	}
	return made, nil
}

// tlsSettings is all of tls_config, with the key. It is a copy.
func (p *Project) tlsSettings() commoncfg.TLSConfig {
	s := p.TLS
	s.Key = commoncfg.Secret(p.TLSKey.Reveal())
	return s
}

// newTLSConfig reads the files that settings name, and finds all that cannot be used.
//
// It reads the files itself, because prometheus/common waits for a pipe, or for a mount
// that does not answer, however long that takes.
func newTLSConfig(settings commoncfg.TLSConfig) (made *tls.Config, mistakes []*tlsError) {
	made = &tls.Config{
		ServerName:         settings.ServerName,
		InsecureSkipVerify: settings.InsecureSkipVerify, //nolint:gosec // the user's to say, and warned of
		MinVersion:         uint16(settings.MinVersion),
		MaxVersion:         uint16(settings.MaxVersion),
	}
	var mistake *tlsError
	if made.RootCAs, mistake = authorities(settings); mistake != nil {
		mistakes = append(mistakes, mistake)
	}
	if settings.Cert != "" || settings.CertFile != "" {
		_, wrong := clientCertificate(settings)
		mistakes = append(mistakes, wrong...)
		made.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, mistakes := clientCertificate(settings)
			return pair, joinTLS(mistakes)
		}
	}
	return made, mistakes
}

// authorities returns the certificates that those of the cloud are checked with, nil for
// the system's.
func authorities(settings commoncfg.TLSConfig) (*x509.CertPool, *tlsError) {
	if settings.CA == "" && settings.CAFile == "" {
		return nil, nil
	}
	key := tlsKey("ca", settings.CAFile)
	pem, err := inFile(settings.CA, settings.CAFile)
	if err != nil {
		return nil, &tlsError{key, fmt.Errorf("unable to read CA cert: %w", err)}
	}
	pool, usable := x509.NewCertPool(), false
	err = strictyaml.Guard(func() error {
		usable = pool.AppendCertsFromPEM([]byte(pem))
		return nil
	})
	if err != nil || !usable {
		return nil, &tlsError{key, fmt.Errorf("unable to use specified CA cert %s", described(settings.CAFile))}
	}
	return pool, nil
}

// clientCertificate reads a client certificate and its key. Its errors quote neither.
func clientCertificate(settings commoncfg.TLSConfig) (_ *tls.Certificate, mistakes []*tlsError) {
	certKey := tlsKey("cert", settings.CertFile)
	cert, err := inFile(settings.Cert, settings.CertFile)
	if err != nil {
		mistakes = append(mistakes, &tlsError{certKey, fmt.Errorf("unable to read specified client cert: %w", err)})
	}
	key, err := inFile(string(settings.Key), settings.KeyFile)
	if err != nil {
		mistakes = append(mistakes, &tlsError{tlsKey("key", settings.KeyFile), fmt.Errorf("unable to read specified client key: %w", err)})
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
			described(settings.CertFile), described(settings.KeyFile), err)}}
	}
	return &pair, nil
}

// inFile returns what stands in a file, or else inline.
func inFile(inline, file string) (string, error) {
	if file == "" {
		return inline, nil
	}
	data, err := regular.Read(file, MaxTLSFileSize)
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

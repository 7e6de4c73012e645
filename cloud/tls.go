package cloud

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"

	commoncfg "github.com/prometheus/common/config"

	"cloudjob_exporter/config"
	"cloudjob_exporter/strictyaml"
)

// newTLSConfig reads the files that tls_config names. A client certificate is read anew
// for each handshake, so that one that is renewed in its file serves without a reload.
//
// It reads the files itself, because prometheus/common waits for a pipe, or for a mount
// that does not answer, however long that takes.
func newTLSConfig(settings commoncfg.TLSConfig) (*tls.Config, error) {
	inline := settings
	var err error
	if inline.CA, err = inFile(settings.CA, settings.CAFile); err != nil {
		return nil, fmt.Errorf("unable to read CA cert: %w", err)
	}
	inline.CAFile = ""
	if settings.CAFile != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(inline.CA)) {
		return nil, fmt.Errorf("unable to use specified CA cert %s", settings.CAFile)
	}
	if settings.CertFile == "" && settings.KeyFile == "" {
		return commoncfg.NewTLSConfig(&inline)
	}

	inline.Cert, inline.CertFile, inline.Key, inline.KeyFile = "", "", "", ""
	if _, err := clientCertificate(settings); err != nil {
		return nil, err
	}
	made, err := commoncfg.NewTLSConfig(&inline)
	if err != nil {
		return nil, err
	}
	made.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return clientCertificate(settings)
	}
	return made, nil
}

// clientCertificate reads a client certificate and its key. Its errors quote neither.
func clientCertificate(settings commoncfg.TLSConfig) (*tls.Certificate, error) {
	cert, err := inFile(settings.Cert, settings.CertFile)
	if err != nil {
		return nil, fmt.Errorf("unable to read specified client cert: %w", err)
	}
	key, err := inFile(string(settings.Key), settings.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("unable to read specified client key: %w", err)
	}
	var pair tls.Certificate
	err = strictyaml.Guard(func() (err error) {
		pair, err = tls.X509KeyPair([]byte(cert), []byte(key))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("unable to use specified client cert (%s) & key (%s): %w",
			described(settings.CertFile), described(settings.KeyFile), err)
	}
	return &pair, nil
}

// inFile returns what stands in a file, or else inline.
func inFile(inline, file string) (string, error) {
	if file == "" {
		return inline, nil
	}
	data, err := config.ReadRegular(file, config.MaxTLSFileSize)
	return string(data), err
}

func described(file string) string {
	if file == "" {
		return "<inline>"
	}
	return file
}

package sanitize

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
)

// sanitized is an error of the network in words that are fit for a log line.
type sanitized struct {
	error
	text string
}

func (e sanitized) Error() string { return e.text }
func (e sanitized) Unwrap() error { return e.error }

// Error keeps out of an error's text what a broken response may have put into it. The
// result wraps err.
func Error(err error, secrets []string) error {
	text := err.Error()
	if !madeHere(err) {
		text = withoutSecrets(text, secrets)
	}
	if text == "" {
		text = droppedCause
	}
	return sanitized{err, line(text, maxCause)}
}

// OwnError is an error in the words of this program, which Error shows as they are.
type OwnError string

func (e OwnError) Error() string { return string(e) }

// madeHere reports whether an error is in the words of this machine, which hold
// nothing that a server sent but the names in its certificate.
func madeHere(err error) bool {
	var (
		own         OwnError
		system      *os.SyscallError
		number      syscall.Errno
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
	)
	return errors.As(err, &own) || errors.As(err, &system) || errors.As(err, &number) || errors.As(err, &name) || errors.As(err, &certificate) ||
		slices.ContainsFunc([]error{
			context.DeadlineExceeded, context.Canceled, os.ErrDeadlineExceeded, io.EOF, io.ErrUnexpectedEOF,
		}, func(local error) bool { return errors.Is(err, local) })
}

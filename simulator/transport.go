package simulator

import (
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"syscall"
)

// Transport is an [http.RoundTripper] that calls a handler without a network,
// with what a client sees of one: answers that come in pieces, end too early or
// not at all, and contexts that end. It also decompresses as [http.Transport]
// does. It works in bubbles of testing/synctest. As with a real transport, the
// body of a response must be read to its end or closed.
type Transport struct{ Handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(req.Context())
	in := serverRequest(ctx, req)
	inflate := in.Header.Get("Accept-Encoding") == ""
	if inflate {
		in.Header.Set("Accept-Encoding", "gzip")
	}

	reader, writer := io.Pipe()
	w := &pipeWriter{header: http.Header{}, pipe: writer, response: make(chan *http.Response, 1), missing: -1}
	failed := make(chan error, 1)
	go func() { //nolint:contextcheck // the request carries it
		defer in.Body.Close()
		if err := w.serve(t.Handler, in); err != nil {
			failed <- err
		}
	}()
	// A client that goes away is seen by reader and handler alike.
	stop := context.AfterFunc(ctx, func() { _ = writer.CloseWithError(context.Cause(ctx)) })

	select {
	case resp := <-w.response:
		resp.Request = req
		resp.Body = &responseBody{reader, func() { stop(); cancel() }}
		if inflate && resp.Header.Get("Content-Encoding") == "gzip" {
			resp.Header.Del("Content-Encoding")
			resp.Header.Del("Content-Length")
			resp.ContentLength, resp.Uncompressed = -1, true
			resp.Body = &inflatedBody{ReadCloser: resp.Body}
		}
		return resp, nil
	case err := <-failed:
		defer cancel()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	case <-ctx.Done():
		defer cancel()
		return nil, context.Cause(ctx)
	}
}

// serverRequest is a client's request as a server sees it.
func serverRequest(ctx context.Context, req *http.Request) *http.Request {
	in := req.Clone(ctx)
	in.RequestURI = req.URL.RequestURI()
	in.URL = &url.URL{Path: req.URL.Path, RawPath: req.URL.RawPath, RawQuery: req.URL.RawQuery}
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.RemoteAddr = "192.0.2.1:1234"
	return in
}

// pipeWriter is the ResponseWriter of one call.
type pipeWriter struct {
	header   http.Header
	pipe     *io.PipeWriter
	response chan *http.Response // gets the response once its header is written
	started  bool
	missing  int // bytes still to come; -1 if their number was not declared
	err      error
}

// serve runs the handler to its end. It fails if nothing was answered; a body
// that ends too early is an error of its reader.
func (w *pipeWriter) serve(h http.Handler, r *http.Request) (err error) {
	defer func() {
		aborted := recover()
		if aborted != nil && aborted != http.ErrAbortHandler { //nolint:errorlint // it is panicked with, never wrapped
			panic(aborted)
		}
		switch {
		case w.err != nil:
			err = w.err
		case aborted != nil && !w.started:
			err = io.EOF // what net/http says of a connection that ends before an answer
		case r.Context().Err() != nil: // the client knows best why it went away
			_ = w.pipe.CloseWithError(context.Cause(r.Context()))
		case aborted != nil || w.missing > 0:
			_ = w.pipe.CloseWithError(io.ErrUnexpectedEOF)
		default:
			w.WriteHeader(http.StatusOK)
			_ = w.pipe.Close()
		}
	}()
	h.ServeHTTP(w, r)
	return nil
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	if w.started {
		return
	}
	w.started = true
	resp := &http.Response{
		Status:     strconv.Itoa(status) + " " + http.StatusText(status),
		StatusCode: status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        w.header.Clone(),
		ContentLength: -1,
	}
	if n, err := strconv.Atoi(w.header.Get("Content-Length")); err == nil {
		w.missing, resp.ContentLength = n, int64(n)
	}
	w.response <- resp
}

func (w *pipeWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if len(p) == 0 {
		return 0, nil
	}
	if w.missing < 0 {
		return w.pipe.Write(p)
	}
	if len(p) > w.missing {
		return 0, http.ErrContentLength
	}
	n, err := w.pipe.Write(p)
	w.missing -= n
	return n, err
}

// Flush is there for [http.ResponseController]; everything is written at once.
func (w *pipeWriter) Flush() { w.WriteHeader(http.StatusOK) }

func (w *pipeWriter) reset() {
	w.err = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// responseBody tells the handler when the client has had enough.
type responseBody struct {
	io.ReadCloser
	done func()
}

func (b *responseBody) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}

// inflatedBody decompresses while it is read.
type inflatedBody struct {
	io.ReadCloser
	start sync.Once
	zip   *gzip.Reader
	err   error
}

func (b *inflatedBody) Read(p []byte) (int, error) {
	b.start.Do(func() { b.zip, b.err = gzip.NewReader(b.ReadCloser) })
	if b.err != nil {
		return 0, b.err
	}
	return b.zip.Read(p)
}

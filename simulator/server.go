package simulator

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a cloud on a loopback port.
type Server struct {
	URL string // "http://127.0.0.1:PORT"; IAM is below it at /v3, each other service at /NAME (CFW and ELB also without)

	server *http.Server
	served chan struct{} // closed when serving is over
	err    error         // why; read after served is closed

	mu       sync.Mutex
	closing  bool
	handlers sync.WaitGroup
}

// Listen serves the cloud on a free loopback port, until Close.
func (c *Cloud) Listen() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s := &Server{URL: "http://" + l.Addr().String(), served: make(chan struct{})}
	s.server = &http.Server{Handler: s.waitedFor(c), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(s.served)
		s.err = s.server.Serve(l)
	}()
	return s, nil
}

// waitedFor lets Close wait for the calls under way, and no call begin after it.
func (s *Server) waitedFor(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		if s.closing {
			s.mu.Unlock()
			panic(http.ErrAbortHandler)
		}
		s.handlers.Add(1)
		s.mu.Unlock()
		defer s.handlers.Done()
		h.ServeHTTP(w, r)
	})
}

// Close ends the server and every connection to it, and waits for the calls
// under way. The cloud itself stays as it is, and may be served again.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	err := s.server.Close()
	<-s.served
	s.handlers.Wait()
	if !errors.Is(s.err, http.ErrServerClosed) {
		err = errors.Join(err, s.err)
	}
	return err
}

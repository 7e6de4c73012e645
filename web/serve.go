package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	toolkit "github.com/prometheus/exporter-toolkit/web"

	"cloudjob_exporter/strictyaml"
)

// StopTimeout is how long clients are given to take their answers at a stop.
const StopTimeout = 5 * time.Second

// Serve serves until ctx is done. Then it calls stopping, which lets the scrapes
// that are waiting be answered and must return within [StopTimeout], and gives
// them the rest of that time. Its errors name the flag that is to blame.
func Serve(ctx context.Context, server *http.Server, f *toolkit.FlagConfig, logger *slog.Logger, stopping func()) error {
	ended := make(chan error, 1)
	go func() {
		ended <- strictyaml.Guard(func() error { return toolkit.ListenAndServe(server, f, logger) }) // it reads the web configuration
	}()
	select {
	case err := <-ended:
		return nameListenError(err)
	case <-ctx.Done():
	}
	timeout, cancel := context.WithTimeout(context.WithoutCancel(ctx), StopTimeout)
	defer cancel()
	stopping()
	if err := server.Shutdown(timeout); err != nil {
		_ = server.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// nameListenError names the flag in the error about an address that cannot be
// listened on.
func nameListenError(err error) error {
	var failed *net.OpError
	if errors.As(err, &failed) && failed.Op == "listen" {
		return fmt.Errorf("--web.listen-address: %w", err)
	}
	return err
}

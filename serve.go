package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	toolkit "github.com/prometheus/exporter-toolkit/web"

	"cloudjob_exporter/strictyaml"
)

// serve serves until ctx is done. Then it calls stopping, which lets the
// scrapes that are waiting be answered, and gives them a moment.
func serve(ctx context.Context, server *http.Server, f *toolkit.FlagConfig, logger *slog.Logger, stopping func()) error {
	ended := make(chan error, 1)
	go func() {
		ended <- strictyaml.Guard(func() error { return toolkit.ListenAndServe(server, f, logger) }) // it reads the web configuration
	}()
	select {
	case err := <-ended:
		return nameListenError(err)
	case <-ctx.Done():
	}
	timeout, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	within(stopTimeout, stopping)
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

package main

import (
	"context"
	"os"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// reloadAt reloads the configuration at each signal, until ctx is done.
func reloadAt(ctx context.Context, signals <-chan os.Signal, logger log.Logger, reload func() error) {
	for {
		select {
		case <-signals:
			if err := reload(); err != nil {
				_ = level.Error(logger).Log("msg", "configuration not reloaded, the old one goes on", "err", err)
				continue
			}
			_ = level.Info(logger).Log("msg", "configuration reloaded")
		case <-ctx.Done():
			return
		}
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-kit/log/level"
)

// Start brings the first configuration into effect. Its error is one line; if
// more is wrong, the log has a line for each mistake.
func (l *loader) Start() error {
	err := l.load()
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), "\n"):
		l.logMistakes("configuration not loaded", err)
		return errors.New("configuration: there is more than one mistake in it")
	}
	return fmt.Errorf("configuration: %w", err)
}

// Reload brings the configuration into effect anew, and logs how that went,
// whoever asked for it. If anything in it is wrong, nothing changes.
func (l *loader) Reload() error {
	err := l.load()
	if err != nil {
		l.logMistakes("configuration not reloaded", err)
		_ = level.Error(l.logger).Log("msg", "configuration not reloaded, the old one goes on")
		return err
	}
	_ = level.Info(l.logger).Log("msg", "configuration reloaded")
	return nil
}

func (l *loader) logMistakes(msg string, err error) {
	for mistake := range strings.SplitSeq(err.Error(), "\n") {
		_ = level.Error(l.logger).Log("msg", msg, "err", mistake)
	}
}

// reloadAt reloads the configuration at each signal, until ctx is done.
func reloadAt(ctx context.Context, signals <-chan os.Signal, reload func() error) {
	for {
		select {
		case <-signals:
			_ = reload() // which says itself how it went
		case <-ctx.Done():
			return
		}
	}
}

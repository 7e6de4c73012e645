package main

import (
	"context"
	"os"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

const (
	// stepTimeout is how long a stop waits for what should end at once, and may not
	// if it reads from a disk that hangs.
	stepTimeout = 500 * time.Millisecond
	// exitTimeout is when the program ends in any case, stored states written or not.
	exitTimeout = 10 * time.Second
)

// within calls f and reports whether it returned in time. If not, f goes on.
func within(d time.Duration, f func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// untilDone returns what f returns, or nil once ctx is done: then f goes on.
func untilDone(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return nil
	}
}

// exitAfter ends the program once ctx has been done for exitTimeout: what hangs on a
// disk cannot be stopped.
func exitAfter(ctx context.Context, logger log.Logger) {
	context.AfterFunc(ctx, func() {
		time.AfterFunc(exitTimeout, func() {
			_ = level.Error(logger).Log("msg", "stop timed out, exiting", "timeout", exitTimeout)
			os.Exit(1)
		})
	})
}

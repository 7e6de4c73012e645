package main

import (
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"

	"cloudjob_exporter/poller"
	"cloudjob_exporter/registration"
	"cloudjob_exporter/storage"
)

// keeper is what survives a restart.
type keeper interface {
	poller.Store
	registration.Store
}

// openStore opens the file that keeps final states and registrations; without a path
// there is none.
func openStore(path string, logger log.Logger, reg prometheus.Registerer) (s keeper, closeStore func(), err error) {
	if path == "" {
		return nil, func() {}, nil
	}
	store, err := storage.Open(path, logger, reg)
	if err != nil {
		return nil, nil, err
	}
	return store, func() {
		if err := store.Close(); err != nil {
			_ = level.Error(logger).Log("msg", "storage not written", "err", err)
		}
	}, nil
}

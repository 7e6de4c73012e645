// Command cloudjob_exporter exposes the state of asynchronous jobs of Huawei
// Cloud and Open Telekom Cloud to Prometheus.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/common/version"

	"cloudjob_exporter/config"
	"cloudjob_exporter/demo"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/web"
)

func main() {
	app, f := newFlags()
	app.FatalIfError(parse(app, os.Args[1:]), "")
	logger, slogger := newLoggers(os.Stderr, f.logFormat, f.logLevel)
	if f.configCheck {
		os.Exit(check(f.configFile, *f.web.WebConfigFile, f.checkStrict))
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	exitAfter(ctx, logger)
	err := run(ctx, f, logger, slogger)
	stop()
	if err != nil {
		_ = level.Error(logger).Log("msg", "stopped", "err", err)
		os.Exit(1)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, f *flags, logger log.Logger, slogger *slog.Logger) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	_ = level.Info(logger).Log("msg", "starting", "version", version.Info(), "build", version.BuildContext())
	warnIgnored(logger, f.ignored)
	if err := checkServing(f.web); err != nil {
		return err
	}

	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		versioncollector.NewCollector(program),
	)
	store, closeStore, err := openStore(f.storagePath, logger, registry)
	if err != nil {
		return err
	}
	defer closeStore()
	polls := poller.New(logger, registry, store)
	defer within(stepTimeout, polls.Close)

	read := func() (*config.Config, error) { return readConfig(f.configFile) }
	var cloud *demo.Demo
	if f.demo {
		if cloud, err = demo.New(); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer cloud.Close()
		read = cloud.Read
	}
	loader := newLoader(logger, read, polls, registry, program+"/"+version.Version)
	defer loader.Close()
	started := make(chan error, 1)
	go func() { started <- loader.Start() }()
	select {
	case err := <-started:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return nil
	}

	handler, err := web.New(web.Options{
		Logger: logger, Poller: polls, Metrics: registry, Config: loader.Config, Reload: loader.Reload,
		Version: version.Version, RoutePrefix: f.routePrefix, TelemetryPath: f.telemetryPath, TimeoutOffset: f.timeoutOffset,
		MaxRequests: f.maxRequests, EnableLifecycle: f.enableLifecycle, EnablePprof: f.enablePprof,
	})
	if err != nil {
		return err
	}

	var wg sync.WaitGroup
	defer within(stepTimeout, wg.Wait)
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	wg.Go(func() { loader.Follow(background) })
	wg.Go(func() { reloadAt(background, hangups, loader.Reload) })
	server := web.NewServer(handler)
	if f.demo {
		cloud.Warm(ctx, polls)
		wg.Go(func() { cloud.Follow(background, loader.load, polls) })
		server.BaseContext = announce(f)
	}
	logAddress(logger, f)
	return serve(ctx, server, f.web, slogger, polls.Close)
}

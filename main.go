// Command cloudjob_exporter exposes the state of asynchronous jobs of Huawei
// Cloud and Open Telekom Cloud to Prometheus.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
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

	"cloudjob_exporter/cli"
	"cloudjob_exporter/config"
	"cloudjob_exporter/demo"
	"cloudjob_exporter/job"
	"cloudjob_exporter/logging"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/watchlist"
	"cloudjob_exporter/web"
)

func main() {
	app, f := cli.New()
	app.FatalIfError(cli.Parse(app, os.Args[1:]), "")
	logger, slogger := logging.New(os.Stderr, f.LogFormat, f.LogLevel)
	if f.ConfigCheck {
		os.Exit(check(f))
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	exitAfter(ctx, logger)
	err := run(ctx, f, logger, slogger)
	stop()
	if err != nil {
		_ = level.Error(logger).Log("msg", "stopped", "err", err)
		os.Exit(1)
	}
	_ = level.Info(logger).Log("msg", "stopped")
}

// reloadAt reloads the configuration at each signal, until ctx is done.
func reloadAt(ctx context.Context, signals <-chan os.Signal, reload func() error) {
	for {
		select {
		case <-signals:
			_ = reload() // which logs how it went
		case <-ctx.Done():
			return
		}
	}
}

// run serves until ctx is done.
func run(ctx context.Context, f *cli.Flags, logger log.Logger, slogger *slog.Logger) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	_ = level.Info(logger).Log("msg", "starting", "version", version.Info(), "build", version.BuildContext())
	f.WarnIgnored(logger)
	if err := web.CheckFlags(f.Web); err != nil {
		return err
	}

	registry := newRegistry(f.Shard)
	f.LogShard(logger)
	store, closeStore, err := openStore(f.StoragePath, logger, registry)
	if err != nil {
		return err
	}
	defer closeStore()
	polls := poller.NewShard(logger, registry, store, f.Shard)
	defer within(stepTimeout, polls.Close)

	read := func() (*config.Config, error) { return watchlist.ReadConfig(f.ConfigFile) }
	var cloud *demo.Demo
	if f.Demo {
		if cloud, err = demo.New(); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer cloud.Close()
		read = cloud.Read
	}
	list := watchlist.New(watchlist.Options{
		Logger: logger, Metrics: registry, Read: read, Poller: polls, Store: store, UserAgent: cli.Program + "/" + version.Version,
	})
	defer list.Close()
	if err := untilDone(ctx, list.Start); err != nil || ctx.Err() != nil {
		return err
	}
	handler, err := newHandler(f, logger, registry, polls, list)
	if err != nil {
		return err
	}

	var wg sync.WaitGroup
	defer within(stepTimeout, wg.Wait)
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	wg.Go(func() { list.Follow(background) })
	wg.Go(func() { reloadAt(background, hangups, list.Reload) })
	server := web.NewServer(handler)
	if f.Demo {
		cloud.Warm(ctx, polls)
		wg.Go(func() { cloud.Follow(background, list.Load, polls) })
		server.BaseContext = f.Announce(os.Stdout)
	}
	f.LogAddress(logger)
	return web.Serve(ctx, server, f.Web, slogger, func() { within(web.StopTimeout, polls.Close) })
}

// newRegistry returns a registry with the metrics of every exporter.
func newRegistry(shard job.Shard) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		cli.NewShardInfo(shard),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		versioncollector.NewCollector(cli.Program),
	)
	return registry
}

// newHandler returns the handler of all paths.
func newHandler(f *cli.Flags, logger log.Logger, registry *prometheus.Registry, polls *poller.Poller, l *watchlist.List) (http.Handler, error) {
	return web.New(web.Options{
		Logger: logger, Poller: polls, Metrics: registry, Config: l.Config, Reload: l.Reload,
		Version: version.Version, RoutePrefix: f.RoutePrefix, TelemetryPath: f.TelemetryPath, TimeoutOffset: f.TimeoutOffset,
		MaxRequests: f.MaxRequests, EnableLifecycle: f.EnableLifecycle, EnablePprof: f.EnablePprof,
		EnableRegistration: f.Registration, Registrations: l.Registrations(),
	})
}

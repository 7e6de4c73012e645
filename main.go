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

	"cloudjob_exporter/cli"
	"cloudjob_exporter/config"
	"cloudjob_exporter/demo"
	"cloudjob_exporter/logging"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/web"
)

func main() {
	app, f := cli.New()
	app.FatalIfError(cli.Parse(app, os.Args[1:]), "")
	logger, slogger := logging.New(os.Stderr, f.LogFormat, f.LogLevel)
	if f.ConfigCheck {
		os.Exit(check(f.ConfigFile, *f.Web.WebConfigFile, f.CheckStrict))
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
func run(ctx context.Context, f *cli.Flags, logger log.Logger, slogger *slog.Logger) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	_ = level.Info(logger).Log("msg", "starting", "version", version.Info(), "build", version.BuildContext())
	f.WarnIgnored(logger)
	if err := web.CheckFlags(f.Web); err != nil {
		return err
	}

	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		versioncollector.NewCollector(cli.Program),
	)
	store, closeStore, err := openStore(f.StoragePath, logger, registry)
	if err != nil {
		return err
	}
	defer closeStore()
	polls := poller.New(logger, registry, store)
	defer within(stepTimeout, polls.Close)

	read := func() (*config.Config, error) { return readConfig(f.ConfigFile) }
	var cloud *demo.Demo
	if f.Demo {
		if cloud, err = demo.New(); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer cloud.Close()
		read = cloud.Read
	}
	loader := newLoader(logger, read, polls, registry, cli.Program+"/"+version.Version)
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
		Version: version.Version, RoutePrefix: f.RoutePrefix, TelemetryPath: f.TelemetryPath, TimeoutOffset: f.TimeoutOffset,
		MaxRequests: f.MaxRequests, EnableLifecycle: f.EnableLifecycle, EnablePprof: f.EnablePprof,
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
	if f.Demo {
		cloud.Warm(ctx, polls)
		wg.Go(func() { cloud.Follow(background, loader.load, polls) })
		server.BaseContext = f.Announce(os.Stdout)
	}
	f.LogAddress(logger)
	return web.Serve(ctx, server, f.Web, slogger, func() { within(web.StopTimeout, polls.Close) })
}

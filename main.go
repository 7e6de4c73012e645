// Command cloudjob_exporter exposes the state of asynchronous jobs of Huawei
// Cloud and Open Telekom Cloud to Prometheus.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/alecthomas/kingpin/v2"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	versioncollector "github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/common/version"
	toolkit "github.com/prometheus/exporter-toolkit/web"

	"cloudjob_exporter/config"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/web"
)

// maxWebConfig is the size in bytes of the largest --web.config.file.
const maxWebConfig = 1 << 20

func main() {
	app, f := newFlags()
	kingpin.MustParse(parse(app, os.Args[1:]))
	logger, slogger := newLoggers(os.Stderr, f.logFormat, f.logLevel)
	if f.configCheck {
		os.Exit(check(f.configFile))
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

	if file := *f.web.WebConfigFile; file != "" {
		// The toolkit would wait for a pipe, and listen meanwhile.
		if _, err := config.ReadRegular(file, maxWebConfig); err != nil {
			return fmt.Errorf("--web.config.file: %w", err)
		}
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
	var cloud *demo
	if f.demo {
		if cloud, err = newDemo(); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer cloud.close()
		read = cloud.read
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
		Version: version.Version, TelemetryPath: f.telemetryPath, TimeoutOffset: f.timeoutOffset,
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
	if f.demo {
		wg.Go(func() { cloud.follow(background, loader.load) })
		announce(*f.web.WebListenAddresses, f.telemetryPath)
	}
	return serve(ctx, handler, f.web, slogger, polls.Close)
}

// serve serves until ctx is done. Then it calls stopping, which lets the
// scrapes that are waiting be answered, and gives them a moment.
func serve(ctx context.Context, h http.Handler, f *toolkit.FlagConfig, logger *slog.Logger, stopping func()) error {
	server := web.NewServer(h)
	ended := make(chan error, 1)
	go func() { ended <- toolkit.ListenAndServe(server, f, logger) }()
	select {
	case err := <-ended:
		return err
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

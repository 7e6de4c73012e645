package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"cloudjob_exporter/web"
)

const (
	program        = "cloudjob_exporter"
	defaultAddress = ":10994"
)

// flags are the settings of the command line.
type flags struct {
	configFile      string
	configCheck     bool
	checkStrict     bool
	demo            bool
	web             *toolkit.FlagConfig
	externalURL     *url.URL // empty if not given
	routePrefix     string   // as web.RoutePrefix returns it
	telemetryPath   string
	enableLifecycle bool
	enablePprof     bool
	maxRequests     int
	timeoutOffset   time.Duration
	storagePath     string
	logLevel        string
	logFormat       string

	ignored []ignoredVariable // of the environment
}

// newFlags declares the flags. Each but those that print something and exit can
// also be given as an environment variable: CLOUDJOB_EXPORTER_ and the flag's
// name in capitals.
func newFlags() (*kingpin.Application, *flags) {
	f := &flags{externalURL: &url.URL{}}
	app := kingpin.New(program, "Prometheus exporter for the asynchronous jobs of Huawei Cloud and Open Telekom Cloud.")
	app.Flag("config.file", "Configuration file.").Default("cloudjob.yml").StringVar(&f.configFile)
	app.Flag("config.check", "Check the configuration, say what is wrong with it, and exit with 0 or 1.").BoolVar(&f.configCheck)
	app.Flag("config.check-strict", "With --config.check, exit with 1 for warnings, too.").BoolVar(&f.checkStrict)
	app.Flag("demo", "Watch the jobs of a simulated cloud; needs no configuration.").BoolVar(&f.demo)
	f.web = kingpinflag.AddFlags(app, defaultAddress)
	app.Flag("web.external-url", "URL under which the exporter is externally reachable, for example through a reverse proxy. If it has a path, that is the prefix of all HTTP endpoints.").PlaceHolder("<URL>").SetValue(externalURL{f.externalURL})
	app.Flag("web.route-prefix", "Prefix for the routes of all HTTP endpoints. Defaults to the path of --web.external-url.").PlaceHolder("<path>").SetValue((*routePrefix)(&f.routePrefix))
	app.Flag("web.telemetry-path", "Path under which to expose metrics, below --web.route-prefix.").Default("/metrics").StringVar(&f.telemetryPath)
	app.Flag("web.enable-lifecycle", "Reload the configuration on a POST to /-/reload.").BoolVar(&f.enableLifecycle)
	app.Flag("web.enable-pprof", "Serve profiles of this process under /debug/pprof/.").BoolVar(&f.enablePprof)
	app.Flag("web.max-requests", "Maximum number of parallel scrape requests. Use 0 to disable.").Default("40").SetValue((*count)(&f.maxRequests))
	app.Flag("scrape.timeout-offset", "Offset to subtract from the scrape timeout of Prometheus.").Default("0.5s").SetValue((*span)(&f.timeoutOffset))
	app.Flag("storage.path", "File that keeps the final states of jobs across restarts; without one they are asked for again.").StringVar(&f.storagePath)
	app.Flag("log.level", "Only log messages with the given severity or above. One of: [debug, info, warn, error]").Default("info").EnumVar(&f.logLevel, "debug", "info", "warn", "error")
	app.Flag("log.format", "Output format of log messages. One of: [logfmt, json]").Default("logfmt").EnumVar(&f.logFormat, "logfmt", "json")
	app.Version(version.Print(program))
	app.HelpFlag.Short('h')
	app.DefaultEnvars()
	for _, flag := range app.Model().Flags {
		nameErrors(app.GetFlag(flag.Name), flag.Value)
	}
	for _, name := range printing {
		app.GetFlag(name).NoEnvar()
	}
	app.Validate(f.settle)
	return app, f
}

// printing are the flags that print something and exit. They take no environment
// variable: an image that sets CLOUDJOB_EXPORTER_VERSION=1.2.3 means none of them.
var printing = []string{
	"help", "help-long", "help-man", "version", "completion-bash", "completion-script-bash", "completion-script-zsh",
}

// settle checks the flags together, and works out what follows from them.
func (f *flags) settle(app *kingpin.Application) error {
	if err := f.checkDemo(app); err != nil {
		return err
	}
	text, flag := f.routePrefix, "web.route-prefix"
	if text == "" {
		text, flag = f.externalURL.Path, "web.external-url"
	}
	prefix, err := web.RoutePrefix(text)
	if err != nil {
		return fmt.Errorf("--%s: its path %q %w", flag, text, err)
	}
	f.routePrefix = prefix
	f.ignored = append(f.ignored, unknownVariables(app, os.Environ())...)
	return nil
}

// checkDemo refuses what the demo would ignore: it has a configuration of its own.
func (f *flags) checkDemo(app *kingpin.Application) error {
	if !f.demo {
		return nil
	}
	for _, flag := range app.Model().Flags {
		if !strings.HasPrefix(flag.Name, "config.") || flag.IsBoolFlag() && flag.Value.String() == "false" {
			continue
		}
		switch source := givenBy(app, flag.Name); {
		case source == "":
		case source == flag.Envar && !f.configCheck:
			f.ignored = append(f.ignored, ignoredVariable{flag.Envar, "--demo has a configuration of its own"})
		default:
			return fmt.Errorf("%s and %s exclude each other: the demo has a configuration of its own", givenBy(app, "demo"), source)
		}
	}
	return nil
}

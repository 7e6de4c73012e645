// Package cli is the command line: the flags, their environment variables, and
// errors that say what was probably meant.
package cli

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"

	"cloudjob_exporter/job"
	"cloudjob_exporter/web"
)

// Program is the name of the program, and of its module.
const Program = "cloudjob_exporter"

// Flags are the settings of the command line.
type Flags struct {
	ConfigFile      string
	ConfigCheck     bool
	CheckStrict     bool
	Demo            bool
	Web             *toolkit.FlagConfig
	ExternalURL     *url.URL // empty if not given
	RoutePrefix     string   // as web.RoutePrefix returns it
	TelemetryPath   string
	EnableLifecycle bool
	EnablePprof     bool
	Registration    bool
	MaxRequests     int
	TimeoutOffset   time.Duration
	StoragePath     string
	Shard           job.Shard
	LogLevel        string
	LogFormat       string

	ignored []ignoredVariable // of the environment
}

// New declares the flags, which have their values after [Parse]. Each but those
// that print something and exit can also be given as an environment variable:
// CLOUDJOB_EXPORTER_ and the flag's name in capitals.
func New() (*kingpin.Application, *Flags) {
	f := &Flags{ExternalURL: &url.URL{}}
	app := kingpin.New(Program, "Prometheus exporter for the asynchronous jobs of Huawei Cloud and Open Telekom Cloud.")
	app.Flag("config.file", "Configuration file.").Default("cloudjob.yml").StringVar(&f.ConfigFile)
	app.Flag("config.check", "Check the configuration, say what is wrong with it, and exit with 0 or 1.").BoolVar(&f.ConfigCheck)
	app.Flag("config.check-strict", "With --config.check, exit with 1 for warnings, too.").BoolVar(&f.CheckStrict)
	app.Flag("demo", "Watch the jobs of a simulated cloud; needs no configuration.").BoolVar(&f.Demo)
	f.Web = kingpinflag.AddFlags(app, web.DefaultAddress)
	app.Flag("web.external-url", "URL under which the exporter is externally reachable, for example through a reverse proxy. If it has a path, that is the prefix of all HTTP endpoints.").PlaceHolder("<URL>").SetValue(externalURL{f.ExternalURL})
	app.Flag("web.route-prefix", "Prefix for the routes of all HTTP endpoints. Defaults to the path of --web.external-url.").PlaceHolder("<path>").SetValue((*routePrefix)(&f.RoutePrefix))
	app.Flag("web.telemetry-path", "Path under which to expose metrics, below --web.route-prefix.").Default("/metrics").StringVar(&f.TelemetryPath)
	app.Flag("web.enable-lifecycle", "Reload the configuration on a POST to /-/reload.").BoolVar(&f.EnableLifecycle)
	app.Flag("web.enable-pprof", "Serve profiles of this process under /debug/pprof/.").BoolVar(&f.EnablePprof)
	app.Flag("web.enable-registration", "Register jobs with PUT requests to /api/v1/jobs/, and remove them with DELETE requests.").BoolVar(&f.Registration)
	app.Flag("web.max-requests", "Maximum number of parallel scrape requests. Use 0 to disable.").Default("40").SetValue((*count)(&f.MaxRequests))
	app.Flag("scrape.timeout-offset", "Offset to subtract from the scrape timeout of Prometheus.").Default("0.5s").SetValue((*span)(&f.TimeoutOffset))
	app.Flag("storage.path", "File that keeps the final states of jobs, and registrations, across restarts; without one the states are asked for again.").StringVar(&f.StoragePath)
	addShardFlags(app, &f.Shard)
	app.Flag("log.level", "Only log messages with the given severity or above. One of: [debug, info, warn, error]").Default("info").EnumVar(&f.LogLevel, "debug", "info", "warn", "error")
	app.Flag("log.format", "Output format of log messages. One of: [logfmt, json]").Default("logfmt").EnumVar(&f.LogFormat, "logfmt", "json")
	app.Version(version.Print(Program))
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
func (f *Flags) settle(app *kingpin.Application) error {
	if err := f.checkDemo(app); err != nil {
		return err
	}
	if err := f.checkConfig(app); err != nil {
		return err
	}
	if err := f.checkShard(app); err != nil {
		return err
	}
	text, flag := f.RoutePrefix, "web.route-prefix"
	if text == "" {
		text, flag = f.ExternalURL.Path, "web.external-url"
	}
	prefix, err := web.RoutePrefix(text)
	if err != nil {
		return fmt.Errorf("--%s: its path %q %w", flag, text, err)
	}
	f.RoutePrefix = prefix
	f.ignored = append(f.ignored, unknownVariables(app, os.Environ())...)
	return nil
}

// checkConfig refuses flags of the configuration that could do nothing. Those that the
// demo ignores are for checkDemo.
func (f *Flags) checkConfig(app *kingpin.Application) error {
	switch {
	case f.Demo:
	case f.ConfigFile == "":
		return errors.New("--config.file: must name a file, but is empty")
	case f.CheckStrict && !f.ConfigCheck:
		return fmt.Errorf("%s only works with --config.check", givenBy(app, "config.check-strict"))
	}
	return nil
}

// checkDemo refuses what the demo would ignore: it has a configuration of its own.
func (f *Flags) checkDemo(app *kingpin.Application) error {
	if !f.Demo {
		return nil
	}
	for _, flag := range app.Model().Flags {
		if !strings.HasPrefix(flag.Name, "config.") || flag.IsBoolFlag() && flag.Value.String() == "false" {
			continue
		}
		switch source := givenBy(app, flag.Name); {
		case source == "":
		case source == flag.Envar && !f.ConfigCheck:
			f.ignored = append(f.ignored, ignoredVariable{flag.Envar, "--demo has a configuration of its own"})
		default:
			return fmt.Errorf("%s and %s exclude each other: the demo has a configuration of its own", givenBy(app, "demo"), source)
		}
	}
	return nil
}

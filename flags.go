package main

import (
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"
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
	telemetryPath   string
	enableLifecycle bool
	enablePprof     bool
	maxRequests     int
	timeoutOffset   time.Duration
	storagePath     string
	logLevel        string
	logFormat       string
}

// newFlags declares the flags. Each can also be given as an environment
// variable: CLOUDJOB_EXPORTER_ and the flag's name in capitals.
func newFlags() (*kingpin.Application, *flags) {
	f := &flags{}
	app := kingpin.New(program, "Prometheus exporter for the asynchronous jobs of Huawei Cloud and Open Telekom Cloud.")
	app.Flag("config.file", "Configuration file.").Default("cloudjob.yml").StringVar(&f.configFile)
	app.Flag("config.check", "Check the configuration, say what is wrong with it, and exit with 0 or 1.").BoolVar(&f.configCheck)
	app.Flag("config.check-strict", "With --config.check, exit with 1 for warnings, too.").BoolVar(&f.checkStrict)
	app.Flag("demo", "Watch the jobs of a simulated cloud; needs no configuration.").BoolVar(&f.demo)
	f.web = kingpinflag.AddFlags(app, defaultAddress)
	app.Flag("web.telemetry-path", "Path of the metrics.").Default("/metrics").StringVar(&f.telemetryPath)
	app.Flag("web.enable-lifecycle", "Reload the configuration on a POST to /-/reload.").BoolVar(&f.enableLifecycle)
	app.Flag("web.enable-pprof", "Serve profiles of this process under /debug/pprof/.").BoolVar(&f.enablePprof)
	app.Flag("web.max-requests", "Scrapes at a time; 0 is no limit.").Default("40").SetValue((*count)(&f.maxRequests))
	app.Flag("scrape.timeout-offset", "How much sooner than Prometheus' own timeout a scrape is answered.").Default("0.5s").SetValue((*span)(&f.timeoutOffset))
	app.Flag("storage.path", "File that keeps the final states of jobs across restarts; without one they are asked for again.").StringVar(&f.storagePath)
	app.Flag("log.level", "Least level of what is logged: debug, info, warn or error.").Default("info").EnumVar(&f.logLevel, "debug", "info", "warn", "error")
	app.Flag("log.format", "Format of the log: logfmt or json.").Default("logfmt").EnumVar(&f.logFormat, "logfmt", "json")
	app.Version(version.Print(program))
	app.HelpFlag.Short('h')
	app.DefaultEnvars()
	for _, flag := range app.Model().Flags {
		nameErrors(app.GetFlag(flag.Name), flag.Value)
	}
	return app, f
}

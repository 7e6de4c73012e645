// Command minimal is the least exporter of its kind: flags, the metrics of a
// process, and a web server.
package main

import (
	"log/slog"
	"net/http"
	"os"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	toolkit "github.com/prometheus/exporter-toolkit/web"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"
)

func main() {
	flags := kingpinflag.AddFlags(kingpin.CommandLine, ":0")
	kingpin.Parse()
	http.Handle("/metrics", promhttp.Handler())
	if err := toolkit.ListenAndServe(&http.Server{}, flags, slog.Default()); err != nil {
		os.Exit(1)
	}
}

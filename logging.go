package main

import (
	"io"
	"log/slog"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	sloggokit "github.com/tjhop/slog-gokit"
)

// newLoggers makes the logger of this program, and the same one for libraries
// that use log/slog. The latter adds time and caller by itself.
func newLoggers(w io.Writer, format, least string) (log.Logger, *slog.Logger) {
	logger := log.NewLogfmtLogger(log.NewSyncWriter(w))
	if format == "json" {
		logger = log.NewJSONLogger(log.NewSyncWriter(w))
	}
	logger = level.NewFilter(logger, level.Allow(level.ParseDefault(least, level.InfoValue())))
	forLibraries := slog.New(sloggokit.NewGoKitHandler(logger, slog.LevelDebug))
	return log.With(logger, "ts", log.DefaultTimestampUTC, "caller", log.DefaultCaller), forLibraries
}

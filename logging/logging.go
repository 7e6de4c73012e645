// Package logging makes the loggers of this program.
package logging

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	sloggokit "github.com/tjhop/slog-gokit"
)

// New returns the logger of this program, and the same one for libraries that use
// log/slog. The latter adds the caller by itself. The format is logfmt or json,
// and least is the lowest level that is logged.
func New(w io.Writer, format, least string) (log.Logger, *slog.Logger) {
	var logger log.Logger = ordered{log.NewLogfmtLogger(log.NewSyncWriter(w))}
	if format == "json" {
		logger = log.NewJSONLogger(log.NewSyncWriter(w))
	}
	logger = level.NewFilter(logger, level.Allow(level.ParseDefault(least, level.InfoValue())))
	logger = log.With(logger, "ts", log.DefaultTimestampUTC)
	forLibraries := slog.New(timeless{sloggokit.NewGoKitHandler(logger, slog.LevelDebug)})
	return log.With(logger, "caller", log.DefaultCaller), forLibraries
}

// firstKeys are the keys that each line begins with, in this order.
var firstKeys = []any{"ts", "caller", "level", "msg"}

// ordered puts the keys that every line has first, whoever logs it: the loggers of
// libraries and ours add them in different orders.
type ordered struct{ log.Logger }

func (o ordered) Log(pairs ...any) error {
	sorted := make([]any, 0, len(pairs))
	for _, key := range firstKeys {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == key {
				sorted = append(sorted, key, pairs[i+1])
			}
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if !slices.Contains(firstKeys, pairs[i]) {
			sorted = append(sorted, pairs[i], pairs[i+1])
		}
	}
	return o.Logger.Log(sorted...)
}

// timeless takes the time from records, which have that of the logger.
type timeless struct{ slog.Handler }

func (h timeless) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Time{}
	return h.Handler.Handle(ctx, r)
}

func (h timeless) WithAttrs(attrs []slog.Attr) slog.Handler {
	return timeless{h.Handler.WithAttrs(attrs)}
}

func (h timeless) WithGroup(name string) slog.Handler { return timeless{h.Handler.WithGroup(name)} }
